import { useEffect, useRef, useState } from "preact/hooks";

/** Announces changes of ``text`` to screen readers; the initial text is not announced. */
export function LiveRegion({ text }: { text: string | undefined }) {
  const last = useRef<string | undefined>(undefined);
  const [announcement, setAnnouncement] = useState("");
  useEffect(() => {
    if (text !== undefined && last.current !== undefined && text !== last.current) setAnnouncement(text);
    if (text !== undefined) last.current = text;
  }, [text]);
  return (
    <p class="visually-hidden" role="status">
      {announcement}
    </p>
  );
}
