// What the inbox decides without a screen: its views, its timeline, its links, its palette.

import assert from "node:assert/strict";
import { test } from "node:test";
import { linkify } from "../../../static/console/screens/inbox/linkify.js";
import { choices, fill, isCommand, sought } from "../../../static/console/screens/inbox/palette.js";
import { explanation, ranking } from "../../../static/console/screens/inbox/routing.js";
import { snoozes } from "../../../static/console/screens/inbox/snoozes.js";
import { firstUnread, timeline } from "../../../static/console/screens/inbox/timeline.js";
import { countsOf, fits, mentions, rowsOf } from "../../../static/console/screens/inbox/views.js";

const one = (session_id, fields) => ({
  session_id,
  contact: { id: "c", name: "João", phone: "+5511988887777", email: null, tier: null },
  channel: "whatsapp",
  status: "active",
  assigned_to: "me",
  last_message: "Oi",
  last_message_at: "2026-01-15T13:30:00.000Z",
  queue: { id: "q1", name: "Suporte" },
  priority: 1,
  tags: [],
  subject: null,
  unread: 0,
  snoozed_until: null,
  waiting_since: null,
  ...fields,
});
const wanted = (fields) => ({ view: "mine", filter: {}, sort: "recent", query: "", found: new Set(), me: "me", mentioned: new Set(), ...fields });
const ids = (rows) => rows.map(({ session_id }) => session_id);

test("mine are those I hold or am offered, without what is snoozed; the offers first", () => {
  const all = [
    one("old", { last_message_at: "2026-01-15T12:00:00.000Z" }),
    one("new"),
    one("offer", { status: "assigned", last_message_at: "2026-01-14T00:00:00.000Z" }),
    one("snoozed", { snoozed_until: "2026-01-16T12:00:00.000Z" }),
    one("other", { assigned_to: "you" }),
    one("done", { status: "resolved" }),
  ];
  assert.deepEqual(ids(rowsOf(all, wanted())), ["offer", "new", "old"]);
  assert.deepEqual(ids(rowsOf(all, wanted({ view: "snoozed" }))), ["snoozed"]);
  assert.deepEqual(ids(rowsOf(all, wanted({ view: "resolved" }))), ["done"]);
  assert.deepEqual(ids(rowsOf(all, wanted({ view: "mentions", mentioned: new Set(["done"]) }))), ["done"]);
});

test("by wait, urgent ones come first and then who waits longest", () => {
  const waits = (id, priority, minute) => one(id, { status: "waiting", assigned_to: null, priority, waiting_since: `2026-01-15T13:${minute}:00.000Z` });
  const all = [waits("late", 1, "20"), waits("early", 1, "10"), waits("urgent", 3, "30"), one("none", { status: "waiting" })];
  assert.deepEqual(ids(rowsOf(all, wanted({ view: "waiting", sort: "wait" }))), ["urgent", "early", "late", "none"]);
});

test("a search looks in every view, without accents, and takes what the server found", () => {
  const all = [one("a", { contact: { ...one("a").contact, name: "Ângela" }, status: "resolved" }), one("b"), one("c", { last_message: "x" })];
  assert.deepEqual(ids(rowsOf(all, wanted({ query: "angela" }))), ["a"]);
  assert.deepEqual(ids(rowsOf(all, wanted({ query: "zzz", found: new Set(["c"]) }))), ["c"]);
});

test("filters narrow by what is set; nobody is an attendant too", () => {
  assert.ok(fits(one("a", { tags: ["vip"] }), { tag: "vip", channel: "whatsapp", queue: "q1", priority: "1", attendant: "me" }));
  assert.ok(!fits(one("a"), { tag: "vip" }));
  assert.ok(fits(one("a", { assigned_to: null }), { attendant: "none" }));
});

test("counts tell what asks for me", () => {
  const counts = countsOf([one("a", { unread: 2 }), one("b"), one("c", { status: "assigned" }), one("d", { status: "waiting", assigned_to: null })], { me: "me", mentioned: new Set() });
  assert.deepEqual(counts.mine, { total: 3, unread: 2 });
  assert.equal(counts.waiting.total, 2);
  assert.equal(counts.all.total, 4);
});

const sent = (seq, minute, fields) => ({
  id: `m${seq}`,
  seq,
  direction: "in",
  sender: { kind: "contact", id: "c", name: "João" },
  private: false,
  client_id: null,
  created_at: `2026-01-15T13:${minute}:00.000Z`,
  ...fields,
});
const kinds = (entries) => entries.map(({ type }) => type);

test("messages of one person within minutes are a group", () => {
  const items = [sent(1, "00"), sent(2, "01"), sent(3, "09"), sent(4, "09", { direction: "out", sender: { kind: "bot", id: "b", name: "Lia" } })];
  const [, ...messages] = timeline({ items });
  assert.deepEqual(messages.map(({ first, last }) => [first, last]), [[true, false], [false, true], [true, true], [true, true]]);
});

test("a note does not join the answers around it", () => {
  const mine = { direction: "out", sender: { kind: "attendant", id: "u", name: "Ana" } };
  const [, answer, note] = timeline({ items: [sent(1, "00", mine), sent(2, "00", { ...mine, private: true })] });
  assert.ok(answer.last && note.first);
});

test("each day begins with its line and the unread with theirs", () => {
  const items = [sent(1, "00"), sent(2, "01", { created_at: "2026-01-17T13:00:00.000Z" }), sent(3, "02", { created_at: "2026-01-17T13:01:00.000Z" })];
  const entries = timeline({ items, unreadFrom: 3 });
  assert.deepEqual(kinds(entries), ["day", "message", "day", "message", "unread", "message"]);
  assert.equal(entries[4].count, 1);
});

