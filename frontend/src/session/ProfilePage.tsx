import "../styles/profile.css";
import { useSpeech } from "../i18n/i18n.tsx";
import { useTitle } from "../ui/navigation.ts";
import { Appearance } from "./Appearance.tsx";
import { ChangePassword } from "./ChangePassword.tsx";
import { Devices } from "./Devices.tsx";
import { Reading } from "./Reading.tsx";
import { SecondFactor } from "./SecondFactor.tsx";
import { useViewer } from "./session.tsx";

/** What the viewer may change about themselves. */
export function ProfilePage() {
  const { t } = useSpeech();
  const viewer = useViewer();
  useTitle(t("profile"));
  return (
    <>
      <div>
        <h1>{viewer.name}</h1>
        <p class="soft">
          {[viewer.email, t(`role.${viewer.role}`), viewer.organisation?.name].filter(Boolean).join(" · ")}
        </p>
      </div>
      <div class="columns profile">
        <div class="stack">
          <Reading />
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
