import { parse } from "@formatjs/icu-messageformat-parser";
import { defineConfig, type Plugin } from "vite";

/** Parses the catalogues' messages at build time, so that no page carries the parser. */
function parsedCatalogues(): Plugin {
  return {
    name: "parsed-catalogues",
    enforce: "pre",
    transform: {
      filter: { id: /src\/i18n\/\w+\.json$/ },
      handler(code) {
        const messages = Object.entries(JSON.parse(code) as Record<string, string>);
        const parsed = messages.map(([key, message]) => [key, /[{<']/.test(message) ? parse(message) : message]);
        return { code: JSON.stringify(Object.fromEntries(parsed)), map: null };
      },
    },
  };
}

/** What most screens need is one file: together it compresses better than in many. */
const SHARED = { name: "shared", test: /node_modules\/(?!graphql-ws)|src\/(api|session\/session|ui|i18n\/i18n)|src\/requests\/(Changes|Outcome|values|useDecision|StateBadge)/ };

export default defineConfig({
  plugins: [parsedCatalogues()],
  resolve: { alias: { "@formatjs/icu-messageformat-parser": "@formatjs/icu-messageformat-parser/no-parser.js" } },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  json: { namedExports: false },
  build: { outDir: "../backend/page", emptyOutDir: true, assetsInlineLimit: 0, target: "es2023", modulePreload: { polyfill: false }, manifest: "manifest.json", minify: "terser", terserOptions: { module: true, ecma: 2020, compress: { passes: 3, pure_getters: true, keep_fargs: false } }, rolldownOptions: { output: { codeSplitting: { groups: [SHARED] } } } },
  server: { proxy: { "/graphql": "http://localhost:8000" } },
});
