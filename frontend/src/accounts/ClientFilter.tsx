import { useQuery } from "@urql/preact";
import { useEffect, useState } from "preact/hooks";
import { CLIENTS } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { Combobox } from "../ui/Combobox.tsx";
import { useLastDefined } from "../ui/useLastDefined.ts";
import { useDebounced } from "../ui/useDebounced.ts";

/** The clients whose names contain ``text``; the query is debounced. */
export function useClients(text: string): readonly string[] {
  const search = useDebounced(text.trim());
  const [{ data }] = useQuery({ query: CLIENTS, variables: { search } });
  return useLastDefined(data)?.clients ?? [];
}

interface ClientFilterProps {
  id: string;
  label: string;
  value: string | undefined;
  onChoose: (client: string | undefined) => void;
}

/** A combobox that filters a list by client. */
export function ClientFilter({ id, label, value, onChoose }: ClientFilterProps) {
  const { t } = useI18n();
  const [text, setText] = useState(value ?? "");
  useEffect(() => setText(value ?? ""), [value]);
  const offered = useClients(text === value ? "" : text);
  const onLeave = () => {
    const match = offered.find((client) => client.toLowerCase() === text.trim().toLowerCase());
    if (!text.trim()) onChoose(undefined);
    else if (match) onChoose(match);
    else setText(value ?? "");
  };
  return <Combobox id={id} label={label} placeholder={t("filter.all")} value={text} options={offered} onType={setText} onChoose={onChoose} onLeave={onLeave} />;
}
