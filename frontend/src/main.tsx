import { options, render } from "preact";
import { App, preloadFirstScreen } from "./App.tsx";
import { adoptPreloads } from "./api/preload.ts";
import { loadCatalogue } from "./i18n/i18n.tsx";
import { setPreference, readPreference } from "./session/preferences.ts";
import { chosenLanguage } from "./session/session.tsx";

// Preact runs effects after the next frame. Queries start in effects and need no frame; but they wait for the running event handler, which may move the focus.
options.requestAnimationFrame = (effects) => setTimeout(effects);

adoptPreloads(document.querySelectorAll<HTMLLinkElement>("link[rel=preload][as=fetch]"));
for (const preference of ["theme", "density"] as const) setPreference(preference, readPreference(preference));
// Render once language and screen are loaded, so that nothing is rendered twice.
void Promise.allSettled([loadCatalogue(chosenLanguage()), preloadFirstScreen()]).then(() => render(<App />, document.body));
