import type { CombinedError } from "@urql/core";
import { Provider, useClient, useMutation, useQuery } from "@urql/preact";
import { useLocation } from "preact-iso";
import { createContext, type ComponentChildren } from "preact";
import { useContext, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { codeOf, createClient, SessionGate } from "../api/client.ts";
import { SIGN_OUT, UPDATE_PROFILE, VIEWER, type Viewer } from "../api/operations.ts";
import { Refresher } from "../api/refresh.ts";
import { browserLanguage, SpeechProvider, useSpeech, type Language } from "../i18n/i18n.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { LoadError, OfflineBanner } from "../ui/states.tsx";
import { remembered } from "./remembered.ts";
import { SignInForm } from "./SignIn.tsx";

interface Session {
  viewer: Viewer | null;
  signedIn: (viewer: Viewer) => void;
  /** Resolves to what kept the session open, if anything did. */
  signOut: () => Promise<CombinedError | undefined>;
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
  const language = useRef(chosenLanguage());
  const { gate, refresher, client } = useMemo(() => {
    const gate = new SessionGate();
    const refresher = new Refresher();
    return { gate, refresher, client: createClient(gate, refresher, () => language.current) };
  }, [generation]);
  return (
    <Provider value={client}>
      <WithViewer
        key={generation}
        gate={gate}
        refresher={refresher}
        onLanguage={(chosen) => (language.current = chosen)}
        startAgain={() => setGeneration((current) => current + 1)}
      >
        {children}
      </WithViewer>
    </Provider>
  );
}

interface WithViewerProps {
  gate: SessionGate;
  refresher: Refresher;
  onLanguage: (language: Language) => void;
  startAgain: () => void;
  children: ComponentChildren;
}

function WithViewer({ gate, refresher, onLanguage, startAgain, children }: WithViewerProps) {
  const client = useClient();
  const { route } = useLocation();
  const [result, askAgain] = useQuery({ query: VIEWER, requestPolicy: "network-only" });
  const [viewer, setViewer] = useState<Viewer | null | undefined>(undefined);
  const [ended, setEnded] = useState(false);
  const [chosen, setChosen] = useState<Language>(chosenLanguage);
  const [, updateProfile] = useMutation(UPDATE_PROFILE);
  const language = viewer?.language ?? chosen;
  const refresh = useMemo(() => () => refresher.refresh(), [refresher]);

  useEffect(() => gate.whenEnded(() => setEnded(true)), [gate]);
  useEffect(() => onLanguage(language), [language]);
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
      const { error } = await client.mutation(SIGN_OUT, {}, { ungated: true }).toPromise();
      if (error && codeOf(error) !== "UNAUTHENTICATED") return error;
      // Whoever signs in next need not want what this person looked at.
      route("/sign-in");
      startAgain();
      return undefined;
    },
    setLanguage: (language) => {
      remembered.write("language", language);
      onLanguage(language);
      setChosen(language);
      if (!viewer) return;
      setViewer({ ...viewer, language });
      void updateProfile({ input: { language } });
    },
  };

  return (
    <SpeechProvider language={language} timeZone={viewer?.timeZone}>
      <SessionContext.Provider value={session}>
        <OfflineBanner onReturn={refresh} />
        {viewer === undefined ? result.error && <LoadError error={result.error} onRetry={() => askAgain({ requestPolicy: "network-only" })} /> : children}
        {ended && viewer && <SignInAgain onLeave={() => void session.signOut()} />}
      </SessionContext.Provider>
    </SpeechProvider>
  );
}

function SignInAgain({ onLeave }: { onLeave: () => void }) {
  const { t } = useSpeech();
  const { viewer } = useSession();
  return (
    <Dialog title={t("signin")}>
      <p>{t("signin.again")}</p>
      <SignInForm email={viewer?.email ?? ""} />
      <button type="button" class="link" onClick={onLeave}>
        {t("signin.leave")}
      </button>
    </Dialog>
  );
}

/** The language of the last visit, else the browser's. */
function chosenLanguage(): Language {
  const last = remembered.read("language");
  return last === "EN" || last === "FR" || last === "ES" || last === "CA" ? last : browserLanguage();
}
