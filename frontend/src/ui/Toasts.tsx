import { createContext, type ComponentChildren } from "preact";
import { useCallback, useContext, useRef, useState } from "preact/hooks";
import { Icon } from "./icons.tsx";

const SHOWN_FOR = 6_000;

const ToastContext = createContext<(message: string) => void>(() => {});

/** Says things that need no answer; what they tell can be seen elsewhere too. */
export function ToastProvider({ children }: { children: ComponentChildren }) {
  const [message, setMessage] = useState("");
  const timer = useRef<number>(0);
  const hideLater = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setMessage(""), SHOWN_FOR);
  }, []);
  const say = useCallback(
    (text: string) => {
      setMessage(text);
      hideLater();
    },
    [hideLater],
  );
  const hold = () => clearTimeout(timer.current);
  return (
    <ToastContext.Provider value={say}>
      {children}
      <div class="toasts" role="status" onMouseEnter={hold} onMouseLeave={hideLater} onFocusIn={hold} onFocusOut={hideLater}>
        {message && (
          <div class="toast">
            <Icon name="check" />
            {message}
          </div>
        )}
      </div>
    </ToastContext.Provider>
  );
}

export const useToast = () => useContext(ToastContext);
