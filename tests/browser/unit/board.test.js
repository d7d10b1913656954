// The board's arrangement: which card lies where, in what order, and what is drawn again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { COLUMNS, actionOf, arrange as arrangement, inLanes, matcher, placeOf, tagsOf } from "../../../static/console/screens/kanban/board.js";

const NOW = Date.parse("2026-01-15T12:00:00Z");
const ago = (minutes) => new Date(NOW - minutes * 60_000).toISOString();
const card = (session_id, status, more = {}) => ({
  session_id, status, contact: { id: "", name: session_id, phone: null, email: null, tier: null }, channel: "web", queue: null,
  assigned_to: null, priority: 1, tags: [], subject: null, ticket_number: null, last_message: "", last_message_at: ago(5), waiting_since: null, ...more,
});
const ids = (cards) => cards.map(({ session_id }) => session_id);
const every = () => true;
const still = new Map();
const mapOf = (cards) => new Map(cards.map((one) => [one.session_id, one]));
const arrange = (cards, fits, moves) => arrangement(mapOf(cards), fits, moves).columns;

test("offered and waiting ones are new, those of the bot are on no column", () => {
  const columns = arrange([card("a", "waiting"), card("b", "assigned"), card("c", "bot"), card("d", "pending")], every, still);
  assert.deepEqual(COLUMNS.map((column) => ids(columns[column])), [["a", "b"], [], ["d"], []]);
});

test("who waits is sorted by urgency and then by waiting, the others by their latest message", () => {
  const columns = arrange(
    [
      card("short", "waiting", { waiting_since: ago(1) }), card("long", "waiting", { waiting_since: ago(9) }),
      card("urgent", "waiting", { waiting_since: ago(0), priority: 3 }),
      card("old", "active", { last_message_at: ago(30) }), card("fresh", "active", { last_message_at: ago(1) }),
    ],
    every, still,
  );
  assert.deepEqual(ids(columns.new), ["urgent", "long", "short"]);
  assert.deepEqual(ids(columns.active), ["fresh", "old"]);
});

test("a card that was moved lies where it was put until the server has said so", () => {
  const columns = arrange([card("a", "waiting")], every, new Map([["a", "active"]]));
  assert.deepEqual([ids(columns.new), ids(columns.active)], [[], ["a"]]);
});

test("columns in which nothing changed are the same ones", () => {
  const cards = [card("a", "waiting"), card("b", "active"), card("c", "active", { last_message_at: ago(9) })];
  const before = arrangement(mapOf(cards), every, still);
  const after = arrangement(mapOf([cards[0], cards[1], { ...cards[2], last_message_at: ago(0) }]), every, still, before);
  assert.equal(after.columns.new, before.columns.new);
  assert.equal(after.columns.resolved, before.columns.resolved);
  assert.deepEqual(ids(after.columns.active), ["c", "b"]);
});

test("changes put in one after the other give the board that all at once give", () => {
  let seed = 7;
  const random = (/** @type {number} */ n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  const statuses = ["bot", "waiting", "assigned", "active", "pending", "resolved"];
  const any = (id) => card(id, statuses[random(6)], { priority: random(4), waiting_since: ago(random(60)), last_message_at: ago(random(60)) });
  let conversations = mapOf(Array.from({ length: 80 }, (_, at) => any(`s${at}`)));
  let moves = still;
  let step = arrangement(conversations, every, moves);
  for (let round = 0; round < 200; round += 1) {
    conversations = new Map(conversations);
    for (let n = random(round % 20 ? 4 : 60); n >= 0; n -= 1) {
      const id = `s${random(90)}`;
      if (random(8)) conversations.set(id, any(id));
      else conversations.delete(id);
    }
    if (!random(5)) moves = new Map([[`s${random(90)}`, COLUMNS[random(4)]]]);
    step = arrangement(conversations, every, moves, step);
    assert.deepEqual(step.columns, arrangement(conversations, every, moves).columns, `round ${round}`);
  }
});

test("a search ignores accents and case and wants every word", () => {
  const joao = card("a", "waiting", { contact: { id: "", name: "João Conceição", phone: "+5511988887777", email: null, tier: null }, tags: ["Reclamação"] });
  for (const q of ["joao", "CONCEIÇÃO joão", "8887", "reclamacao jo"]) assert.ok(matcher({ q })(joao), q);
  assert.ok(!matcher({ q: "joao maria" })(joao));
});

test("filters narrow together, and nobody is a choice of attendant", () => {
  const free = card("a", "waiting", { queue: { id: "q", name: "Q" }, tags: ["vip"] });
  assert.ok(matcher({ queue: "q", attendant: "none", channel: "web", tag: "vip" })(free));
  for (const other of [{ queue: "p" }, { attendant: "me" }, { channel: "sms" }, { tag: "v" }]) assert.ok(!matcher({ queue: "q", ...other })(free));
  assert.ok(!matcher({ attendant: "none" })({ ...free, assigned_to: "me" }));
});

test("lanes follow the queues' order, without empty ones, and those without a queue come last", () => {
  const queues = [{ id: "2", name: "Vendas" }, { id: "1", name: "Suporte" }, { id: "3", name: "Vazia" }];
  const cards = [card("a", "waiting"), card("b", "active", { queue: queues[1] }), card("c", "waiting", { queue: queues[0] })];
  const columns = arrange(cards, every, still);
  const lanes = inLanes(columns, queues, "Sem fila");
  assert.deepEqual(lanes.map(({ name, size }) => [name, size]), [["Vendas", 1], ["Suporte", 1], ["Sem fila", 1]]);
  assert.equal(inLanes(columns, queues, "Sem fila", lanes)[0].columns.new, lanes[0].columns.new);
});

test("a card's place is where sorting puts it", () => {
  const waits = [50, 40, 30, 20, 10].map((minutes) => card(`w${minutes}`, "waiting", { waiting_since: ago(minutes) }));
  const late = card("x", "waiting", { waiting_since: ago(35) });
  const sorted = arrange([...waits, late], every, still).new;
  assert.equal(placeOf(waits, late, "new"), sorted.indexOf(late));
  assert.equal(placeOf([], late, "new"), 0);
});

test("only what the lifecycle knows has an action", () => {
  assert.equal(actionOf("new", "active"), "take");
  assert.equal(actionOf("resolved", "active"), "impossible");
});

test("tags are those on the board", () => {
  assert.deepEqual(tagsOf([card("a", "waiting", { tags: ["vip", "boleto"] }), card("b", "bot", { tags: ["oculta"] })]), ["boleto", "vip"]);
});
