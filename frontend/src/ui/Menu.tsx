import { FocusKeys, focusZone } from "@primer/behaviors";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

const GAP = 4;

/** A button that opens a popover menu; arrow keys move in it, Esc and a choice close it. */
export function Menu(props: { label: string; button: ComponentChildren; class?: string; children: ComponentChildren }) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (!open || !menu.current) return;
    const zone = focusZone(menu.current, { bindKeys: FocusKeys.ArrowVertical | FocusKeys.HomeAndEnd, focusOutBehavior: "wrap" });
    menu.current.querySelector<HTMLElement>("a, button, select")?.focus();
    return () => zone.abort();
  }, [open]);
  const place = () => {
    if (!button.current || !menu.current) return;
    const at = button.current.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = menu.current;
    const below = at.bottom + GAP + height <= innerHeight;
    menu.current.style.top = `${Math.max(GAP, below ? at.bottom + GAP : at.top - GAP - height)}px`;
    menu.current.style.left = `${Math.max(GAP, Math.min(at.right - width, innerWidth - width - GAP))}px`;
  };
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
        aria-haspopup="true"
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
        onToggle={(event) => {
          place();
          setOpen(event.newState === "open");
        }}
        onClick={(event) => event.target instanceof Element && event.target.closest("[data-choice]") && close()}
      >
        {open && props.children}
      </div>
    </>
  );
}

/** A choice that can be taken; when it cannot, it stays visible and says why. */
export function MenuAction(props: { label: string; reason?: string | undefined; onChoose: () => void }) {
  return (
    <button
      type="button"
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
