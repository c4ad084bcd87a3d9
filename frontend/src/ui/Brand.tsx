import { useI18n } from "../i18n/i18n.tsx";
import { Icon } from "./icons.tsx";

/** The logo and name of the product. */
export function Brand() {
  const { t } = useI18n();
  return (
    <>
      <span class="brand-mark">
        <Icon name="bolt" />
      </span>
      <span class="brand-name">{t("app")}</span>
    </>
  );
}
