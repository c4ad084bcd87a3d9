import { Provider, useClient, useMutation, useQuery } from "@urql/preact";
import { createContext, type ComponentChildren } from "preact";
import { useContext, useEffect, useMemo, useState } from "preact/hooks";
import { createClient, SessionGate } from "../api/client.ts";
import { SIGN_OUT, UPDATE_PROFILE, VIEWER, type Viewer } from "../api/operations.ts";
import { browserLanguage, SpeechProvider, useSpeech, type Language } from "../i18n/i18n.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { LoadError } from "../ui/states.tsx";
import { codeOf } from "../api/client.ts";
import { SignInForm } from "./SignIn.tsx";

interface Session {
  viewer: Viewer | null;
  signedIn: (viewer: Viewer) => void;
  signOut: () => Promise<void>;
  setLanguage: (language: Language) => void;
}

const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("outside a session");
  return session;
}

/** The viewer; only where somebody is signed in. */
export function useViewer(): Viewer {
  const { viewer } = useSession();
  if (!viewer) throw new Error("nobody is signed in");
  return viewer;
}

/** Everything below talks to the API as one person; when their session ends, the form to sign in again comes over it. */
export function SessionProvider({ children }: { children: ComponentChildren }) {
  const [generation, setGeneration] = useState(0);
  const gate = useMemo(() => new SessionGate(), [generation]);
  const client = useMemo(() => createClient(gate), [gate]);
  return (
    <Provider value={client}>
      <WithViewer key={generation} gate={gate} startAgain={() => setGeneration((current) => current + 1)}>
        {children}
      </WithViewer>
    </Provider>
  );
}

function WithViewer({ gate, startAgain, children }: { gate: SessionGate; startAgain: () => void; children: ComponentChildren }) {
  const client = useClient();
  const [result, askAgain] = useQuery({ query: VIEWER, requestPolicy: "network-only" });
  const [viewer, setViewer] = useState<Viewer | null | undefined>(undefined);
  const [ended, setEnded] = useState(false);
  const [chosen, setChosen] = useState<Language>(browserLanguage);
  const [, updateProfile] = useMutation(UPDATE_PROFILE);

  useEffect(() => gate.whenEnded(() => setEnded(true)), [gate]);
  useEffect(() => {
    if (result.data) setViewer(result.data.viewer ?? null);
  }, [result.data]);

  const session: Session = {
    viewer: viewer ?? null,
    signedIn: (now) => {
      setEnded(false);
      // Another person must see nothing of what the one before had loaded.
      if (viewer && viewer.id !== now.id) startAgain();
      else {
        setViewer(now);
        gate.signedIn();
      }
    },
    signOut: async () => {
      await client.mutation(SIGN_OUT, {}).toPromise();
      startAgain();
    },
    setLanguage: (language) => {
      setChosen(language);
      if (!viewer) return;
      setViewer({ ...viewer, language });
      void updateProfile({ input: { language } });
    },
  };

  return (
    <SpeechProvider language={viewer?.language ?? chosen} timeZone={viewer?.timeZone}>
      <SessionContext.Provider value={session}>
        {viewer === undefined ? result.error && <LoadError code={codeOf(result.error)} onRetry={() => askAgain({ requestPolicy: "network-only" })} /> : children}
        {ended && viewer && <SignInAgain />}
      </SessionContext.Provider>
    </SpeechProvider>
  );
}

function SignInAgain() {
  const { t } = useSpeech();
  const { viewer } = useSession();
  return (
    <Dialog title={t("signin")}>
      <p>{t("signin.again")}</p>
      <SignInForm email={viewer?.email ?? ""} />
    </Dialog>
  );
}
