/** Copies the explorer into the page's folder: Altair as published, with our samples, and without requests to other sites. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { SAMPLES } from "../explorer/samples.ts";
import { page } from "./page.ts";

const altair = new URL("../node_modules/altair-static/build/dist/", import.meta.url);
const own = new URL("../explorer/", import.meta.url);
const explorer = new URL("explorer/", page);

cpSync(altair, explorer, { recursive: true });
for (const name of ["init.js", "explorer.css"]) cpSync(new URL(name, own), new URL(name, explorer));
writeFileSync(new URL("samples.json", explorer), JSON.stringify(SAMPLES));

// A bundled library probes whether eval is allowed. The content security policy forbids it and would report each probe.
const PROBE = /try\{let (\w+)=Function;return new \1\(""\),!0\}catch\{return!1\}/;
const probing = readdirSync(explorer).filter((name) => name.endsWith(".js") && PROBE.test(readFileSync(new URL(name, explorer), "utf8")));
if (probing.length !== 1) throw new Error(`${probing.length} files of the explorer probe for eval, not one`);
for (const name of probing) writeFileSync(new URL(name, explorer), readFileSync(new URL(name, explorer), "utf8").replace(PROBE, "return!1"));

const index = readFileSync(new URL("index.html", altair), "utf8")
  .replace('<base href="/" />', '<base href="/explorer/" />')
  .replace("<title>Altair</title>", "<title>Explorer · Account desk</title>")
  .replace("</head>", '  <link href="explorer.css" rel="stylesheet" />\n  </head>')
  .replace("</body>", '  <script type="module" src="init.js"></script>\n  </body>');
writeFileSync(new URL("index.html", explorer), index);
