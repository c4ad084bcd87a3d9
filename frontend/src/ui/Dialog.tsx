import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { useI18n } from "../i18n/i18n.tsx";
import { Icon } from "./icons.tsx";
import { useIsSlow } from "./states.tsx";

/**
 * A modal dialog, open while it is mounted. Esc and its button close it, and the focus returns. A click on the backdrop does
 * not close it: what was typed would be lost. Without ``onClose`` it cannot be closed.
 */
export function Dialog(props: { title: string; onClose?: (() => void) | undefined; children: ComponentChildren }) {
  const { t } = useI18n();
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  useEffect(() => {
    const opener = openerOf(document.activeElement);
    dialog.current?.showModal();
    return () => {
      // The element that opened the dialog may have been removed meanwhile.
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
      // Browsers close a dialog on a second Esc without a cancel event.
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

/** Where the focus returns to; for an item of a menu, which closes, the button of the menu. */
function openerOf(focused: Element | null): Element | null {
  const menu = focused?.closest("[popover]");
  return menu ? document.querySelector(`[popovertarget="${menu.id}"]`) : focused;
}

/** A dialog for content that loads. It opens after SKELETON_DELAY_MS, so that fast answers show no empty dialog. */
export function LoadingDialog({ onClose, children }: { onClose: () => void; children?: ComponentChildren }) {
  const { t } = useI18n();
  return useIsSlow() ? (
    <Dialog title={t("loading")} onClose={onClose}>
      {children}
    </Dialog>
  ) : null;
}
