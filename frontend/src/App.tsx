import { LocationProvider, Route, Router, useLocation } from "preact-iso";
import { useEffect } from "preact/hooks";
import type { ComponentChildren, ComponentType } from "preact";
import { useI18n } from "./i18n/i18n.tsx";
import { backgroundScreen } from "./requests/dialogRoutes.ts";
import { LiveUpdatesPaused } from "./session/LiveUpdatesPaused.tsx";
import { SessionProvider, useSession, useViewer } from "./session/session.tsx";
import { UserMenu } from "./session/UserMenu.tsx";
import { Brand } from "./ui/Brand.tsx";
import { Dialog, LoadingDialog } from "./ui/Dialog.tsx";
import { lazy } from "./ui/lazy.tsx";
import { useFocusOnNavigation, useDocumentTitle } from "./ui/navigation.ts";
import { LocationContext, useBackgroundLocation } from "./ui/backgroundLocation.ts";
import { ErrorBoundary, MessagePage } from "./ui/states.tsx";
import { ToastProvider } from "./ui/Toasts.tsx";

const Home = lazy(async () => (await import("./accounts/Home.tsx")).Home);
const Section = lazy(async () => (await import("./accounts/Section.tsx")).Section);
const AccountPage = lazy(async () => (await import("./accounts/AccountPage.tsx")).AccountPage);
const NewAccountPage = lazy(async () => (await import("./requests/types/newAccount.tsx")).NewAccountPage);
const Queue = lazy(async () => (await import("./requests/Queue.tsx")).Queue);
const MailPage = lazy(async () => (await import("./mail/MailPage.tsx")).MailPage);
const AuditPage = lazy(async () => (await import("./audit/AuditPage.tsx")).AuditPage);
const ProfilePage = lazy(async () => (await import("./session/ProfilePage.tsx")).ProfilePage);
const SecondFactor = lazy(async () => (await import("./session/SecondFactor.tsx")).SecondFactor);
const SignInPage = lazy(async () => (await import("./session/SignIn.tsx")).SignInPage);
const ForgotPasswordPage = lazy(async () => (await import("./session/Password.tsx")).ForgotPasswordPage);
const ResetPasswordPage = lazy(async () => (await import("./session/Password.tsx")).ResetPasswordPage);
const RequestDialogs = lazy(async () => (await import("./requests/RequestDialogs.tsx")).RequestDialogs, LoadingDialog);

/** The first screens of most visits, by path; their scripts are fetched while the language loads. */
const FIRST_SCREENS: Record<string, { preload: () => Promise<void> } | undefined> = {
  "/": Home,
  "/management/active": Section,
  "/management/expired": Section,
  "/management/applications": Section,
  "/queue": Queue,
};

/** Fetches the script of the first screen of the visit. */
export const preloadFirstScreen = () => FIRST_SCREENS[location.pathname]?.preload();

/** The pages for visitors who are not signed in; no dialog opens over them. */
const SIGNED_OUT_PATHS = ["/sign-in", "/forgot-password", "/reset-password"];

export function App() {
  return (
    <LocationProvider>
      <SessionProvider>
        <ToastProvider>
          <Screens />
        </ToastProvider>
      </SessionProvider>
    </LocationProvider>
  );
}

function Screens() {
  const { viewer } = useSession();
  const { path } = useLocation();
  const { background, close } = useBackgroundLocation(viewer ? backgroundScreen : noScreen, (address) => viewer !== null && !SIGNED_OUT_PATHS.includes(address));
  return (
    <>
      <LocationContext.Provider value={background}>
        <Router>
          <Route path="/sign-in" component={SignInPage} />
          <Route path="/forgot-password" component={ForgotPasswordPage} />
          <Route path="/reset-password" component={ResetPasswordPage} />
          <Route path="/" component={page(HomeOrQueue)} />
          <Route path="/management" component={page(ToActive)} />
          <Route path="/management/new" component={page(NewAccountPage, "manageAccounts")} />
          <Route path="/management/:zone" component={page(Section, "section")} />
          <Route path="/management/accounts/:id" component={page(AccountPage, "section")} />
          <Route path="/profile" component={page(ProfilePage)} />
          <Route path="/mail" component={page(MailPage, "tendMail")} />
          <Route path="/audit" component={page(AuditPage, "readAuditLog")} />
          <Route path="/queue" component={page(Queue, "decideRequests")} />
          <Route path="/queue/:id" component={page(Queue, "decideRequests")} />
          <Route default component={page(NotFound)} />
        </Router>
      </LocationContext.Provider>
      {close && (
        <ErrorBoundary at={path} fallback={() => <DialogError onClose={close} />}>
          <RequestDialogs onClose={close} />
        </ErrorBoundary>
      )}
    </>
  );
}

