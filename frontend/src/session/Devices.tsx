import { useMutation, useQuery } from "@urql/preact";
import { errorCode } from "../api/client.ts";
import { DEVICES, SIGN_OUT_DEVICE } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { FormError, useCallError } from "../ui/callErrors.tsx";
import { LoadError, Skeleton } from "../ui/states.tsx";
import { useToast } from "../ui/Toasts.tsx";
import { deviceName } from "./deviceName.ts";

/** The viewer's sessions, with a button to end each. */
export function Devices() {
  const { t, ago, instant } = useI18n();
  const toast = useToast();
  const [{ data, error }, refetch] = useQuery({ query: DEVICES, requestPolicy: "cache-and-network" });
  const [, signOut] = useMutation(SIGN_OUT_DEVICE);
  const callError = useCallError();
  const refresh = () => refetch({ requestPolicy: "network-only" });
  const end = async (id: string, name: string) => {
    if (callError.retryInS > 0) return;
    const { error } = await signOut({ input: { id } });
    callError.set(errorCode(error) === "NOT_FOUND" ? undefined : error);
    refresh();
    if (!error) toast(t("devices.ended", { name }));
  };
  return (
    <section class="card" aria-labelledby="devices">
      <h2 id="devices">{t("devices")}</h2>
      {error && !data && <LoadError error={error} onRetry={refresh} />}
      {!data && !error && <Skeleton rows={2} />}
      <FormError callError={callError} />
      <ul class="devices">
        {data?.devices.map(({ id, name, signedInAt, lastSeenAt, isThisOne }) => (
          <li key={id}>
            <div>
              <strong>{deviceName(name) || t("devices.unnamed")}</strong>
              {isThisOne && <span class="badge state-approved">{t("devices.this")}</span>}
              <small class="muted">
                {t("devices.seen")} <time dateTime={lastSeenAt} title={instant(lastSeenAt)}>{ago(lastSeenAt)}</time> · {t("devices.since", { at: instant(signedInAt) })}
              </small>
            </div>
            {!isThisOne && (
              <button type="button" class="button" aria-disabled={callError.retryInS > 0} aria-label={t("devices.end.of", { name: deviceName(name) })} onClick={() => void end(id, deviceName(name))}>
                {t("signout")}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
