// What the settings know without a page: values, keys, replies, the language of the scripts, differences.

import assert from "node:assert/strict";
import { test } from "node:test";

const at = "../../../static/console/screens/settings";
const { changed, listed, matches, secret } = await import(`${at}/values.js`);
const { beyond, grouped, misfit, readReplies, writeReplies } = await import(`${at}/keys.js`);
const { coloured, completions, offsetOf, position, FORMS, WORDS } = await import(`${at}/basic.js`);
const { diff, hunks } = await import(`${at}/diff.js`);
const { faults, standing } = await import(`${at}/failures.js`);
const { rephrased, spoken } = await import(`${at}/spoken.js`);

test("a form keeps only what differs from what is stored", () => {
  const stored = { name: "Ana", tags: ["a"], note: null };
  assert.deepEqual(changed(stored, { name: "Ana", tags: ["a"], note: undefined, role: "admin" }), { role: "admin" });
  assert.deepEqual(changed(stored, { tags: ["a", "b"], note: "" }), { tags: ["a", "b"], note: "" });
});

test("searching minds neither accents nor case nor the order of words", () => {
  assert.ok(matches("conceicao joao", ["João Conceição", null]));
  assert.ok(matches("", ["x"]));
  assert.ok(!matches("joana", ["João"]));
});

test("a pasted list is split and cleaned", () => {
  assert.deepEqual(listed(" a, b;b\n\nc ,"), ["a", "b", "c"]);
});

test("a made secret has its length and no two are alike", () => {
  assert.match(secret(32), /^[A-Za-z2-9]{32}$/);
  assert.notEqual(secret(16), secret(16));
});

test("a number beyond its range is told the range", () => {
  assert.deepEqual(beyond({ min: -1, max: 1 }, "1,5"), { min: -1, max: 1 });
  for (const value of ["0,5", "-1", "", null, "x"]) assert.equal(beyond({ min: -1, max: 1 }, value), null, String(value));
  assert.equal(beyond({}, "9"), null, "no number");
});

test("what certainly does not fit is told before it is sent, and nothing else", () => {
  for (const [kind, value] of [["int", "1.5"], ["number", "x"], ["money", "-1"], ["url", "exemplo.com"], ["time", "25:00"], ["dates", "25/12"]]) assert.equal(misfit(kind, value), kind, `${kind} ${value}`);
  for (const [kind, value] of [["int", " 12 "], ["number", "-0,5"], ["money", "10,50"], ["url", "s3://b?endpoint=x"], ["time", "24:00"], ["dates", "2026-12-25, 12-25"], ["days", "?"], ["int", ""], ["secret_url", null]]) assert.equal(misfit(kind, value), null, `${kind} ${value}`);
});

test("keys stand in their groups in the order of the server", () => {
  const keys = [{ name: "b", group: "2" }, { name: "a", group: "1" }, { name: "c", group: "2" }];
  assert.deepEqual(grouped(keys).map(([group, of]) => [group, of.map(({ name }) => name)]), [["2", ["b", "c"]], ["1", ["a"]]]);
});

test("keyword answers come back from their rows as they were, comments and lines kept", () => {
  const text = "# feriados\nprazo, entrega => 3 dias.\\nTalvez 4.\nhorário => 8h => 18h";
  const { replies, comments } = readReplies(text);
  assert.deepEqual(replies, [{ keywords: "prazo, entrega", answer: "3 dias.\nTalvez 4." }, { keywords: "horário", answer: "8h => 18h" }]);
  assert.equal(writeReplies(replies, comments), text);
});

test("a blank that is being typed stays in its row", () => {
  const typed = writeReplies([{ keywords: "prazo ", answer: " oi" }, { keywords: "", answer: "" }], []);
  assert.deepEqual(readReplies(typed).replies, [{ keywords: "prazo ", answer: " oi" }, { keywords: "", answer: "" }]);
});

const words = new Set(WORDS);
const tones = (line, free = false) => coloured(line, free, words).pieces.filter(({ text }) => text.trim()).map(({ tone, text }) => `${tone}:${text}`);

test("a line is coloured by what its parts are and nothing of it is lost", () => {
  assert.deepEqual(tones('if x1 >= 2.5 Then TALK "oi ""a"" b" \' fim'), ["keyword:if", "name:x1", "sign:>", "sign:=", "number:2.5", "keyword:Then", "keyword:TALK", 'string:"oi ""a"" b"', "comment:' fim"]);
  assert.deepEqual(tones("TRANSFER_TO_HUMAN rem_x"), ["keyword:TRANSFER_TO_HUMAN", "name:rem_x"]);
  for (const line of ['  TALK "aberta', "ação = “x”", "// só isto", "#{a: 1} \\ ?"]) assert.equal(coloured(line, false, words).pieces.map(({ text }) => text).join(""), line);
});

