import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { focusable } from "./focusable.ts";

const GAP_PX = 4;

interface MenuProps {
  label: string;
  button: ComponentChildren;
  class?: string;
  /** A panel holds other controls than menu items: it is navigated with Tab instead of arrow keys. */
  panel?: boolean;
  children: ComponentChildren;
}

/** A button that opens a menu. Esc, choosing an item and moving the focus elsewhere close it; the focus returns to the button. */
export function Menu(props: MenuProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  // Before paint: a visible item must be ready to be chosen, and the focus must not move after a key press.
  useLayoutEffect(() => {
    if (!open || !menu.current || !button.current) return;
    position(menu.current, button.current);
    focusable(menu.current)[0]?.focus();
  }, [open]);
  const close = () => {
    menu.current?.hidePopover();
    button.current?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class={props.class ?? "icon-button"}
        aria-label={props.label}
        aria-haspopup={props.panel ? undefined : "menu"}
        aria-expanded={open}
        aria-controls={id}
        popovertarget={id}
      >
        {props.button}
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        class="menu"
        role={props.panel ? "group" : "menu"}
        aria-label={props.label}
        onToggle={(event) => setOpen(event.newState === "open")}
        onKeyDown={(event) => {
          if (props.panel) return;
          if (event.key === "Tab") close();
          else moveFocus(event, focusable(event.currentTarget));
        }}
        onClick={(event) => event.target instanceof Element && event.target.closest("[data-choice]") && close()}
        onFocusOut={({ relatedTarget: next }) => next instanceof Node && next !== button.current && !menu.current?.contains(next) && menu.current?.hidePopover()}
      >
        {open && props.children}
      </div>
    </>
  );
}

/** Arrow keys move the focus, wrapping around; Home and End move it to the ends. */
function moveFocus(event: KeyboardEvent, items: HTMLElement[]): void {
  const at = items.indexOf(document.activeElement as HTMLElement);
  const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  items.at(step % items.length)?.focus();
}

function position(menu: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = at.bottom + GAP_PX + height <= innerHeight;
  menu.style.top = `${Math.max(GAP_PX, below ? at.bottom + GAP_PX : at.top - GAP_PX - height)}px`;
  menu.style.left = `${Math.max(GAP_PX, Math.min(at.right - width, document.documentElement.clientWidth - width - GAP_PX))}px`;
}

interface MenuActionProps {
  label: string;
  reason?: string | undefined;
  /** Without the role of a menu item, for panels. */
  plain?: boolean;
  onChoose: () => void;
}

/** An item of a menu. One with a ``reason`` is shown with it and cannot be chosen. */
export function MenuAction(props: MenuActionProps) {
  return (
    <button
      type="button"
      role={props.plain ? undefined : "menuitem"}
      class="menu-item"
      aria-disabled={props.reason ? true : undefined}
      data-choice={props.reason ? undefined : ""}
      onClick={() => !props.reason && props.onChoose()}
    >
      <span>{props.label}</span>
      {props.reason && <small>{props.reason}</small>}
    </button>
  );
}
