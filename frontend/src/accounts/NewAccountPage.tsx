import "../styles/new-account.css";
import { useQuery } from "@urql/preact";
import { useLocation } from "preact-iso";
import { ACCOUNT_TO_CHANGE, CATALOGUE } from "../api/operations.ts";
import { useSpeech } from "../i18n/i18n.tsx";
import { useViewer } from "../session/session.tsx";
import { Icon } from "../ui/icons.tsx";
import { useTitle } from "../ui/navigation.ts";
import { LoadError, Skeleton } from "../ui/states.tsx";
import { emptyForm, formLike } from "./newAccount.ts";
import { NewAccountForm } from "./NewAccountForm.tsx";

/** Asks for a new account; for one like another where the address names that. */
export function NewAccountPage() {
  const { t } = useSpeech();
  const { organisation } = useViewer();
  const like = useLocation().query["like"];
  const [catalogue, again] = useQuery({ query: CATALOGUE });
  const [model] = useQuery({ query: ACCOUNT_TO_CHANGE, variables: { id: like ?? "" }, pause: !like });
  useTitle(t("create"));
  const choices = catalogue.data?.catalogue;
  const isReady = choices && (!like || model.data || model.error);
  const empty = choices && emptyForm(choices, organisation?.country.code ?? "");
  const account = model.data?.account;
  return (
    <>
      <div>
        <a class="way-back" href="/management/active">
          <Icon name="back" />
          {t("section")}
        </a>
        <h1>{t("create")}</h1>
        {account && <p class="soft">{t("new.like", { name: account.name })}</p>}
      </div>
      {catalogue.error && !choices && <LoadError error={catalogue.error} onRetry={() => again({ requestPolicy: "network-only" })} />}
      {!isReady && !catalogue.error && <Skeleton />}
      {isReady && empty && <NewAccountForm key={like} draft={`new-account:${account?.id ?? ""}`} choices={choices} empty={account ? formLike(account, empty) : empty} />}
    </>
  );
}
