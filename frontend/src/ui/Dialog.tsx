import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { useI18n } from "../i18n/i18n.tsx";
import { Icon } from "./icons.tsx";
import { useIsSlow } from "./states.tsx";

/**
 * A modal dialog while it is mounted; Esc and its button close it, and focus returns. A click beside it does not: it
 * would throw away what was typed. Without ``onClose`` only an answer ends it.
 */
export function Dialog(props: { title: string; onClose?: (() => void) | undefined; children: ComponentChildren }) {
  const { t } = useI18n();
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  useEffect(() => {
    const opener = openerOf(document.activeElement);
    dialog.current?.showModal();
    return () => {
      // What opened it may be gone with what was done in it.
      const back = opener instanceof HTMLElement && opener.isConnected ? opener : document.getElementById("content");
      back?.focus({ preventScroll: back !== opener });
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={title}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose?.();
      }}
      // A second Esc closes a dialog without asking.
      onClose={() => (props.onClose ? props.onClose() : dialog.current?.showModal())}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={title}>{props.title}</h2>
          {props.onClose && (
            <button type="button" class="icon-button" aria-label={t("close")} onClick={props.onClose}>
              <Icon name="close" />
            </button>
          )}
        </header>
        {props.children}
      </div>
    </dialog>
  );
}

/** What the focus returns to: a choice of a menu goes with the menu, whose button stays. */
function openerOf(focused: Element | null): Element | null {
  const menu = focused?.closest("[popover]");
  return menu ? document.querySelector(`[popovertarget="${menu.id}"]`) : focused;
}

/** For what is still loading: opens only for those who have to wait, since what comes at once needs no empty dialog before it. */
export function LoadingDialog({ onClose, children }: { onClose: () => void; children?: ComponentChildren }) {
  const { t } = useI18n();
  return useIsSlow() ? (
    <Dialog title={t("loading")} onClose={onClose}>
      {children}
    </Dialog>
  ) : null;
}