test("free text is no program until its block ends", () => {
  const begun = coloured("BEGIN TALK", false, words);
  assert.equal(begun.free, true);
  assert.deepEqual(tones("IF isto é texto", true), ["string:IF isto é texto"]);
  const ended = coloured("END TALK", true, words);
  assert.equal(ended.free, false);
  assert.equal(ended.pieces[0].tone, "keyword");
});

test("keywords are offered where a statement may stand", () => {
  const offered = (before) => completions(before, FORMS).found.map(({ form }) => form);
  assert.ok(offered("  tra").includes("TRANSFER TO HUMAN"));
  assert.ok(offered("IF x THEN ta").includes('TALK "text"'));
  assert.deepEqual(offered('TALK "tra'), []);
  assert.deepEqual(offered("t"), []);
});

test("places in a source go there and back", () => {
  const source = "a\nbcd\n\ne";
  for (let offset = 0; offset <= source.length; offset += 1) {
    const { line, column } = position(source, offset);
    assert.equal(offsetOf(source, line, column), offset);
  }
  assert.equal(offsetOf(source, 99, 1), source.length);
});

test("a difference rebuilds both sides and is the shortest", () => {
  const rebuilt = (rows, kind) => rows.filter((row) => row.kind !== kind).map(({ text }) => text).join("\n");
  for (const [before, after, changes] of [
    ["a\nb\nc", "a\nc", 1],
    ["a", "a", 0],
    ["", "x\ny", 3],
    ["a\nb\nc\nd\ne", "a\nx\nc\ne\nf", 4],
    ["1\n2\n3\n4", "4\n3\n2\n1", 6],
  ]) {
    const rows = diff(before, after);
    assert.equal(rebuilt(rows, "added"), before);
    assert.equal(rebuilt(rows, "removed"), after);
    assert.equal(rows.filter(({ kind }) => kind !== "same").length, changes, `${before} -> ${after}`);
  }
});

test("two texts with nothing in common are compared in a moment", () => {
  const lines = (letter) => Array.from({ length: 2_000 }, (_, line) => `${letter}${line}`).join("\n");
  const began = performance.now();
  assert.equal(diff(lines("a"), lines("b")).length, 4_000);
  assert.ok(performance.now() - began < 5_000);
});

test("only what is near a change is shown", () => {
  const before = Array.from({ length: 30 }, (_, line) => String(line)).join("\n");
  const rows = hunks(diff(before, before.replace("15", "x")));
  assert.equal(rows.filter((row) => row === null).length, 2);
  assert.equal(rows.filter((row) => row?.kind === "same").length, 6);
});

test("a text per language keeps the others when one is changed, and is gone when all are empty", () => {
  const languages = ["pt-BR", "en"];
  assert.deepEqual(rephrased("Oi", "en", "Hi", languages), { "pt-BR": "Oi", en: "Hi" });
  assert.equal(rephrased({ "pt-BR": "", en: "Hi" }, "en", "", languages), undefined);
  assert.equal(spoken({ "pt-BR": "Oi" }, "en"), "Oi");
});

test("the same failure again is one fault, told as the newest was, with the newest conversation there is", () => {
  const failure = (id, more) => ({ id, at: id, session_id: null, script: "start", version: 2, line: 3, code: "division_by_zero", message: id, ...more });
  const found = faults([failure("5"), failure("4", { line: 9 }), failure("3", { session_id: "b" }), failure("2", { session_id: "a" }), failure("1", { version: 1 })]);
  assert.deepEqual(found.map(({ message, times, session_id }) => [message, times, session_id]), [["5", 3, "b"], ["4", 1, null], ["1", 1, null]]);
});

test("a fault is of the script that is live, of one that was replaced, or of one that is gone", () => {
  const scripts = [{ name: "start", version: 3, published_version: 2 }, { name: "draft", version: 1, published_version: null }];
  assert.deepEqual([["start", 2], ["start", 1], ["draft", 1], ["other", 1]].map(([script, version]) => standing({ script, version }, scripts)), ["live", "replaced", "replaced", "gone"]);
});

test("what was and what will be is told by its whole seconds, minutes, hours or days", async () => {
  globalThis.navigator ??= { language: "en" };
  globalThis.document ??= { documentElement: {} };
  const { fromNow, setLocale } = await import("../../../static/console/text.js");
  const now = Date.parse("2026-11-21T12:00:00Z");
  const told = (...seconds) => seconds.map((after) => fromNow(now + after * 1_000, now));
  await setLocale("en");
  assert.deepEqual(told(-7_300, -120, 45, 100, 3_700, 47 * 3_600, 71 * 3_600), ["2 hours ago", "2 minutes ago", "in 45 seconds", "in 1 minute", "in 1 hour", "in 47 hours", "in 2 days"]);
  await setLocale("pt-BR");
  assert.deepEqual(told(-86_400 * 3, 3_700), ["há 3 dias", "em 1 hora"]);
});
