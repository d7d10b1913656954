// Shows /api/openapi.json. Text goes in as text: nothing of the document is read as markup.
const el = (name, attributes = {}, ...children) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
};
const main = document.querySelector("main");
const search = document.querySelector("input");

const typeOf = (schema, doc, depth = 0) => {
  if (!schema) return "";
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    const target = doc.components.schemas[name];
    if (!target || depth > 4) return name;
    return target.type === "object" || target.allOf || target.oneOf ? name : typeOf(target, doc, depth + 1);
  }
  const either = schema.oneOf || schema.anyOf || schema.allOf;
  if (either) return either.map((one) => typeOf(one, doc, depth + 1)).join(" | ");
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (schema.type === "array") return `[${typeOf(schema.items, doc, depth + 1)}]`;
  const type = Array.isArray(schema.type) ? schema.type.join(" | ") : schema.type || "any";
  return schema.format ? `${type} (${schema.format})` : type;
};

const fieldsOf = (schema, doc, depth = 0) => {
  if (!schema || depth > 6) return [];
  if (schema.$ref) return fieldsOf(doc.components.schemas[schema.$ref.split("/").pop()], doc, depth + 1);
  if (schema.allOf) return schema.allOf.flatMap((part) => fieldsOf(part, doc, depth + 1));
  if (schema.type === "array") return fieldsOf(schema.items, doc, depth + 1);
  const required = new Set(schema.required || []);
  return Object.entries(schema.properties || {}).map(([name, field]) => ({
    name, required: required.has(name), type: typeOf(field, doc), about: field.description || "",
  }));
};

const table = (rows) => el("table", {}, el("tbody", {}, ...rows.map((row) =>
  el("tr", {}, el("td", {}, el("code", {}, row.name + (row.required ? " *" : ""))), el("td", {}, row.type), el("td", {}, row.about)))));

const shape = (title, content, doc) => {
  const [[kind, media] = []] = Object.entries(content || {});
  if (!media) return [];
  const rows = fieldsOf(media.schema, doc);
  const name = el("h3", {}, `${title}: ${typeOf(media.schema, doc)} · ${kind}`);
  return rows.length ? [name, table(rows)] : [name];
};

const operation = (method, path, op, doc) => {
  const body = el("div", { class: "body" });
  const item = el("details", { "data-text": `${method} ${path} ${op.summary || ""} ${op.tags || ""}`.toLowerCase() },
    el("summary", {}, el("span", { class: "method" }, method.toUpperCase()), el("span", { class: "path" }, path), el("span", { class: "about" }, op.summary || "")), body);
  item.addEventListener("toggle", () => {
    if (!item.open || body.childElementCount) return;
    if (op.description) body.append(el("p", {}, op.description));
    if (op.parameters?.length) {
      body.append(el("h3", {}, "Parameters"), table(op.parameters.map((p) => ({
        name: p.name, required: p.required, type: `${p.in}, ${typeOf(p.schema, doc)}`, about: p.description || "",
      }))));
    }
    body.append(...shape("Request", op.requestBody?.content, doc));
    for (const [status, answer] of Object.entries(op.responses || {})) {
      body.append(el("h3", {}, `${status} ${answer.description || ""}`), ...shape("Answer", answer.content, doc));
    }
  });
  return item;
};

const show = (doc) => {
  const groups = new Map();
  for (const [path, methods] of Object.entries(doc.paths)) {
    for (const [method, op] of Object.entries(methods)) {
      if (!["get", "post", "put", "patch", "delete"].includes(method)) continue;
      const tag = op.tags?.[0] || "other";
      groups.set(tag, [...(groups.get(tag) || []), operation(method, path, op, doc)]);
    }
  }
  main.replaceChildren(...[...groups].map(([tag, items]) => el("section", {}, el("h2", {}, tag), ...items)));
};

search.addEventListener("input", () => {
  const sought = search.value.trim().toLowerCase();
  for (const section of main.querySelectorAll("section")) {
    let any = false;
    for (const item of section.querySelectorAll("details")) {
      item.hidden = !item.dataset.text.includes(sought);
      any ||= !item.hidden;
    }
    section.hidden = !any;
  }
});

fetch("/api/openapi.json").then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status))).then(show)
  .catch((error) => main.replaceChildren(el("p", { role: "alert" }, `The document could not be read (${error}).`)));
