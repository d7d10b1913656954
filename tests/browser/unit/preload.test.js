// The page asks for everything it begins with at once, instead of module after module, and begins light.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../../static");
const page = readFileSync(join(root, "console/index.html"), "utf8");

/** Modules that a module needs before it runs, itself among them. */
function closure(path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  const imports = readFileSync(path, "utf8").matchAll(/(?:^|[;}\n])\s*(?:import|export)\b[^;"'()]*?(?:from\s*)?"(\.[^"]+)"/g);
  for (const [, name] of imports) closure(resolve(dirname(path), name), found);
  return found;
}

const app = join(root, "console/app.js");
const modules = [...closure(app)].filter((path) => path !== app).map((path) => relative(root, path)).sort();
const linked = (rel) => [...page.matchAll(new RegExp(`rel="${rel}" href="\\{\\{assets\\}\\}/([^"]+)"`, "g"))].map(([, path]) => path);

test("every module that the page begins with is preloaded", () => {
  const links = modules.map((path) => `    <link rel="modulepreload" href="{{assets}}/${path}" />`).join("\n");
  assert.deepEqual(linked("modulepreload").sort(), modules, `index.html needs:\n${links}`);
});

test("the page begins with less than 100 KB", () => {
  const files = [...modules, "console/app.js", ...linked("stylesheet"), "console/text/pt-BR/common.js", "console/text/pt-BR/shell.js"];
  const size = files.reduce((sum, path) => sum + gzipSync(readFileSync(join(root, path))).length, 0);
  assert.ok(size < 100_000, `${size} bytes, gzipped`);
});
