import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/components.css";
import "./styles/figures.css";
import "./styles/overlays.css";
import "./styles/requests.css";
import "./styles/print.css";

// The browser's first number and first date take it longer than all of the page's own: they are made while the scripts are on their way.
new Intl.NumberFormat().format(0);
new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }).format();

void import("./main.tsx");
