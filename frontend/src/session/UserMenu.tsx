import { useQuery } from "@urql/preact";
import { DEMO } from "../api/operations.ts";
import { LANGUAGES, useI18n, type Language } from "../i18n/i18n.tsx";
import { Menu, MenuAction } from "../ui/Menu.tsx";
import { errorMessage } from "../ui/callErrors.tsx";
import { useIsSlow } from "../ui/states.tsx";
import { useToast } from "../ui/Toasts.tsx";
import { PreferenceSelect } from "./PreferenceSelect.tsx";
import { useSession, useViewer } from "./session.tsx";

/** The user menu: links, language, theme and sign-out. */
export function UserMenu() {
  const i18n = useI18n();
  const { t, language } = i18n;
  const viewer = useViewer();
  const { signOut, setLanguage } = useSession();
  const toast = useToast();
  // Delayed, so that the queries of the screen go first.
  const [demo] = useQuery({ query: DEMO, pause: !useIsSlow() });
  const signOutAndReport = async () => {
    const error = await signOut();
    if (error) toast(errorMessage(i18n, error));
  };
  const initials = viewer.name.split(" ").map((word) => word[0]).slice(0, 2).join("");
  return (
    <Menu label={t("user.menu", { name: viewer.name })} class="avatar" button={initials} panel>
      <div class="menu-head">
        <strong>{viewer.name}</strong>
        <small>
          {t(`role.${viewer.role}`)}
          {viewer.organisation && ` · ${viewer.organisation.name}`}
        </small>
      </div>
      {viewer.can.manageAccounts && (
        <a class="menu-item" data-choice href="/management/active">
          {t("section")}
        </a>
      )}
      {viewer.can.tendMail && (
        <a class="menu-item" data-choice href="/mail">
          {t("mail")}
        </a>
      )}
      {viewer.can.readAuditLog && (
        <a class="menu-item" data-choice href="/audit">
          {t("audit")}
        </a>
      )}
      <a class="menu-item" data-choice href="/profile">
        {t("profile")}
      </a>
      {demo.data?.demo && (
        <>
          <a class="menu-item" data-choice href={demo.data.demo.mailboxUrl} target="_blank" rel="noreferrer">
            {t("demo.mailbox")}
          </a>
          <a class="menu-item" data-choice href={demo.data.demo.explorerUrl} target="_blank" rel="noreferrer">
            {t("explorer")}
          </a>
        </>
      )}
      <label class="menu-item menu-select">
        {t("language")}
        <select value={language} onChange={(event) => setLanguage(event.currentTarget.value as Language)}>
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label class="menu-item menu-select">
        {t("theme")}
        <PreferenceSelect preference="theme" />
      </label>
      <MenuAction label={t("signout")} plain onChoose={() => void signOutAndReport()} />
    </Menu>
  );
}