test("what a customer says stands before what it led to in the same moment, and our answer after it", () => {
  const history = [{ handoff_id: "h", at: "2026-01-15T13:00:00.000Z", from: "bot", to: "waiting", cause: "handoff" }];
  const told = sent(2, "00", { direction: "out", sender: { kind: "system", id: null, name: "" } });
  assert.deepEqual(kinds(timeline({ items: [sent(1, "00"), told], history })), ["day", "message", "line", "message"]);
  assert.deepEqual(kinds(timeline({ items: [sent(1, "00")], history })), ["day", "message", "line"]);
  assert.deepEqual(kinds(timeline({ items: [told], history })), ["day", "line", "message"]);
});

test("what happened stands between the messages, but not before the first one that is loaded", () => {
  const line = (minute, cause, to) => ({ handoff_id: "h", at: `2026-01-15T13:${minute}:00.000Z`, from: "bot", to, cause });
  const history = [line("00", "handoff", "waiting"), line("05", "take", "active"), line("06", "reply", "active")];
  assert.deepEqual(kinds(timeline({ items: [sent(1, "04"), sent(2, "07")], history, has_more: true })), ["day", "message", "line", "message"]);
  assert.deepEqual(kinds(timeline({ items: [sent(1, "04")], history })), ["day", "line", "message", "line"]);
});

test("a message keeps its key from the outbox to the server's list, and stands last until then", () => {
  const entry = { client_id: "k1", session_id: "s", text: "x", attachments: [], private: false, created_at: "2026-01-15T12:00:00.000Z", problem: null };
  const before = timeline({ items: [sent(1, "04")], outgoing: [entry], me: "u" });
  const after = timeline({ items: [sent(1, "04"), sent(2, "05", { client_id: "k1", direction: "out" })], me: "u" });
  assert.equal(before.at(-1).key, "k1");
  assert.equal(after.at(-1).key, "k1");
});

test("the unread begin as many messages of the customer before the end as there are unread", () => {
  const items = [sent(1, "00"), sent(2, "01"), sent(3, "02", { direction: "out" }), sent(4, "03")];
  assert.equal(firstUnread(items, 2), 2);
  assert.equal(firstUnread(items, 0), null);
  assert.equal(firstUnread(items, 9), 1);
});

test("only addresses become links, and what ends a sentence is not part of them", () => {
  assert.deepEqual(linkify("Veja https://a.example/x?y=1, e (www.b.example/c_(d))."), [
    "Veja ",
    { text: "https://a.example/x?y=1", href: "https://a.example/x?y=1" },
    ", e (",
    { text: "www.b.example/c_(d)", href: "https://www.b.example/c_(d)" },
    ").",
  ]);
  assert.deepEqual(linkify("mail ana@b.example"), ["mail ", { text: "ana@b.example", href: "mailto:ana@b.example" }]);
  for (const text of ["javascript:alert(1)", "data:text/html,x", "R$ 10,00", "fim.De frase"]) assert.deepEqual(linkify(text), [text]);
});

test("a slash opens the palette until its name is complete", () => {
  assert.equal(sought("/tra"), "tra");
  assert.equal(sought("/"), "");
  assert.equal(sought("/transferir "), null);
  assert.equal(sought("e/ou"), null);
  assert.ok(isCommand("  /fila") && !isCommand("1/2"));
});

test("the palette has canned responses first, and knows commands in both languages", () => {
  const canned = [{ id: "1", name: "Saudação", text: "Olá" }, { id: "2", name: "prazo", text: "saudade" }];
  assert.deepEqual(choices("saud", canned, "pt-BR").map(({ name }) => name), ["Saudação", "prazo"]);
  assert.deepEqual(choices("resolve", [], "pt-BR").map(({ name }) => name), ["resolver"]);
  assert.ok(choices("", canned, "en").length > 10);
});

test("a canned response is filled like the server fills it", () => {
  assert.equal(fill("Olá {{ Name }}, sou {{attendant}}{{x}}.", { name: "João", attendant: "Ana" }), "Olá João, sou Ana.");
});

test("the winner is read first and who was ruled out last", () => {
  const candidates = [{ attendant: "b", ruled_out_by: null }, { attendant: "c", ruled_out_by: { rule: "not_online" } }, { attendant: "a", ruled_out_by: null }];
  assert.deepEqual(ranking({ candidates, winner: "a" }).map(({ attendant }) => attendant), ["a", "b", "c"]);
  assert.equal(explanation({ explanation: { candidates } })?.candidates, candidates);
  assert.equal(explanation(null), null);
});

test("snoozing offers times to come; Monday only when it is not tomorrow", () => {
  const now = new Date(2026, 0, 15, 18, 30);
  assert.deepEqual(snoozes(now).map(({ id }) => id), ["hour", "hours", "tomorrow", "monday"]);
  assert.ok(snoozes(now).every(({ until }) => until > now));
  assert.deepEqual(snoozes(new Date(2026, 0, 18, 10)).map(({ id }) => id), ["hour", "hours", "tomorrow"]);
});

test("a note mentions by whole names, whatever case and accents", () => {
  const names = ["Ângela", "angel"];
  for (const text of ["@angela, veja", "veja @Ângela Souza", "(@ANGELA)", "@Angel?"]) assert.ok(mentions(text, names), text);
  for (const text of ["Ângela", "@angelica", "a@b.example", "@ angela", ""]) assert.ok(!mentions(text, names), text);
});
