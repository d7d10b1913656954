// Every text that is asked for exists, in both languages with the same parameters, and none is left over.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../../static/console");
const LOCALES = ["pt-BR", "en"];

const names = readdirSync(join(root, "text", LOCALES[0]));
const read = async (locale) => Object.fromEntries(await Promise.all(names.map(async (name) => [name, (await import(join(root, "text", locale, name))).default])));
const [first, second] = await Promise.all(LOCALES.map(read));
const all = Object.assign({}, ...Object.values(first));

const sources = readdirSync(root, { recursive: true })
  .filter((path) => path.endsWith(".js") && !path.startsWith("text/"))
  .map((path) => [path, readFileSync(join(root, path), "utf8")]);
const code = sources.map(([, text]) => text).join("\n");

const parameters = (text) => {
  const forms = typeof text === "string" ? [text] : Object.values(text);
  return [...new Set(forms.flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort();
};

test("both languages have the same modules and keys", () => {
  assert.deepEqual(readdirSync(join(root, "text", LOCALES[1])).sort(), [...names].sort());
  for (const name of names) assert.deepEqual(Object.keys(second[name]).sort(), Object.keys(first[name]).sort(), name);
});

test("a key is in one module only", () => {
  const keys = names.flatMap((name) => Object.keys(first[name]));
  assert.deepEqual(keys.filter((key, at) => keys.indexOf(key) !== at), []);
});

test("both languages take the same parameters and have their plural forms", () => {
  for (const name of names) {
    for (const key of Object.keys(first[name])) {
      assert.deepEqual(parameters(second[name][key]), parameters(first[name][key]), key);
      for (const text of [first[name][key], second[name][key]]) {
        if (typeof text === "object") assert.ok(text.one && text.other, `${key} has no singular or plural`);
      }
    }
  }
});

test("every text that is asked for exists", () => {
  for (const [path, text] of sources) {
    for (const [, key] of text.matchAll(/\bt\(\s*"([^"]+)"/g)) assert.ok(key in all, `${path}: ${key}`);
  }
});

test("every text is used", () => {
  const beginnings = [...code.matchAll(/\bt\(\s*`([^`$]+)\$\{/g)].map(([, beginning]) => beginning);
  const unused = Object.keys(all).filter((key) => !code.includes(`"${key}"`) && !beginnings.some((beginning) => key.startsWith(beginning)));
  assert.deepEqual(unused, []);
});
