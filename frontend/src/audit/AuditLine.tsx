import type { ComponentChildren } from "preact";
import type { AuditEntry } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { deviceName } from "../session/deviceName.ts";
import { useViewer } from "../session/session.tsx";
import { useAuditMessages } from "./auditMessages.ts";

/** An audit entry as a sentence, linked to its request if there is one. */
export function AuditLine({ entry }: { entry: AuditEntry }) {
  const { ago, instant } = useI18n();
  const { sentences, withoutActor } = useAuditMessages();
  const sentence = (entry.by ? undefined : withoutActor[entry.act]) ?? sentences[entry.act] ?? `${entry.act} · {who} · {subject}`;
  const details = useDetails(entry);
  if (!sentence.includes("{subject}")) details.unshift(entry.subject);
  return (
    <li class="audit-line">
      <div>
        <p>{interpolate(sentence, { who: entry.by && <strong>{entry.by.name}</strong>, subject: <Subject entry={entry} /> })}</p>
        {details.length > 0 && <small class="muted">{details.join(" · ")}</small>}
      </div>
      <time class="muted" dateTime={entry.at}>
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

/** Further facts of an entry in words. Internal ids are left out. */
function useDetails({ act, facts }: AuditEntry): string[] {
  const { t } = useI18n();
  const { sessions } = useAuditMessages();
  return facts.flatMap(({ name, value }) => {
    if (name === "type" || name === "role") return t(`${name}.${value}`);
    if (name === "kind") return act === "MAIL_SENT_AGAIN" ? t(`mail.kind.${value}`) : (sessions[value] ?? value);
    if (name === "device") return deviceName(value) || t("devices.unnamed");
    return [];
  });
}

function interpolate(sentence: string, parts: Record<string, ComponentChildren>): ComponentChildren[] {
  return sentence.split(/[{}]/).map((part, index) => (index % 2 ? parts[part] : part));
}
