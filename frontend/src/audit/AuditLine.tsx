import type { ComponentChildren } from "preact";
import type { AuditEntry } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { deviceName } from "../session/deviceName.ts";
import { useViewer } from "../session/session.tsx";
import { useAuditWords } from "./auditWords.ts";

/** A line of the audit log as a sentence; that of a request leads to it. */
export function AuditLine({ entry }: { entry: AuditEntry }) {
  const { ago, instant } = useSpeech();
  const { sentences, byNobody } = useAuditWords();
  const sentence = (entry.by ? undefined : byNobody[entry.act]) ?? sentences[entry.act] ?? `${entry.act} · {who} · {subject}`;
  const particulars = useParticulars(entry);
  if (!sentence.includes("{subject}")) particulars.unshift(entry.subject);
  return (
    <li class="audit-line">
      <div>
        <p>{filled(sentence, { who: entry.by && <strong>{entry.by.name}</strong>, subject: <Subject entry={entry} /> })}</p>
        {particulars.length > 0 && <small class="soft">{particulars.join(" · ")}</small>}
      </div>
      <time class="soft" dateTime={entry.at}>
        {ago(entry.at)} · {instant(entry.at)}
      </time>
    </li>
  );
}

function Subject({ entry: { request, subject } }: { entry: AuditEntry }) {
  const { can } = useViewer();
  if (!request) return <strong>{subject}</strong>;
  return <a href={`${can.decideRequests ? "/queue" : "/management/applications"}/${request.id}`}>{subject}</a>;
}

/** What a line tells beside its sentence, in words; the numbers of rows say nothing to anybody. */
function useParticulars({ act, facts }: AuditEntry): string[] {
  const { t } = useSpeech();
  const { sessions } = useAuditWords();
  return facts.flatMap(({ name, value }) => {
    if (name === "type" || name === "role") return t(`${name}.${value}`);
    if (name === "kind") return act === "MAIL_SENT_AGAIN" ? t(`mail.kind.${value}`) : (sessions[value] ?? value);
    if (name === "device") return deviceName(value) || t("devices.unnamed");
    return [];
  });
}

function filled(sentence: string, parts: Record<string, ComponentChildren>): ComponentChildren[] {
  return sentence.split(/[{}]/).map((part, place) => (place % 2 ? parts[part] : part));
}
