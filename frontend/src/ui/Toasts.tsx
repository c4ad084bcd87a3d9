import { createContext, type ComponentChildren } from "preact";
import { useCallback, useContext, useRef, useState } from "preact/hooks";
import { useI18n } from "../i18n/i18n.tsx";
import { Icon } from "./icons.tsx";

const DURATION_MS = 6_000;
const DURATION_WITH_ACTIONS_MS = 12_000;

/** An action of a toast. It must be available elsewhere too, since toasts disappear. */
export interface ToastAction {
  label: string;
  onChoose: () => void;
}

interface Toast {
  message: string;
  actions: readonly ToastAction[];
}

type ShowToast = (message: string, ...actions: ToastAction[]) => void;

const ToastContext = createContext<ShowToast>(() => {});

/** Shows toasts, one at a time. A toast stays while it is hovered or has the focus. */
export function ToastProvider({ children }: { children: ComponentChildren }) {
  const { t } = useI18n();
  const [toast, setToast] = useState<Toast>();
  const timer = useRef<number>(0);
  const hideLater = useCallback((after = DURATION_MS) => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setToast(undefined), after);
  }, []);
  const show = useCallback<ShowToast>(
    (message, ...actions) => {
      setToast({ message, actions });
      hideLater(actions.length ? DURATION_WITH_ACTIONS_MS : DURATION_MS);
    },
    [hideLater],
  );
  const pause = () => clearTimeout(timer.current);
  const resume = ({ currentTarget }: { currentTarget: HTMLElement }) => {
    if (!currentTarget.matches(":hover") && !currentTarget.contains(document.activeElement)) hideLater();
  };
  // The pressed button disappears with the toast, so the focus moves to the content.
  const close = () => {
    setToast(undefined);
    document.getElementById("content")?.focus({ preventScroll: true });
  };
  return (
    <ToastContext.Provider value={show}>
      {children}
      <div class="toasts" role="status" onMouseEnter={pause} onMouseLeave={resume} onFocusIn={pause} onFocusOut={resume}>
        {toast && (
          <div class="toast">
            <Icon name="check" />
            <span>{toast.message}</span>
            {toast.actions.map(({ label, onChoose }) => (
              <button
                key={label}
                type="button"
                class="toast-action"
                onClick={() => {
                  close();
                  onChoose();
                }}
              >
                {label}
              </button>
            ))}
            <button type="button" class="toast-action" aria-label={t("close")} onClick={close}>
              <Icon name="close" />
            </button>
          </div>
        )}
      </div>
    </ToastContext.Provider>
  );
}

export const useToast = () => useContext(ToastContext);
