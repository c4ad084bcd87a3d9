import MessageFormat from "@messageformat/core";
import compileModule from "@messageformat/core/lib/compile-module.js";
import { defineConfig, type Plugin } from "vite";

/** Compiles messages with placeholders to functions, so that the page needs no parser. */
function compiledCatalogues(): Plugin {
  return {
    name: "compiled-catalogues",
    enforce: "pre",
    transform: {
      filter: { id: /src\/i18n\/\w+\.json$/ },
      handler(json, id) {
        const messages = Object.entries(JSON.parse(json) as Record<string, string>);
        const isPlain = ([, message]: [string, string]) => !/[{']/.test(message);
        const plain = Object.fromEntries(messages.filter(isPlain));
        const others = Object.fromEntries(messages.filter((entry) => !isPlain(entry)));
        const code = compileModule(new MessageFormat(id.slice(-7, -5)), others);
        return { code: code.replace("export default {", `export default { ...${JSON.stringify(plain)},`), moduleType: "js", map: null };
      },
    },
  };
}

/** Removes white space from documents. It has no meaning there, and the client prints a document before hashing it. */
function compactDocuments(): Plugin {
  return {
    name: "compact-documents",
    enforce: "pre",
    transform: {
      filter: { id: /src\/api\/operations\.ts$/ },
      handler: (code) => ({ code: code.replace(/graphql\(\s*`[^`]*`/g, (document) => document.replace(/\s+/g, " ")), map: null }),
    },
  };
}

/** The files that start the page and load the rest. */
const START = { name: "start", priority: 2, test: /src\/start|vite\/preload-helper|rolldown\/runtime/ };

/** Modules that most screens need, in one file: it compresses better than many. */
const SHARED = {
  name: "shared",
  priority: 1,
  test: /node_modules\/(?!graphql-ws)|src\/(main|App|api|session\/(session|preferences|PreferenceSelect|UserMenu|LiveUpdatesPaused|storage|tabs)|ui|i18n\/i18n)|src\/accounts\/(AccountMenu|ClientFilter|Expiry|LicenceBadge|PendingBadges|expiring)|src\/requests\/(Changes|PreviewResult|dialogRoutes|useFieldFormat|useDecision|StateBadge|states|RequestNotes|types\/index)/,
};

export default defineConfig({
  plugins: [compiledCatalogues(), compactDocuments()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  json: { namedExports: false },
  build: { outDir: process.env["PAGE_FOLDER"] ?? "../backend/page", emptyOutDir: true, assetsInlineLimit: 0, target: "es2023", modulePreload: { polyfill: false }, manifest: "manifest.json", minify: "terser", terserOptions: { module: true, ecma: 2020, compress: { passes: 3, pure_getters: true, keep_fargs: false } }, rolldownOptions: { output: { codeSplitting: { groups: [START, SHARED] } } } },
  server: { proxy: { "/graphql": "http://localhost:8000" } },
});
