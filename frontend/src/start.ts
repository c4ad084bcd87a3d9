import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/components.css";
import "./styles/figures.css";
import "./styles/overlays.css";
import "./styles/requests.css";
import "./styles/print.css";

// The first use of Intl in a page costs more than all later ones. It is paid while the scripts load.
new Intl.NumberFormat().format(0);
new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }).format();

void import("./main.tsx");
