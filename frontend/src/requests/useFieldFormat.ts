import { useQuery } from "@urql/preact";
import { CATALOGUE, type FieldChange } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";

/** Formats field values of previews and timelines: names for codes, localised dates and numbers. */
export function useFieldFormat(): (field: FieldChange["field"], text: string | null) => string {
  const { t, number, date } = useI18n();
  const [{ data }] = useQuery({ query: CATALOGUE });
  return (field, text) => {
    if (text === null) return field === "MAIL_DOMAIN" ? t("domain.none") : "–";
    // Codes are not shown to users: an ellipsis stands for the name until the catalogue is loaded.
    const named = (entries: readonly { code: string; name: string }[] | undefined) => (entries ? (entries.find((entry) => entry.code === text)?.name ?? text) : "…");
    switch (field) {
      case "LICENCE":
        return named(data?.catalogue.licences);
      case "SECTOR":
        return named(data?.catalogue.sectors);
      case "COUNTRY":
        return named(data?.catalogue.countries);
      case "DATAPOINTS":
      case "RTC_LINES":
        return number(Number(text));
      case "STARTS_ON":
      case "EXPIRES_ON":
        return date(text);
      default:
        return text;
    }
  };
}
