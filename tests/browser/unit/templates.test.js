// Filling in message templates.

import assert from "node:assert/strict";
import { test } from "node:test";
import { found, keyOf, missing, said, shaped } from "../../../static/console/screens/inbox/templates.js";

const field = (part, name, more = {}) => ({ part, name, named: false, value: "text", example: null, ...more });
const template = {
  name: "pedido_enviado",
  language: "pt_BR",
  category: "utility",
  header: "Pedido {{1}}",
  body: "Olá {{1}}, o pedido {{ 2 }} saiu. {{1}}, até já!",
  footer: "Loja Aurora",
  buttons: ["Acompanhar"],
  fields: [field("header", "1"), field("body", "1"), field("body", "2"), field("button", "1", { index: 0 })],
};
const values = Object.fromEntries(template.fields.map((one, at) => [keyOf(one), ["8841", " Marina ", "88\n 41", "8841"][at]]));

test("each part has its own values, and what is missing stays a placeholder", () => {
  assert.equal(said(template, values), "Pedido 8841\n\nOlá Marina, o pedido 88 41 saiu. Marina, até já!\n\nLoja Aurora");
  assert.equal(said(template, {}).split("\n")[0], "Pedido {{1}}");
  assert.deepEqual(missing(template, values), []);
  assert.equal(missing(template, { ...values, [keyOf(template.fields[2])]: "  " }).length, 1);
});

test("the provider gets the parts that have values, in its shape", () => {
  assert.deepEqual(shaped(template, values), {
    name: "pedido_enviado",
    language: { code: "pt_BR" },
    components: [
      { type: "header", parameters: [{ type: "text", text: "8841" }] },
      { type: "body", parameters: [{ type: "text", text: "Marina" }, { type: "text", text: "88 41" }] },
      { type: "button", sub_type: "url", index: "0", parameters: [{ type: "text", text: "8841" }] },
    ],
  });
  assert.deepEqual(shaped({ ...template, fields: [] }, {}).components, []);
});

test("named values carry their names, files their addresses", () => {
  const fields = [field("header", "", { value: "document" }), field("body", "ticket", { named: true })];
  const own = { ...template, header: null, body: "Chamado {{ticket}}", fields };
  const given = { [keyOf(fields[0])]: "https://a.br/x.pdf", [keyOf(fields[1])]: "8841" };
  assert.deepEqual(shaped(own, given).components, [
    { type: "header", parameters: [{ type: "document", document: { link: "https://a.br/x.pdf" } }] },
    { type: "body", parameters: [{ type: "text", parameter_name: "ticket", text: "8841" }] },
  ]);
  assert.equal(said(own, given), "Chamado 8841\n\nLoja Aurora");
  assert.deepEqual(missing(own, { ...given, [keyOf(fields[0])]: "file:///etc/passwd" }), [fields[0]]);
});

test("a template is found by words of its name or text", () => {
  const fold = (text) => text.toLowerCase();
  assert.deepEqual(found([template], "enviado marina", fold), []);
  assert.deepEqual(found([template], "enviado olá", fold), [template]);
  assert.deepEqual(found([template], "", fold), [template]);
});
