import { useQuery } from "@urql/preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { CATALOGUE, type Account, type Change, type FieldChange } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import type { FormProblem } from "./RequestForm.tsx";
import { useFiling } from "./useFiling.ts";
import { usePreview } from "./usePreview.ts";
import { useSentToast } from "./useSentToast.ts";

interface AccountRequestOptions {
  account: Account;
  /** Refetches the account. */
  onStale: () => void;
  /** The requested change; undefined while the form is invalid. */
  change: Change | undefined;
  /** The problem that is shown for an invalid form. */
  unreadable: FormProblem;
  comment: string;
  onSent: () => void;
}

/** Preview, filing and conflicts of a form about an account. */
export function useAccountRequest({ account, onStale, change, unreadable, comment, onSent }: AccountRequestOptions) {
  const { t } = useI18n();
  const showSentToast = useSentToast();
  const filing = useFiling();
  const previewState = usePreview(change);
  const ownChanges = useChangesSince(account);
  const [problems, setProblems] = useState<readonly FormProblem[]>([]);
  const [{ data }] = useQuery({ query: CATALOGUE });
  const limit = data?.catalogue.limits.maxCommentLength ?? Infinity;
  const stale = filing.errors.find((error) => error.code === "STALE");
  // Memoised: the form moves the focus whenever the list of errors changes.
  const errors = useMemo(() => (problems.length > 0 ? problems : filing.errors.filter((error) => error !== stale)), [problems, filing.errors]);
  const changed = ownChanges.length > 0 ? ownChanges : (stale?.changes ?? []);

  useEffect(() => {
    if (stale) onStale();
    if (stale || ownChanges.length > 0) previewState.reload();
  }, [stale, JSON.stringify(ownChanges)]);

  const submit = async () => {
    const tooLong = [...comment].length > limit ? [{ field: "comment", message: t("comment.long", { max: limit }) }] : [];
    const found = [...(change ? [] : [unreadable]), ...tooLong];
    setProblems(found);
    if (!change || found.length > 0) return;
    const request = await filing.file(change, previewState.current ? previewState.preview?.version : undefined);
    if (!request) return;
    onSent();
    showSentToast(request);
  };
  return {
    form: { ...filing, errors, onSubmit: () => void submit() },
    previewState,
    /** The changes of the account since the form was opened; null without a conflict. */
    conflict: stale || changed.length > 0 ? changed : null,
  };
}

/** The fields of the account that have changed since the form was opened. */
function useChangesSince(account: Account): FieldChange[] {
  const opened = useRef(account);
  const { current: before } = opened;
  const pairs = [
    ["LICENCE", before.licence.code, account.licence.code],
    ["DATAPOINTS", String(before.datapoints), String(account.datapoints)],
    ["EXPIRES_ON", before.expiresOn, account.expiresOn],
  ] as const;
  return pairs.filter(([, then, now]) => then !== now).map(([field, then, now]) => ({ __typename: "FieldChange", field, before: then, after: now }));
}
