// What a forecast of people says in a few words, and where "what if" begins.

import assert from "node:assert/strict";
import { test } from "node:test";
import { about, daysAhead, peakOf, summaryOf, supposedOf, within } from "../../../static/console/screens/dashboard/plan.js";

const hour = (at, needed, arrivals, handling_seconds = 300) => ({ at, needed, arrivals, handling_seconds });
const team = { members: 3, online: 2, capacity: 4 };
const basis = { enough: true, handoffs: 90, handled: 80, weeks: 4, since: "2026-03-01T00:00:00Z", handling_seconds: 420 };
const staffing = { basis, team, goal: {}, hours: [hour("9", 2, 12.4), hour("10", 5, 31.6, 290), hour("11", 5, 30), hour("12", 0, 0)] };

test("the peak is the hour that needs most people, and of equals the busier", () => {
  assert.equal(peakOf(staffing.hours).at, "10");
  assert.equal(peakOf([hour("9", 5, 30), hour("10", 5, 31)]).at, "10");
  assert.equal(peakOf([hour("9", 0, 0), hour("10", null, null, null)]), null);
  assert.equal(peakOf([]), null);
});

test("a summary counts what comes, and the hours that the team cannot serve", () => {
  const { peak, arrivals, short } = summaryOf(staffing);
  assert.deepEqual([peak.at, arrivals, short], ["10", 74, 2]);
});

test("what if begins at the peak, and at something to play with where nothing is known", () => {
  assert.deepEqual(supposedOf(staffing), { attendants: 5, arrivals: 32, minutes: 5, capacity: 4 });
  assert.deepEqual(supposedOf({ ...staffing, basis: { ...basis, enough: false } }), { attendants: 3, arrivals: 20, minutes: 7, capacity: 4 });
  const nobody = { ...staffing, basis: { ...basis, enough: false, handling_seconds: null }, team: { members: 0, online: 0, capacity: 1 } };
  assert.deepEqual(supposedOf(nobody), { attendants: 1, arrivals: 20, minutes: 8, capacity: 1 });
  assert.deepEqual(supposedOf({ ...staffing, hours: [hour("9", 1, 0.2, 20)] }), { attendants: 1, arrivals: 1, minutes: 1, capacity: 4 });
});

test("today and the six days after it can be chosen, by the reader's calendar", () => {
  const days = daysAhead(new Date(2026, 1, 26, 23, 59).getTime());
  assert.deepEqual(days.map(({ value }) => value), ["2026-02-26", "2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"]);
  assert.equal(days[3].at, new Date(2026, 2, 1).getTime());
});

test("a number that is being written is kept within what can be asked", () => {
  assert.deepEqual(["7", "0", "99999", "2.6", "", " ", "x"].map((text) => within(text, 1, 500)), [7, 1, 500, 3, null, null, null]);
  assert.deepEqual([9.96, 31.6, 0.04, null].map(about), [10, 32, 0, 0]);
});
