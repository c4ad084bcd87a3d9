import { createContext, type ComponentChildren } from "preact";
import { useCallback, useContext, useRef, useState } from "preact/hooks";
import { useSpeech } from "../i18n/i18n.tsx";
import { Icon } from "./icons.tsx";

const SHOWN_FOR = 6_000;
const SHOWN_FOR_CHOICE = 12_000;

/** What can be done about what a toast says; it can be done elsewhere too, without a time limit. */
export interface ToastAction {
  label: string;
  onChoose: () => void;
}

interface Said {
  message: string;
  actions: readonly ToastAction[];
}

type Say = (message: string, ...actions: ToastAction[]) => void;

const ToastContext = createContext<Say>(() => {});

/** Says things that need no answer; what they tell can be seen elsewhere too. */
export function ToastProvider({ children }: { children: ComponentChildren }) {
  const { t } = useSpeech();
  const [said, setSaid] = useState<Said>();
  const timer = useRef<number>(0);
  const hideLater = useCallback((after = SHOWN_FOR) => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setSaid(undefined), after);
  }, []);
  const say = useCallback<Say>(
    (message, ...actions) => {
      setSaid({ message, actions });
      hideLater(actions.length ? SHOWN_FOR_CHOICE : SHOWN_FOR);
    },
    [hideLater],
  );
  const hold = () => clearTimeout(timer.current);
  const letGo = ({ currentTarget }: { currentTarget: HTMLElement }) => {
    if (!currentTarget.matches(":hover") && !currentTarget.contains(document.activeElement)) hideLater();
  };
  // The button that was pressed goes with the toast, and the focus must not be lost with it.
  const close = () => {
    setSaid(undefined);
    document.getElementById("content")?.focus({ preventScroll: true });
  };
  return (
    <ToastContext.Provider value={say}>
      {children}
      <div class="toasts" role="status" onMouseEnter={hold} onMouseLeave={letGo} onFocusIn={hold} onFocusOut={letGo}>
        {said && (
          <div class="toast">
            <Icon name="check" />
            <span>{said.message}</span>
            {said.actions.map(({ label, onChoose }) => (
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
