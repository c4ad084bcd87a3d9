/** Fails when the languages differ in keys or placeholders, or a message cannot be parsed. */
import { readFileSync } from "node:fs";
import { parse, type Token } from "@messageformat/parser";

const LANGUAGES = ["en", "fr", "es", "ca"];

function placeholders(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token) => {
    if (token.type === "content" || token.type === "octothorpe") return [];
    const inner = "cases" in token ? token.cases.flatMap(({ tokens }) => placeholders(tokens)) : [];
    return [token.arg, ...inner];
  });
}

function catalogue(language: string): Map<string, string> {
  const text = readFileSync(new URL(`../src/i18n/${language}.json`, import.meta.url), "utf8");
  const messages = Object.entries(JSON.parse(text) as Record<string, string>);
  return new Map(messages.map(([key, message]) => [key, [...new Set(placeholders(parse(message)))].sort().join(" ")]));
}

const [reference, ...others] = LANGUAGES.map((language) => ({ language, messages: catalogue(language) }));
const faults = others.flatMap(({ language, messages }) => [
  ...[...reference!.messages].filter(([key, names]) => messages.get(key) !== names).map(([key]) => `${language}: ${key} is missing or has other placeholders`),
  ...[...messages.keys()].filter((key) => !reference!.messages.has(key)).map((key) => `${language}: ${key} is not in en`),
]);

if (faults.length) {
  console.error(faults.join("\n"));
  process.exit(1);
}
