import { useQuery } from "@urql/preact";
import { CATALOGUE } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { Comment } from "../ui/Field.tsx";
import { errorAt, type Obstacle } from "./RequestForm.tsx";

/** What the requester adds for Customer Success. */
export function CommentField({ value, onInput, errors }: { value: string; onInput: (text: string) => void; errors: readonly Obstacle[] }) {
  const { t } = useSpeech();
  const [{ data }] = useQuery({ query: CATALOGUE });
  const max = data?.catalogue.limits.maxCommentLength ?? 500;
  return <Comment name="comment" label={t("comment")} optional value={value} max={max} error={errorAt(errors, "comment")} onInput={onInput} />;
}
