import { Fragment, type ComponentChildren, type ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useSpeech } from "../i18n/i18n.tsx";
import { LoadFault, Skeleton } from "./states.tsx";

type Later<Props extends object> = ComponentType<Props> & {
  /** Fetches the script, for it to be there when it is shown; what fails here is told when it is. */
  fetch: () => Promise<void>;
};

/**
 * A screen whose script is fetched when it is first shown; until then ``Frame`` holds what stands for it. A script that is
 * gone belongs to an older page than the server's.
 */
export function later<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  Frame: ComponentType<Props & { children?: ComponentChildren }> = Fragment,
): Later<Props> {
  let Loaded: ComponentType<Props> | undefined;
  const fetched = async () => {
    Loaded = await load();
  };
  function Later(props: Props) {
    const { t } = useSpeech();
    const [state, setState] = useState<"loading" | "loaded" | "failed">(Loaded ? "loaded" : "loading");
    useEffect(() => {
      if (!Loaded) fetched().then(
        () => setState("loaded"),
        () => setState("failed"),
      );
    }, []);
    if (Loaded) return <Loaded {...props} />;
    return <Frame {...props}>{state === "failed" ? <LoadFault message={t("error.network")} onRetry={() => location.reload()} /> : <Skeleton rows={4} />}</Frame>;
  }
  return Object.assign(Later, { fetch: () => fetched().catch(() => {}) });
}
