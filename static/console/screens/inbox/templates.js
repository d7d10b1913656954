// Templates as people fill them in: what the customer will read, and what the provider wants. Pure.

/**
 * @typedef {{part: "header" | "body" | "button", index?: number, name: string, named: boolean,
 *   value: "text" | "image" | "video" | "document", example: string | null}} Field
 * @typedef {{name: string, language: string, category: string, header: string | null, body: string, footer: string | null,
 *   buttons: readonly string[], fields: readonly Field[]}} Template
 */

/** A field's own key among the values of its template. @param {Field} field */
export const keyOf = ({ part, index, name }) => [part, index ?? "", name].join(".");

/** A value without the line breaks and runs of blanks that providers refuse. @param {string | undefined} value */
const oneLine = (value) => (value ?? "").trim().replace(/\s+/g, " ");

/**
 * @param {string} text
 * @param {"header" | "body"} part
 * @param {Readonly<Record<string, string>>} values
 */
const filled = (text, part, values) =>
  text.replace(/\{\{\s*(\w+)\s*\}\}/g, (placeholder, name) => oneLine(values[keyOf({ part, name, named: false, value: "text", example: null })]) || placeholder);

/**
 * What the customer reads, as one text.
 * @param {Template} template
 * @param {Readonly<Record<string, string>>} values by {@link keyOf}
 */
export const said = ({ header, body, footer }, values) =>
  [header && filled(header, "header", values), filled(body, "body", values), footer].filter(Boolean).join("\n\n");

/** The fields that are still to be filled in. @param {Template} template @param {Readonly<Record<string, string>>} values */
export const missing = ({ fields }, values) =>
  fields.filter((field) => (field.value === "text" ? !oneLine(values[keyOf(field)]) : !/^https:\/\/\S+$/.test(values[keyOf(field)] ?? "")));

/**
 * The template in the provider's shape.
 * @param {Template} template
 * @param {Readonly<Record<string, string>>} values every field's
 */
export function shaped({ name, language, fields }, values) {
  /** @param {Field} field */
  const parameter = (field) => {
    const given = (values[keyOf(field)] ?? "").trim();
    if (field.value !== "text") return { type: field.value, [field.value]: { link: given } };
    return { type: "text", ...(field.named ? { parameter_name: field.name } : {}), text: oneLine(given) };
  };
  const of = (/** @type {Field["part"]} */ part) => fields.filter((field) => field.part === part);
  const components = [
    ...["header", "body"].map((part) => ({ type: part, parameters: of(/** @type {Field["part"]} */ (part)).map(parameter) })),
    ...of("button").map((field) => ({ type: "button", sub_type: "url", index: String(field.index), parameters: [parameter(field)] })),
  ];
  return { name, language: { code: language }, components: components.filter(({ parameters }) => parameters.length) };
}

/** Those that hold every word, in name or text. @param {readonly Template[]} templates @param {string} query @param {(text: string) => string} fold */
export function found(templates, query, fold) {
  const words = fold(query).split(/\s+/).filter(Boolean);
  return templates.filter(({ name, header, body }) => {
    const text = fold(`${name.replaceAll("_", " ")} ${name} ${header ?? ""} ${body}`);
    return words.every((word) => text.includes(word));
  });
}
