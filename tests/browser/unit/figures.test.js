// What the dashboard counts: stretches of time, the floor, and how figures compare.

import assert from "node:assert/strict";
import { test } from "node:test";
import { against, change, dayText, floorOf, moved, overdue, stretchOf, timeline } from "../../../static/console/screens/dashboard/figures.js";

const NOW = new Date(2026, 2, 18, 15, 30).getTime();
const days = ({ from, to }) => [dayText(from), dayText(to)];

test("today begins at midnight and is held against as much of yesterday", () => {
  const { from, to, before, step } = stretchOf({}, NOW);
  assert.deepEqual([from.getHours(), to.getTime(), step], [0, NOW, "hour"]);
  assert.deepEqual([before.to.getDate(), before.to.getHours(), before.to.getMinutes()], [17, 15, 30]);
});

test("seven days end today and follow the seven before", () => {
  const week = stretchOf({ period: "week" }, NOW);
  assert.deepEqual([days(week), days(week.before), week.step], [["2026-03-12", "2026-03-18"], ["2026-03-05", "2026-03-11"], "day"]);
});

test("chosen days are whole, put in order, never in the future and no more than the server counts", () => {
  const chosen = stretchOf({ period: "custom", from: "2026-03-10", to: "2026-03-02" }, NOW);
  assert.deepEqual([dayText(chosen.from), chosen.to.getTime()], ["2026-03-02", new Date(2026, 2, 11).getTime()]);
  assert.equal(stretchOf({ period: "custom", from: "2026-03-17", to: "2027-01-01" }, NOW).to.getTime(), NOW);
  const { from, to } = stretchOf({ period: "custom", from: "2020-01-01", to: "2026-03-01" }, NOW);
  assert.ok(to - from <= 93 * 86_400_000 + 3_600_000);
  assert.deepEqual(days(stretchOf({ period: "custom", from: "x" }, NOW)), ["2026-03-18", "2026-03-18"]);
});

test("a timeline has every hour, also those in which nothing began", () => {
  const figures = { handoffs: 4 };
  const steps = timeline(stretchOf({}, NOW), [{ key: new Date(2026, 2, 18, 9).toISOString(), name: "", figures, now: null }]);
  assert.equal(steps.length, 16);
  assert.deepEqual(steps.filter((step) => step.figures).map((step) => new Date(step.at).getHours()), [9]);
});

test("the floor counts what the queue and the channel have, and the load of those at work", () => {
  const one = (status, queue, channel, waiting_since = null) => ({ status, queue: { id: queue }, channel, waiting_since });
  const conversations = [
    one("waiting", "q", "web", "2026-03-18T10:00:00Z"), one("assigned", "q", "web", "2026-03-18T09:00:00Z"), one("active", "q", "web"), one("active", "p", "web"),
    one("pending", "q", "sms"), one("resolved", "q", "web"),
  ];
  const person = (status, load, queues = ["q"]) => ({ status, queues, active_conversations: load, max_conversations: 4 });
  const attendants = [person("online", 1), person("busy", 4), person("away", 2), person("online", 3, ["p"])];
  const floor = floorOf(conversations, attendants, { queue: "q" });
  assert.deepEqual([floor.waiting, floor.active, floor.pending, floor.oldest], [2, 1, 1, "2026-03-18T09:00:00Z"]);
  assert.deepEqual([floor.people, floor.utilisation], [{ online: 1, busy: 1, away: 1, offline: 0 }, 5 / 8]);
  assert.equal(floorOf(conversations, [], { channel: "sms" }).pending, 1);
  assert.equal(floorOf([], [], {}).utilisation, null);
});

test("a figure is good at its target, warns a little behind it and is bad further off", () => {
  assert.deepEqual([20, 22, 30, null].map((wait) => against(wait, 20, "less")), ["good", "warn", "bad", "plain"]);
  assert.deepEqual([0.9, 0.8, 0.5].map((rate) => against(rate, 0.85, "more")), ["good", "warn", "bad"]);
});

test("a share moves by percentage points, also from nothing", () => {
  assert.deepEqual([moved(0.75, 0.25), moved(0.5, 0), moved(0, 0.5), moved(null, 0.5), moved(0.5, null)], [0.5, 0.5, -0.5, null, null]);
});

test("without anything before there is no change", () => {
  assert.deepEqual([change(15, 10), change(null, 10), change(3, 0)], [0.5, null, null]);
});

test("a queue is overdue when somebody waits longer than it allows", () => {
  const queue = (minutes, limit) => ({ oldest_waiting_since: minutes === null ? null : new Date(NOW - minutes * 60_000).toISOString(), max_wait_seconds: limit });
  const queues = [queue(11, 600), queue(9, 600), queue(null, 600), queue(500, 0)];
  assert.deepEqual(overdue(queues, NOW), [queues[0]]);
});
