import "../styles/sign-in.css";
import { useMutation, useQuery } from "@urql/preact";
import { useLocation } from "preact-iso";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { DEMO, SIGN_IN } from "../api/operations.ts";
import { LANGUAGES, useI18n, type Language } from "../i18n/i18n.tsx";
import { Brand } from "../ui/Brand.tsx";
import { FormError, useCallError } from "../ui/callErrors.tsx";
import { Field } from "../ui/Field.tsx";
import { PasswordInput } from "../ui/PasswordInput.tsx";
import { useDocumentTitle } from "../ui/navigation.ts";
import { CodeField } from "./CodeField.tsx";
import { useSecondFactorMessages } from "./secondFactorMessages.ts";
import { useSession } from "./session.tsx";

/** The sign-in page; it leads on to the path in the query parameter ``next``. */
export function SignInPage() {
  const { t, language } = useI18n();
  const { viewer, setLanguage } = useSession();
  const { query, route } = useLocation();
  useDocumentTitle(t("signin"));
  useEffect(() => {
    if (viewer) route(ownAddress(query["next"]), true);
  }, [viewer]);
  return (
    <main id="content" class="card sign-in" tabIndex={-1}>
      <div class="sign-in-head">
        <p class="brand">
          <Brand />
        </p>
        <select class="quiet-select" aria-label={t("language")} value={language} onChange={(event) => setLanguage(event.currentTarget.value as Language)}>
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <h1>{t("signin")}</h1>
      <SignInForm email="">
        <a href="/forgot-password">{t("password.forgot")}</a>
      </SignInForm>
    </main>
  );
}

/** The sign-in form: e-mail and password, then a code where a second factor is set. In the demo also its people. */
export function SignInForm({ email: knownEmail, children }: { email: string; children?: ComponentChildren }) {
  const { t } = useI18n();
  const { c } = useSecondFactorMessages();
  const { signedIn } = useSession();
  const [email, setEmail] = useState(knownEmail);
  const [password, setPassword] = useState("");
  const [needsCode, setNeedsCode] = useState(false);
  const [code, setCode] = useState("");
  const callError = useCallError();
  const [refusal, setRefusal] = useState("");
  const [{ fetching }, signIn] = useMutation(SIGN_IN);
  const [demo] = useQuery({ query: DEMO });
  const form = useRef<HTMLFormElement>(null);
  // In a dialog the first button, which gets the focus, would leave the page.
  useEffect(() => {
    if (knownEmail) form.current?.querySelector<HTMLInputElement>("[name=password]")?.focus();
  }, []);

  const submit = async (email: string, password: string) => {
    if (fetching || callError.retryInS > 0) return;
    const { data, error } = await signIn({ input: { email, password, code: code || null } });
    callError.set(error);
    if (data?.signIn.viewer) return signedIn(data.signIn.viewer);
    const refused = data?.signIn.errors[0];
    if (refused?.code === "SECOND_FACTOR_REQUIRED") {
      setEmail(email);
      setPassword(password);
      setRefusal("");
      return setNeedsCode(true);
    }
    setRefusal(refused?.message ?? "");
    form.current?.querySelector<HTMLInputElement>(needsCode ? "[name=code]" : "[name=password]")?.focus();
  };
  const restart = () => {
    setNeedsCode(false);
    setCode("");
    setRefusal("");
  };

  // The limit of attempts belongs to the address.
  const changeEmail = (address: string) => {
    setEmail(address);
    callError.set(undefined);
  };

  return (
    <form
      ref={form}
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(email, password);
      }}
    >
      <FormError callError={callError} message={refusal} />
      {needsCode ? (
        <CodeField value={code} orRecovery autofocus onInput={setCode} />
      ) : (
        <>
          <Field label={t("email")} name="email">
            <input type="email" autocomplete="username" required value={email} onInput={(event) => changeEmail(event.currentTarget.value)} />
          </Field>
          <Field label={t("password")} name="password">
            <PasswordInput autocomplete="current-password" value={password} onInput={setPassword} />
          </Field>
          {children}
        </>
      )}
      <button class="button primary" aria-busy={fetching} aria-disabled={callError.retryInS > 0}>
        {t("signin")}
      </button>
      {needsCode && (
        <button type="button" class="link" onClick={restart}>
          {c("code.back")}
        </button>
      )}
      {demo.data?.demo && !needsCode && (
        <section class="demo">
          <h2>{t("demo.title")}</h2>
          {demo.data.demo.people.map((person) => (
            <button key={person.email} type="button" class="button demo-person" onClick={() => void submit(person.email, person.password)}>
              <strong>{t("demo.continue", { name: person.name.split(" ")[0]!, role: t(`role.${person.role}`) })}</strong>
              {person.organisationName && <span class="muted">{person.organisationName}</span>}
            </button>
          ))}
        </section>
      )}
    </form>
  );
}

/** Accepts only paths of this page: an open redirect would lead to other sites. */
function ownAddress(next: string | undefined): string {
  return next?.startsWith("/") && !next.startsWith("//") && !next.startsWith("/\\") ? next : "/";
}
