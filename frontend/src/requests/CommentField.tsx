import { useQuery } from "@urql/preact";
import { CATALOGUE } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { TextAreaWithCount } from "../ui/Field.tsx";
import { messageFor, type FormProblem } from "./RequestForm.tsx";

/** The requester's comment for Customer Success. */
export function CommentField({ value, onInput, errors }: { value: string; onInput: (text: string) => void; errors: readonly FormProblem[] }) {
  const { t } = useI18n();
  const [{ data }] = useQuery({ query: CATALOGUE });
  const max = data?.catalogue.limits.maxCommentLength ?? 500;
  return <TextAreaWithCount name="comment" label={t("comment")} optional value={value} max={max} error={messageFor(errors, "comment")} onInput={onInput} />;
}
