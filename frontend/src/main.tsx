import { options, render } from "preact";
import { App, preloadFirstScreen } from "./App.tsx";
import { adoptPreloads } from "./api/preload.ts";
import { loadCatalogue } from "./i18n/i18n.tsx";
import { setPreference, readPreference } from "./session/preferences.ts";
import { chosenLanguage } from "./session/session.tsx";

// Effects ask for data: they need not wait for a frame to be painted, but for the event at hand, which may move the focus.
options.requestAnimationFrame = (effects) => setTimeout(effects);

adoptPreloads(document.querySelectorAll<HTMLLinkElement>("link[rel=preload][as=fetch]"));
for (const preference of ["theme", "density"] as const) setPreference(preference, readPreference(preference));
// What all of it needs is on its way already: what is drawn before would be drawn anew.
void Promise.allSettled([loadCatalogue(chosenLanguage()), preloadFirstScreen()]).then(() => render(<App />, document.body));
