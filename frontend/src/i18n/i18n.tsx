import { createContext, type ComponentChildren } from "preact";
import { useContext, useEffect, useMemo, useState } from "preact/hooks";
import { useLastDefined } from "../ui/useLastDefined.ts";
import type en from "./en.json";

export type MessageKey = keyof typeof en;
/** Messages for values of stored rows; a value without a message, of a newer version, is shown by its name. */
type NameKey = `${"type" | "state" | "decided" | "event" | "field" | "milestone" | "mail" | "mail.kind" | "role"}.${string}`;
export type Language = "EN" | "FR" | "ES" | "CA";
type Values = Record<string, string | number>;
/** Messages with placeholders are compiled to functions at build time; the others are strings. */
type Catalogue = Record<MessageKey, string | ((values: Values) => string)>;

export const LANGUAGES: Record<Language, string> = { EN: "English", FR: "Français", ES: "Español", CA: "Català" };

const IMPORTS: Record<Language, () => Promise<{ default: Catalogue }>> = {
  EN: () => import("./en.json"),
  FR: () => import("./fr.json"),
  ES: () => import("./es.json"),
  CA: () => import("./ca.json"),
};

const catalogues = new Map<Language, Catalogue>();

/** Loads the catalogue of one language. */
export async function loadCatalogue(language: Language): Promise<void> {
  catalogues.set(language, (await IMPORTS[language]()).default);
}

/** Locales for formatting. English uses British dates. */
const LOCALES: Record<Language, string> = { EN: "en-GB", FR: "fr", ES: "es", CA: "ca" };

/** The first supported language among the browser's. */
export function browserLanguage(): Language {
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2).toUpperCase());
  return (wanted.find((tag) => tag in IMPORTS) ?? "EN") as Language;
}

/** Translates messages and formats numbers and dates, in one language and time zone. */
export class I18n {
  private readonly formatters = new Map<string, unknown>();
  readonly locale: string;

  constructor(
    readonly language: Language,
    private readonly catalogue: Catalogue,
    private readonly timeZone: string | undefined,
  ) {
    this.locale = LOCALES[language];
  }

  t = (key: MessageKey | NameKey, values: Values = {}): string => {
    const message = this.catalogue[key as MessageKey] ?? key.slice(key.lastIndexOf(".") + 1);
    return typeof message === "string" ? message : message(values);
  };

  number = (value: number): string => minus(this.numbers({}).format(value));

  signed = (value: number): string => minus(this.numbers({ signDisplay: "exceptZero" }).format(value));

  /** A calendar date, formatted in UTC so that no time zone shifts it. */
  date = (iso: string): string => this.dates({ dateStyle: "medium", timeZone: "UTC" }).format(new Date(iso));

  /** The month of a calendar date, short or with the year. */
  month = (iso: string, length: "short" | "long"): string =>
    this.dates(length === "long" ? { month: "long", year: "numeric", timeZone: "UTC" } : { month: "short", timeZone: "UTC" }).format(new Date(iso));

  /** The date of an instant, in the viewer's time zone. */
  day = (iso: string): string => this.dates({ dateStyle: "medium", timeZone: this.timeZone }).format(new Date(iso));

  instant = (iso: string): string => this.dates({ dateStyle: "medium", timeStyle: "short", timeZone: this.timeZone }).format(new Date(iso));

  time = (at: Date, timeZone = this.timeZone): string => this.dates({ timeStyle: "short", timeZone }).format(at);

  /** The time since an instant, in its largest whole unit. */
  duration = (iso: string): string => {
    const minutes = Math.max(0, Math.floor((Date.now() - new Date(iso).getTime()) / 60_000));
    if (minutes === 0) return this.ago(iso);
    const [value, unit] = minutes < 60 ? [minutes, "minute"] : minutes < 1440 ? [Math.floor(minutes / 60), "hour"] : [Math.floor(minutes / 1440), "day"];
    return this.numbers({ style: "unit", unit, unitDisplay: "long" }).format(value);
  };

  /** A relative time, in its largest whole unit, rounded down. */
  ago = (iso: string): string => {
    const minutes = Math.trunc((new Date(iso).getTime() - Date.now()) / 60_000);
    const relative = this.cached("ago", () => new Intl.RelativeTimeFormat(this.locale, { numeric: "auto" }));
    if (minutes > -60) return relative.format(minutes, "minute");
    if (minutes > -60 * 24) return relative.format(Math.trunc(minutes / 60), "hour");
    return relative.format(Math.trunc(minutes / 1440), "day");
  };

  private numbers = (options: Intl.NumberFormatOptions) => this.cached(`number ${JSON.stringify(options)}`, () => new Intl.NumberFormat(this.locale, options));

  private dates = (options: Intl.DateTimeFormatOptions) => this.cached(`date ${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(this.locale, options));

  /** Formatters are cached: creating one costs more than a hundred uses. */
  private cached<Format>(name: string, make: () => Format): Format {
    const cachedFormat = (this.formatters.get(name) as Format | undefined) ?? make();
    this.formatters.set(name, cachedFormat);
    return cachedFormat;
  }
}

/** Replaces the hyphen by a minus sign, which is as wide as a digit. */
function minus(text: string): string {
  return text.replace("-", "−");
}

const I18nContext = createContext<I18n | null>(null);

export function I18nProvider({ language, timeZone, children }: { language: Language; timeZone: string | undefined; children: ComponentChildren }) {
  const [, setFetched] = useState<Language>();
  const catalogue = catalogues.get(language);
  useEffect(() => {
    if (!catalogue) void loadCatalogue(language).then(() => setFetched(language));
  }, [language]);
  const fetched = useMemo(() => catalogue && new I18n(language, catalogue, timeZone), [language, catalogue, timeZone]);
  // While a new language loads, the page stays in the present one.
  const i18n = useLastDefined(fetched);
  useEffect(() => {
    if (i18n) document.documentElement.lang = i18n.locale;
  }, [i18n]);
  return i18n ? <I18nContext.Provider value={i18n}>{children}</I18nContext.Provider> : null;
}

export function useI18n(): I18n {
  const i18n = useContext(I18nContext);
  if (!i18n) throw new Error("no language is loaded");
  return i18n;
}
