import { useClient } from "@urql/preact";
import { useEffect, useState } from "preact/hooks";
import { RENEWAL_OF, type Account, type Preview } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { errorMessage } from "../ui/callErrors.tsx";
import { fileRequest } from "./useFiling.ts";

/** One of several renewals: account, preview and result. */
export interface Renewal {
  id: string;
  account?: Account | undefined;
  preview?: Preview | undefined;
  state: "shown" | "sent" | "refused";
  /** Why it cannot be renewed. */
  problem: string;
}

const DEBOUNCE_MS = 250;

/** Renewals of several accounts for the same period. Each has its own dates, request and result. */
export function useRenewals(ids: readonly string[], periodMonths: number | undefined) {
  const client = useClient();
  const i18n = useI18n();
  const [renewals, setRenewals] = useState<readonly Renewal[]>(ids.map((id) => ({ id, state: "shown", problem: "" })));
  const [sending, setSending] = useState(false);
  const set = (id: string, changes: Partial<Renewal>) => setRenewals((before) => before.map((renewal) => (renewal.id === id ? { ...renewal, ...changes } : renewal)));

  const loadPreview = (id: string, months: number) =>
    client.query(RENEWAL_OF, { id, change: { renewal: { accountId: id, periodMonths: months } } }, { requestPolicy: "network-only" }).toPromise();

  useEffect(() => {
    if (periodMonths === undefined) return;
    let current = true;
    const load = async (id: string) => {
      const { data, error } = await loadPreview(id, periodMonths);
      if (!current) return;
      const broken = data?.preview.rules.filter((rule) => !rule.holds).map((rule) => rule.message) ?? [];
      set(id, { account: data?.account ?? undefined, preview: data?.preview, problem: error ? errorMessage(i18n, error) : broken.join(" ") });
    };
    const timer = setTimeout(() => renewals.filter(({ state }) => state !== "sent").forEach(({ id }) => void load(id)), DEBOUNCE_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [periodMonths]);

  const sendAll = async (comment: string) => {
    if (sending || periodMonths === undefined) return;
    setSending(true);
    for (const { id, preview } of renewals.filter(({ state }) => state !== "sent")) {
      const { data, error } = await fileRequest(client, { renewal: { accountId: id, periodMonths, comment } }, preview?.version ?? null);
      const problem = error ? errorMessage(i18n, error) : (data?.filed.errors.map(({ message }) => message).join(" ") ?? "");
      if (data?.filed.request) {
        set(id, { state: "sent", problem: "" });
        continue;
      }
      // The next try is made for the account as it is now.
      const { data: now } = await loadPreview(id, periodMonths);
      set(id, { state: "refused", problem, ...(now?.account && { account: now.account, preview: now.preview }) });
    }
    setSending(false);
  };
  return { renewals, sending, sendAll };
}