function noScreen(): undefined {
  return undefined;
}

type Need = "manageAccounts" | "decideRequests" | "tendMail" | "readAuditLog" | "section";

const pages = new Map<unknown, (props: never) => ComponentChildren>();

/** Wraps a screen in the common frame; it is shown to signed-in viewers who have the right ``need``. One component per screen, so that it is not mounted anew. */
function page<P extends object>(Screen: ComponentType<P>, need?: Need) {
  const screen = pages.get(Screen);
  if (screen) return screen as (props: P) => ComponentChildren;
  const framed = (props: P) => (
    <SignedIn>
      <Frame>
        <Permitted need={need}>
          <Screen {...props} />
        </Permitted>
      </Frame>
    </SignedIn>
  );
  pages.set(Screen, framed);
  return framed;
}

function SignedIn({ children }: { children: ComponentChildren }) {
  const { viewer } = useSession();
  const { url, route } = useLocation();
  useEffect(() => {
    if (!viewer) route(`/sign-in?next=${encodeURIComponent(url)}`, true);
  }, [viewer]);
  return viewer ? <>{children}</> : null;
}

function Permitted({ need, children }: { need: Need | undefined; children: ComponentChildren }) {
  const { can, secondFactor } = useViewer();
  if (secondFactor.isDemanded) return <SecondFactor />;
  const allowed = !need || (need === "section" ? can.manageAccounts || can.decideRequests : can[need]);
  return allowed ? <>{children}</> : <Forbidden isForStaff={need === "decideRequests" || need === "tendMail"} />;
}

function Forbidden({ isForStaff }: { isForStaff: boolean }) {
  const { t } = useI18n();
  const { organisation } = useViewer();
  const title = t(isForStaff ? "forbidden.staff" : "forbidden");
  useDocumentTitle(title);
  return (
    <MessagePage title={title} help={!isForStaff && organisation ? t("forbidden.help") : ""}>
      <a class="button" href="/">
        {t("home")}
      </a>
    </MessagePage>
  );
}

function Frame({ children }: { children: ComponentChildren }) {
  const { t } = useI18n();
  const { can } = useViewer();
  const { path } = useLocation();
  useFocusOnNavigation();
  const currentIf = (start: string) => (path.startsWith(start) ? "page" : undefined);
  return (
    <>
      <a class="skip" href="#content">
        {t("skip")}
      </a>
      <header class="top">
        <a class="brand" href="/">
          <Brand />
        </a>
        <nav class="top-nav" aria-label={t("app")}>
          {can.manageAccounts && (
            <a href="/management/active" aria-current={currentIf("/management")}>
              {t("section")}
            </a>
          )}
          {can.decideRequests && (
            <>
              <a href="/queue" aria-current={currentIf("/queue")}>
                {t("queue")}
              </a>
              <a href="/management/active" aria-current={currentIf("/management")}>
                {t("queue.accounts")}
              </a>
            </>
          )}
        </nav>
        <LiveUpdatesPaused />
        <UserMenu />
      </header>
      <main id="content" class="page" tabIndex={-1}>
        <ErrorBoundary
          at={path}
          fallback={
            <MessagePage title={t("error.page")} help={t("error.server")}>
              <button type="button" class="button" onClick={() => location.reload()}>
                {t("retry")}
              </button>
            </MessagePage>
          }
        >
          {children}
        </ErrorBoundary>
      </main>
    </>
  );
}

function HomeOrQueue() {
  const { can } = useViewer();
  return can.decideRequests ? <Redirect to="/queue" /> : <Home />;
}

function ToActive() {
  return <Redirect to="/management/active" />;
}

function Redirect({ to }: { to: string }) {
  const { route } = useLocation();
  useEffect(() => route(to, true), [to]);
  return null;
}

function NotFound() {
  const { t } = useI18n();
  useDocumentTitle(t("notfound"));
  return (
    <MessagePage title={t("notfound")}>
      <a class="button" href="/">
        {t("home")}
      </a>
    </MessagePage>
  );
}

/** Shown in place of a dialog that failed to render. */
function DialogError({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  return (
    <Dialog title={t("error.page")} onClose={onClose}>
      <p>{t("error.server")}</p>
    </Dialog>
  );
}
