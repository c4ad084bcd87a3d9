import { options, render } from "preact";
import { App, fetchFirst } from "./App.tsx";
import { takeOver } from "./api/early.ts";
import { fetchWords } from "./i18n/i18n.tsx";
import { applyLook, chosenLook } from "./session/looks.ts";
import { chosenLanguage } from "./session/session.tsx";

// Effects ask for data: they need not wait for a frame to be painted, but for the event at hand, which may move the focus.
options.requestAnimationFrame = (effects) => setTimeout(effects);

takeOver(document.querySelectorAll<HTMLLinkElement>("link[rel=preload][as=fetch]"));
for (const look of ["theme", "density"] as const) applyLook(look, chosenLook(look));
// What all of it needs is on its way already: what is drawn before would be drawn anew.
void Promise.allSettled([fetchWords(chosenLanguage()), fetchFirst()]).then(() => render(<App />, document.body));
