import "../styles/secondFactor.css";
import { useMutation } from "@urql/preact";
import { useState } from "preact/hooks";
import { BEGIN_SECOND_FACTOR, CONFIRM_SECOND_FACTOR, REMOVE_SECOND_FACTOR, RENEW_RECOVERY_CODES, type BegunSecondFactor, type Viewer } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { useToast } from "../ui/Toasts.tsx";
import { useCodeWords } from "./codeWords.ts";
import { ProofForm } from "./ProofForm.tsx";
import { RecoveryCodes } from "./RecoveryCodes.tsx";
import { useSession, useViewer } from "./session.tsx";

/** What was made just now; its owner leaves it when they have kept the codes. */
interface Made {
  viewer: Viewer;
  codes: readonly string[];
}

/** Codes of an authenticator app at sign-in: set up, looked after, removed. */
export function SecondFactor() {
  const { c } = useCodeWords();
  const { secondFactor } = useViewer();
  const { signedIn } = useSession();
  const [made, setMade] = useState<Made>();
  if (!secondFactor.isOffered && !secondFactor.since) return null;
  const keep = ({ viewer }: Made) => {
    setMade(undefined);
    signedIn(viewer);
  };
  return (
    <section class="card" aria-labelledby="second-factor">
      <h2 id="second-factor">{c("factor")}</h2>
      {secondFactor.isDemanded && !made && <p role="status">{c("factor.demanded")}</p>}
      {made ? <RecoveryCodes codes={made.codes} onKept={() => keep(made)} /> : secondFactor.since ? <IsSet since={secondFactor.since} left={secondFactor.recoveryCodesLeft} onMade={setMade} /> : <SetUp onMade={setMade} />}
    </section>
  );
}

function SetUp({ onMade }: { onMade: (made: Made) => void }) {
  const { t } = useSpeech();
  const { c } = useCodeWords();
  const [wants, setWants] = useState(false);
  const [begun, setBegun] = useState<BegunSecondFactor>();
  const [, begin] = useMutation(BEGIN_SECOND_FACTOR);
  const [, confirm] = useMutation(CONFIRM_SECOND_FACTOR);
  if (!wants)
    return (
      <>
        <p>{c("factor.why")}</p>
        <div class="form-actions">
          <button type="button" class="button" onClick={() => setWants(true)}>
            {c("factor.begin")}
          </button>
        </div>
      </>
    );
  if (!begun?.secret || !begun.uri || !begun.picture)
    return (
      <ProofForm
        key="begin"
        asks="password"
        action={t("next")}
        onCancel={() => setWants(false)}
        send={async ({ currentPassword }) => {
          const { data, error } = await begin({ input: { currentPassword } });
          if (data?.beginSecondFactor.secret) setBegun(data.beginSecondFactor);
          return { error, refused: data?.beginSecondFactor.errors };
        }}
      />
    );
  return (
    <ProofForm
      key="confirm"
      asks="code"
      action={c("factor.confirm")}
      onCancel={() => setBegun(undefined)}
      send={async ({ code }) => {
        const { data, error } = await confirm({ input: { code } });
        const { viewer, recoveryCodes, errors } = data?.confirmSecondFactor ?? {};
        if (viewer && recoveryCodes) onMade({ viewer, codes: recoveryCodes });
        return { error, refused: errors };
      }}
    >
      <p>{c("factor.scan")}</p>
      <img class="qr-code" src={begun.picture} alt={c("factor.picture")} />
      <p class="help">
        {c("factor.secret")} <code class="secret">{begun.secret}</code>
      </p>
      <p>
        <a href={begun.uri}>{c("factor.open")}</a>
      </p>
    </ProofForm>
  );
}

function IsSet({ since, left, onMade }: { since: string; left: number; onMade: (made: Made) => void }) {
  const { instant } = useSpeech();
  const { c, codesLeft } = useCodeWords();
  const { signedIn } = useSession();
  const toast = useToast();
  const [wants, setWants] = useState<"renew" | "remove">();
  const [, renew] = useMutation(RENEW_RECOVERY_CODES);
  const [, remove] = useMutation(REMOVE_SECOND_FACTOR);
  const leave = () => setWants(undefined);
  return (
    <>
      <p>
        {c("factor.since", instant(since))} {codesLeft(left)}
      </p>
      {!wants && (
        <div class="form-actions">
          <button type="button" class="button" onClick={() => setWants("renew")}>
            {c("factor.renew")}
          </button>
          <button type="button" class="button" onClick={() => setWants("remove")}>
            {c("factor.remove")}
          </button>
        </div>
      )}
      {wants === "renew" && (
        <ProofForm
          asks="both"
          action={c("factor.renew")}
          onCancel={leave}
          send={async (input) => {
            const { data, error } = await renew({ input });
            const { viewer, recoveryCodes, errors } = data?.renewRecoveryCodes ?? {};
            if (viewer && recoveryCodes) onMade({ viewer, codes: recoveryCodes });
            return { error, refused: errors };
          }}
        />
      )}
      {wants === "remove" && (
        <ProofForm
          asks="both"
          action={c("factor.remove")}
          onCancel={leave}
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
