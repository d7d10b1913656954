// The pure reducers of the console's stores.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  mergeMessages,
  reduceAttendants,
  reduceConversations,
  reduceQueues,
  reduceThread,
  reduceTyping,
} from "../../../static/console/store/reduce.js";

const at = "2026-01-15T13:30:00.000Z";
const later = "2026-01-15T13:31:30.000Z";
const card = (fields) => ({
  seq: 1,
  at,
  type: "new_conversation",
  session_id: "s1",
  handoff_id: "h1",
  bot_id: "b1",
  channel: "whatsapp",
  needs_human: true,
  status: "waiting",
  customer: { id: "c1", name: "João", phone: null, email: null, tier: null },
  message: "Oi",
  last_message_at: at,
  queue: { id: "q1", name: "Suporte" },
  assigned_to: null,
  assigned_to_name: null,
  offer_until: null,
  priority: 1,
  tags: [],
  subject: null,
  unread: 1,
  snoozed_until: null,
  transfer_reason: null,
  queued_at: at,
  position: 3,
  ...fields,
});
const message = (seq, fields) => ({ id: `m${seq}`, seq, text: `${seq}`, status: "queued", private: false, sender: { kind: "contact", id: "c1", name: "João" }, created_at: at, error: null, ...fields });
const created = (fields) => ({ seq: 2, at: later, type: "message_created", session_id: "s1", channel: "whatsapp", status: "active", unread: 2, customer: card().customer, message: message(7, { created_at: later }), ...fields });

test("a conversation waits until it is accepted, and then its wait stands still", () => {
  const waits = reduceConversations(new Map(), [card()]).get("s1");
  assert.equal(waits.waiting_since, at);
  assert.equal(waits.position, 3);
  const accepted = reduceConversations(new Map([["s1", waits]]), [
    card({ type: "conversation_accepted", status: "active", assigned_to: "u1", at: later, position: undefined }),
  ]).get("s1");
  assert.equal(accepted.waiting_since, null);
  assert.equal(accepted.waited_seconds, 90);
  assert.equal(accepted.position, null);
});

test("events that change nothing leave the same objects", () => {
  const before = reduceConversations(new Map(), [card(), card({ session_id: "s2" })]);
  assert.equal(reduceConversations(before, [{ type: "queue_updated", seq: 5, at }]), before);
  const after = reduceConversations(before, [card({ priority: 3 })]);
  assert.notEqual(after.get("s1"), before.get("s1"));
  assert.equal(after.get("s2"), before.get("s2"));
  assert.equal(before.get("s1").priority, 1);
});

test("events applied twice give what they gave once", () => {
  const events = [card(), created(), card({ type: "conversation_accepted", status: "active", assigned_to: "u1", at: later })];
  const once = reduceConversations(new Map(), events);
  assert.deepEqual(reduceConversations(once, events), once);
});

test("a rating, which tells little, keeps the rest", () => {
  const before = reduceConversations(new Map(), [card()]);
  assert.equal(reduceConversations(before, [{ type: "conversation_updated", seq: 9, at, session_id: "s1", csat: { score: 5 } }]), before);
});

test("neither a private note nor a notice is the last message", () => {
  const before = reduceConversations(new Map(), [card()]);
  const noted = reduceConversations(before, [created({ message: message(8, { private: true, text: "segredo" }) })]);
  assert.equal(noted.get("s1").last_message, "Oi");
  const told = reduceConversations(before, [created({ message: message(9, { sender: { kind: "system", id: null, name: "" } }) })]);
  assert.equal(told.get("s1").last_message, "Oi");
  assert.equal(reduceConversations(before, [created()]).get("s1").last_message, "7");
});

test("messages stand by seq, each once", () => {
  assert.deepEqual(
    mergeMessages([message(1), message(3)], [message(2), message(3, { text: "três" })]).map(({ text }) => text),
    ["1", "2", "três"],
  );
});

test("of a message that is on both sides the newer one counts", () => {
  const queued = [message(1, { status: "queued" })];
  const sent = [message(1, { status: "sent" })];
  assert.equal(mergeMessages(queued, sent)[0].status, "sent");
  assert.equal(mergeMessages(sent, queued)[0].status, "queued");
});

test("receipts move a message forward only, unless it is tried again", () => {
  const thread = { items: [message(1, { status: "sent" })], has_more: false, loaded: true };
  const told = (status) => ({ type: "message_status", seq: 1, at, session_id: "s1", message_id: "m1", client_id: null, status, error: null });
  const read = reduceThread(thread, told("read"));
  assert.equal(read.items[0].status, "read");
  assert.equal(reduceThread(read, told("delivered")), read);
  const failed = reduceThread(thread, told("failed"));
  assert.equal(reduceThread(failed, told("queued")).items[0].status, "queued");
});

test("a change to a message that is not loaded does not bring it", () => {
  const thread = { items: [message(5)], has_more: true, loaded: true };
  assert.equal(reduceThread(thread, { type: "message_updated", seq: 1, at, session_id: "s1", message: message(1) }), thread);
});

test("queues and attendants that are not known stay unknown", () => {
  const queues = new Map([["q1", { id: "q1", length: 1 }]]);
  const update = (id) => ({ type: "queue_updated", seq: 1, at, queue: { id }, length: 4, oldest_waiting_since: at, estimated_wait_seconds: 60 });
  assert.equal(reduceQueues(queues, update("q2")), queues);
  assert.equal(reduceQueues(queues, update("q1")).get("q1").length, 4);
  const attendants = new Map([["u1", { id: "u1", status: "online", status_since: at }]]);
  const told = (status) => ({ type: "attendant_status", seq: 1, at: later, attendant: { id: "u1" }, status, active_conversations: 2, max_conversations: 5 });
  assert.equal(reduceAttendants(attendants, told("online")).get("u1").status_since, at);
  assert.equal(reduceAttendants(attendants, told("away")).get("u1").status_since, later);
});

test("who types has typed when the message is there", () => {
  const typing = reduceTyping(new Map(), { type: "typing", seq: 0, at, session_id: "s1", from: "contact", name: null }, 1_000);
  assert.ok(typing.get("s1").until > 1_000);
  assert.equal(reduceTyping(typing, created(), 2_000).size, 0);
  assert.equal(reduceTyping(typing, created({ session_id: "s2" }), 2_000), typing);
});
