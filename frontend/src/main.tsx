import { options, render } from "preact";
import { App } from "./App.tsx";
import { applyDensity, chosenDensity } from "./accounts/density.ts";
import { applyTheme, chosenTheme } from "./session/theme.ts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/components.css";
import "./styles/figures.css";
import "./styles/overlays.css";
import "./styles/requests.css";
import "./styles/print.css";

// Effects ask for data: they need not wait for a frame to be painted, but for the event at hand, which may move the focus.
options.requestAnimationFrame = (effects) => setTimeout(effects);

applyTheme(chosenTheme());
applyDensity(chosenDensity());
render(<App />, document.body);
