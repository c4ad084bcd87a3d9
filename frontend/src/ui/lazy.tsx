import { Fragment, type ComponentChildren, type ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useI18n } from "../i18n/i18n.tsx";
import { LoadErrorNotice, Skeleton } from "./states.tsx";

type LazyComponent<Props extends object> = ComponentType<Props> & {
  /** Fetches the script in advance; an error is shown when the component renders. */
  preload: () => Promise<void>;
};

/**
 * A component whose script is loaded when it is first rendered. While it loads, ``Frame`` wraps a skeleton. If loading fails,
 * the script usually belongs to an older version of the page, so the retry reloads the page.
 */
export function lazy<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  Frame: ComponentType<Props & { children?: ComponentChildren }> = Fragment,
): LazyComponent<Props> {
  let Loaded: ComponentType<Props> | undefined;
  const fetched = async () => {
    Loaded = await load();
  };
  function Lazy(props: Props) {
    const { t } = useI18n();
    const [state, setState] = useState<"loading" | "loaded" | "failed">(Loaded ? "loaded" : "loading");
    useEffect(() => {
      if (!Loaded) fetched().then(
        () => setState("loaded"),
        () => setState("failed"),
      );
    }, []);
    if (Loaded) return <Loaded {...props} />;
    return <Frame {...props}>{state === "failed" ? <LoadErrorNotice message={t("error.network")} onRetry={() => location.reload()} /> : <Skeleton rows={4} />}</Frame>;
  }
  return Object.assign(Lazy, { preload: () => fetched().catch(() => {}) });
}
