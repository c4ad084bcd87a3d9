import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { focusable } from "./focusable.ts";

const GAP_PX = 4;

interface MenuProps {
  label: string;
  button: ComponentChildren;
  class?: string;
  /** A panel holds more than actions: it is walked with Tab, not with arrow keys. */
  panel?: boolean;
  children: ComponentChildren;
}

/** A button that opens a popover; Esc, a choice and leaving it close it, and focus returns to the button. */
export function Menu(props: MenuProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  // Before it is painted: who sees a choice may take it, and the focus must not move from under the key.
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

/** Arrow keys walk a menu round; Home and End lead to its ends. */
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
  /** In a panel it is a plain button. */
  plain?: boolean;
  onChoose: () => void;
}

/** A choice that can be taken; when it cannot, it stays visible and says why. */
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
