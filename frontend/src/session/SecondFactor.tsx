import "../styles/secondFactor.css";
import { useMutation } from "@urql/preact";
import { useState } from "preact/hooks";
import { BEGIN_SECOND_FACTOR, CONFIRM_SECOND_FACTOR, REMOVE_SECOND_FACTOR, RENEW_RECOVERY_CODES, type SecondFactorSecret, type Viewer } from "../api/operations.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { useToast } from "../ui/Toasts.tsx";
import { useSecondFactorMessages } from "./secondFactorMessages.ts";
import { ReauthenticationForm } from "./ReauthenticationForm.tsx";
import { RecoveryCodes } from "./RecoveryCodes.tsx";
import { useSession, useViewer } from "./session.tsx";

/** New recovery codes, shown until the viewer confirms that they are stored. */
interface NewCodes {
  viewer: Viewer;
  codes: readonly string[];
}

/** The second factor of the viewer: set up, renew recovery codes, remove. */
export function SecondFactor() {
  const { c } = useSecondFactorMessages();
  const { secondFactor } = useViewer();
  const { signedIn } = useSession();
  const [newCodes, setNewCodes] = useState<NewCodes>();
  if (!secondFactor.isOffered && !secondFactor.since) return null;
  const finish = ({ viewer }: NewCodes) => {
    setNewCodes(undefined);
    signedIn(viewer);
  };
  return (
    <section class="card" aria-labelledby="second-factor">
      <h2 id="second-factor">{c("factor")}</h2>
      {secondFactor.isDemanded && !newCodes && <p role="status">{c("factor.demanded")}</p>}
      {newCodes ? <RecoveryCodes codes={newCodes.codes} onSaved={() => finish(newCodes)} /> : secondFactor.since ? <SecondFactorOn since={secondFactor.since} remaining={secondFactor.recoveryCodesLeft} onNewCodes={setNewCodes} /> : <SecondFactorSetUp onNewCodes={setNewCodes} />}
    </section>
  );
}

function SecondFactorSetUp({ onNewCodes }: { onNewCodes: (newCodes: NewCodes) => void }) {
  const { t } = useI18n();
  const { c } = useSecondFactorMessages();
  const [isStarted, setIsStarted] = useState(false);
  const [setUp, setSetUp] = useState<SecondFactorSecret>();
  const [, begin] = useMutation(BEGIN_SECOND_FACTOR);
  const [, confirm] = useMutation(CONFIRM_SECOND_FACTOR);
  if (!isStarted)
    return (
      <>
        <p>{c("factor.why")}</p>
        <div class="form-actions">
          <button type="button" class="button" onClick={() => setIsStarted(true)}>
            {c("factor.begin")}
          </button>
        </div>
      </>
    );
  if (!setUp?.secret || !setUp.uri || !setUp.picture)
    return (
      <ReauthenticationForm
        key="begin"
        asks="password"
        action={t("next")}
        onCancel={() => setIsStarted(false)}
        send={async ({ currentPassword }) => {
          const { data, error } = await begin({ input: { currentPassword } });
          if (data?.beginSecondFactor.secret) setSetUp(data.beginSecondFactor);
          return { error, refused: data?.beginSecondFactor.errors };
        }}
      />
    );
  return (
    <ReauthenticationForm
      key="confirm"
      asks="code"
      action={c("factor.confirm")}
      onCancel={() => setSetUp(undefined)}
      send={async ({ code }) => {
        const { data, error } = await confirm({ input: { code } });
        const { viewer, recoveryCodes, errors } = data?.confirmSecondFactor ?? {};
        if (viewer && recoveryCodes) onNewCodes({ viewer, codes: recoveryCodes });
        return { error, refused: errors };
      }}
    >
      <p>{c("factor.scan")}</p>
      <img class="qr-code" src={setUp.picture} alt={c("factor.picture")} />
      <p class="help">
        {c("factor.secret")} <code class="secret">{setUp.secret}</code>
      </p>
      <p>
        <a href={setUp.uri}>{c("factor.open")}</a>
      </p>
    </ReauthenticationForm>
  );
}

function SecondFactorOn({ since, remaining, onNewCodes }: { since: string; remaining: number; onNewCodes: (newCodes: NewCodes) => void }) {
  const { instant } = useI18n();
  const { c, codesLeft } = useSecondFactorMessages();
  const { signedIn } = useSession();
  const toast = useToast();
  const [mode, setMode] = useState<"renew" | "remove">();
  const [, renew] = useMutation(RENEW_RECOVERY_CODES);
  const [, remove] = useMutation(REMOVE_SECOND_FACTOR);
  const close = () => setMode(undefined);
  return (
    <>
      <p>
        {c("factor.since", instant(since))} {codesLeft(remaining)}
      </p>
      {!mode && (
        <div class="form-actions">
          <button type="button" class="button" onClick={() => setMode("renew")}>
            {c("factor.renew")}
          </button>
          <button type="button" class="button" onClick={() => setMode("remove")}>
            {c("factor.remove")}
          </button>
        </div>
      )}
      {mode === "renew" && (
        <ReauthenticationForm
          asks="both"
          action={c("factor.renew")}
          onCancel={close}
          send={async (input) => {
            const { data, error } = await renew({ input });
            const { viewer, recoveryCodes, errors } = data?.renewRecoveryCodes ?? {};
            if (viewer && recoveryCodes) onNewCodes({ viewer, codes: recoveryCodes });
            return { error, refused: errors };
          }}
        />
      )}
      {mode === "remove" && (
        <ReauthenticationForm
          asks="both"
          action={c("factor.remove")}
          onCancel={close}
          send={async (input) => {
            const { data, error } = await remove({ input });
            const { viewer, errors } = data?.removeSecondFactor ?? {};
            if (viewer) {
              toast(c("factor.removed"));
              signedIn(viewer);
            }
            return { error, refused: errors };
          }}
        />
      )}
    </>
  );
}
