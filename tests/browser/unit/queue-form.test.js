// Between a queue as the server has it and as the form edits it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { changedBetween, copyToWeekdays, draftOf, holiday, hoursOf, leadHere, memberChanges, rebase, writeOf } from "../../../static/console/screens/queues/form.js";

const zone = "America/Sao_Paulo";
const queue = {
  id: "q1",
  name: "Suporte",
  description: "Dúvidas",
  channels: ["all"],
  user_ids: ["u1"],
  members: [{ user_id: "u1", max_conversations: 3, priority: 1, is_active: true }],
  is_active: true,
  priority_order: 2,
  max_wait_seconds: 90,
  auto_assign: true,
  strategy: "priority",
  skills: [{ name: "cobrança", level: 3 }],
  hours: { timezone: zone, week: { mon: [["08:00", "24:00"]] }, holidays: ["12-25"] },
  size_limit: 20,
  overflow_queue_id: "q2",
  fallback: { out_of_hours: { action: "queue", queue_id: "q3", text: "Já vem alguém" } },
  department: "TI",
  topics: ["troca"],
};

test("what is not edited is written back as it was", () => {
  const { id, members, ...written } = queue;
  const expected = { ...written, fallback: { ...written.fallback, nobody_online: undefined } };
  assert.deepEqual(writeOf(draftOf(queue, zone)), expected);
});

test("a new queue serves every channel, is always open and has the server's defaults", () => {
  const write = writeOf(draftOf(null, zone));
  assert.deepEqual(write.channels, ["all"]);
  assert.equal(write.hours, null);
  assert.equal(write.max_wait_seconds, 600);
  assert.equal(write.size_limit, null);
});

test("minutes may have a comma, and an empty limit is none", () => {
  const draft = { ...draftOf(queue, zone), max_wait: "1,5", size_limit: " " };
  assert.equal(writeOf(draft).max_wait_seconds, 90);
  assert.equal(writeOf(draft).size_limit, null);
});

test("midnight as an end is the end of that day", () => {
  const draft = { ...draftOf(queue, zone), week: { mon: [["00:00", "00:00"]], tue: [] } };
  assert.deepEqual(hoursOf(draft)?.week, { mon: [["00:00", "24:00"]] });
});

test("only members whose settings differ are written again", () => {
  const stored = [queue.members[0], { user_id: "u2", max_conversations: 5, priority: 0, is_active: true }];
  const wanted = [queue.members[0], { ...stored[1], max_conversations: 8 }, { user_id: "u3", max_conversations: 5, priority: 0, is_active: true }];
  assert.deepEqual(memberChanges(wanted, stored).map(({ user_id }) => user_id), ["u2", "u3"]);
});

test("my changes go on top of theirs, and what I did not touch is theirs", () => {
  const theirs = { ...queue, name: "Suporte 2", description: "Outra" };
  const before = draftOf(queue, zone);
  const result = rebase({ ...before, name: "Ajuda" }, before, draftOf(theirs, zone));
  assert.equal(result.name, "Ajuda");
  assert.equal(result.description, "Outra");
  assert.deepEqual(changedBetween(queue, theirs), ["name", "description"]);
});

test("the queues that lead to one are found by overflow and by fallback", () => {
  const other = { ...queue, id: "q9", overflow_queue_id: null, fallback: {} };
  assert.deepEqual(leadHere([queue, other], "q2").map(({ id }) => id), ["q1"]);
  assert.deepEqual(leadHere([queue, other], "q3").map(({ id }) => id), ["q1"]);
  assert.deepEqual(leadHere([queue, other], "q1"), []);
});

test("a copied day is a day of its own", () => {
  const week = copyToWeekdays({ mon: [["09:00", "10:00"]], sat: [["08:00", "12:00"]] }, "mon");
  week.mon[0][0] = "07:00";
  assert.deepEqual(week.fri, [["09:00", "10:00"]]);
  assert.deepEqual(week.sat, [["08:00", "12:00"]]);
});

test("holidays are read as people write them", () => {
  const cases = { "25/12": "12-25", "1/5": "05-01", "20/11/2026": "2026-11-20", "12-25": "12-25", "2026-11-20": "2026-11-20", "29/2": "02-29" };
  for (const [typed, kept] of Object.entries(cases)) assert.equal(holiday(typed), kept, typed);
  for (const wrong of ["31/02", "natal", "13-40", "32/1", ""]) assert.equal(holiday(wrong), null, wrong);
});
