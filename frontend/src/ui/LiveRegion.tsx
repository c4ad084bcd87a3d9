import { useEffect, useRef, useState } from "preact/hooks";

/** Tells a screen reader what changed by itself; what a page begins with is no news. */
export function LiveRegion({ text }: { text: string | undefined }) {
  const last = useRef<string | undefined>(undefined);
  const [news, setNews] = useState("");
  useEffect(() => {
    if (text !== undefined && last.current !== undefined && text !== last.current) setNews(text);
    if (text !== undefined) last.current = text;
  }, [text]);
  return (
    <p class="unseen" role="status">
      {news}
    </p>
  );
}
