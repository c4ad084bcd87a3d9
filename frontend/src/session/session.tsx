import type { CombinedError } from "@urql/core";
import { Provider, useClient, useMutation, useQuery } from "@urql/preact";
import { useLocation } from "preact-iso";
import { createContext, type ComponentChildren } from "preact";
import { useContext, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { errorCode, createClient } from "../api/client.ts";
import { SessionGate } from "../api/sessionGate.ts";
import { LiveUpdates } from "../api/liveUpdates.ts";
import { SIGN_OUT, UPDATE_PROFILE, VIEWER, type Viewer } from "../api/operations.ts";
import { Refresher } from "../api/refresh.ts";
import { browserLanguage, I18nProvider, useI18n, type MessageKey, type Language } from "../i18n/i18n.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { forgetDrafts } from "../ui/drafts.ts";
import { lazy } from "../ui/lazy.tsx";
import { LoadError, OfflineBanner } from "../ui/states.tsx";
import { storage } from "./storage.ts";
import { Tabs } from "./tabs.ts";

const SignInForm = lazy(async () => (await import("./SignIn.tsx")).SignInForm);

interface Session {
  viewer: Viewer | null;
  /** Whether live updates are paused. */
  isDisconnected: boolean;
  signedIn: (viewer: Viewer) => void;
  /** Resolves to the error if the session could not be ended. */
  signOut: () => Promise<CombinedError | undefined>;
  setLanguage: (language: Language) => void;
}

const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("outside a session");
  return session;
}

/** The viewer. Throws where nobody is signed in. */
export function useViewer(): Viewer {
  const { viewer } = useSession();
  if (!viewer) throw new Error("nobody is signed in");
  return viewer;
}

/** Provides the API client and the session of one viewer. When the session ends, a sign-in dialog opens over the page. */
export function SessionProvider({ children }: { children: ComponentChildren }) {
  const [generation, setGeneration] = useState(0);
  const language = useRef(chosenLanguage());
  const { client, ...api } = useMemo(() => {
    const gate = new SessionGate();
    const refresher = new Refresher();
    const liveUpdates = new LiveUpdates(refresher);
    return { gate, refresher, liveUpdates, client: createClient({ gate, refresher, liveUpdates, language: () => language.current }) };
  }, [generation]);
  return (
    <Provider value={client}>
      <ViewerProvider
        key={generation}
        {...api}
        onLanguage={(chosen) => (language.current = chosen)}
        reset={() => {
          forgetDrafts();
          setGeneration((current) => current + 1);
        }}
      >
        {children}
      </ViewerProvider>
    </Provider>
  );
}

interface ViewerProviderProps {
  gate: SessionGate;
  refresher: Refresher;
  liveUpdates: LiveUpdates;
  onLanguage: (language: Language) => void;
  reset: () => void;
  children: ComponentChildren;
}

const tabs = new Tabs();

/** Why the viewer cannot go on: the session has ended, or another tab has signed in somebody else. */
type Interruption = "ended" | "replaced" | undefined;

function ViewerProvider({ gate, refresher, liveUpdates, onLanguage, reset, children }: ViewerProviderProps) {
  const client = useClient();
  const { route } = useLocation();
  const [result, reloadViewer] = useQuery({ query: VIEWER, requestPolicy: "network-only" });
  const [viewer, setViewer] = useState<Viewer | null | undefined>(undefined);
  const [interruption, setInterruption] = useState<Interruption>();
  const [isDisconnected, setIsDisconnected] = useState(false);
  const [chosen, setChosen] = useState<Language>(chosenLanguage);
  const [, updateProfile] = useMutation(UPDATE_PROFILE);
  const language = viewer?.language ?? chosen;
  const refresh = useMemo(() => () => refresher.refresh(), [refresher]);
  const isSubscribed = Boolean(viewer && !interruption && (viewer.can.manageAccounts || viewer.can.decideRequests));

  const resume = () => {
    setInterruption(undefined);
    gate.resume();
    refresher.refresh();
  };
  const acceptViewer = (now: Viewer | null) => {
    // The page and its drafts stay until the viewer leaves them.
    if (viewer && now?.id !== viewer.id) return setInterruption(now ? "replaced" : "ended");
    setViewer(now);
    if (interruption) resume();
  };

  useEffect(() => gate.onSessionEnd(() => setInterruption("ended")), [gate]);
  useEffect(() => onLanguage(language), [language]);
  useLayoutEffect(() => {
    if (result.data && !result.fetching && !result.stale && !result.error) acceptViewer(result.data.viewer ?? null);
  }, [result]);
  useEffect(() => (isSubscribed ? liveUpdates.start(client, setIsDisconnected) : setIsDisconnected(false)), [isSubscribed, viewer?.id]);
  useEffect(() => {
    const check = () => document.hidden || reloadViewer({ requestPolicy: "network-only" });
    const unlisten = tabs.listen(check);
    document.addEventListener("visibilitychange", check);
    return () => {
      unlisten();
      document.removeEventListener("visibilitychange", check);
    };
  }, [reloadViewer]);

  const session: Session = {
    viewer: viewer ?? null,
    isDisconnected,
    signedIn: (now) => {
      tabs.notify();
      // A new client: another viewer must not see cached data.
      if (viewer && viewer.id !== now.id) reset();
      else {
        setViewer(now);
        resume();
      }
    },
    signOut: async () => {
      const { error } = await client.mutation(SIGN_OUT, {}, { ungated: true }).toPromise();
      if (error && errorCode(error) !== "UNAUTHENTICATED") return error;
      tabs.notify();
      // The next viewer starts on the home page.
      route("/sign-in");
      reset();
      return undefined;
    },
    setLanguage: (language) => {
      storage.write("language", language);
      onLanguage(language);
      setChosen(language);
      if (!viewer) return;
      setViewer({ ...viewer, language });
      void updateProfile({ input: { language } });
    },
  };

  return (
    <I18nProvider language={language} timeZone={viewer?.timeZone}>
      <SessionContext.Provider value={session}>
        <OfflineBanner onReturn={refresh} />
        {viewer === undefined ? result.error && <LoadError error={result.error} onRetry={() => reloadViewer({ requestPolicy: "network-only" })} /> : children}
        {viewer && interruption === "ended" && <SignInAgain why="signin.again" leaveLabel="signin.leave" onLeave={() => void session.signOut()} />}
        {viewer && interruption === "replaced" && <SignInAgain why="signin.replaced" leaveLabel="signin.replaced.leave" onLeave={reset} />}
      </SessionContext.Provider>
    </I18nProvider>
  );
}

function SignInAgain({ why, leaveLabel, onLeave }: { why: MessageKey; leaveLabel: MessageKey; onLeave: () => void }) {
  const { t } = useI18n();
  const { viewer } = useSession();
  return (
    <Dialog title={t("signin")}>
      <p>{t(why)}</p>
      <SignInForm email={viewer?.email ?? ""} />
      <button type="button" class="link" onClick={onLeave}>
        {t(leaveLabel)}
      </button>
    </Dialog>
  );
}

/** The language of the last visit, or the browser's. */
export function chosenLanguage(): Language {
  const last = storage.read("language");
  return last === "EN" || last === "FR" || last === "ES" || last === "CA" ? last : browserLanguage();
}
