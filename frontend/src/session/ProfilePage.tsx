import "../styles/profile.css";
import { useI18n } from "../i18n/i18n.tsx";
import { useDocumentTitle } from "../ui/navigation.ts";
import { Appearance } from "./Appearance.tsx";
import { ChangePassword } from "./ChangePassword.tsx";
import { Devices } from "./Devices.tsx";
import { LanguageAndTimeZone } from "./LanguageAndTimeZone.tsx";
import { SecondFactor } from "./SecondFactor.tsx";
import { useViewer } from "./session.tsx";

/** The viewer's own settings. */
export function ProfilePage() {
  const { t } = useI18n();
  const viewer = useViewer();
  useDocumentTitle(t("profile"));
  return (
    <>
      <div>
        <h1>{viewer.name}</h1>
        <p class="muted">
          {[viewer.email, t(`role.${viewer.role}`), viewer.organisation?.name].filter(Boolean).join(" · ")}
        </p>
      </div>
      <div class="columns profile">
        <div class="stack">
          <LanguageAndTimeZone />
          <Appearance />
        </div>
        <div class="stack">
          <ChangePassword />
          <SecondFactor />
          <Devices />
        </div>
      </div>
    </>
  );
}
