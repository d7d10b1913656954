// When a queue is open, as the console explains it: the same cases as the server's own.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isZone, minutes, openness, picture, runs, spans } from "../../../static/console/screens/queues/hours.js";

const zone = "America/Sao_Paulo";
const office = { timezone: zone, week: { mon: [["08:00", "12:00"], ["13:00", "18:00"]], fri: [["22:00", "06:00"]] } };
/** A wall time of São Paulo, which is three hours behind UTC. */
const at = (text) => Date.parse(`${text}:00-03:00`);

describe("openness", () => {
  test("a queue without hours is always open", () => {
    assert.deepEqual(openness(null, 0), { open: true, until: null });
  });

  test("it is open within an interval and says until when", () => {
    assert.deepEqual(openness(office, at("2026-03-02T09:30")), { open: true, until: at("2026-03-02T12:00") });
    assert.deepEqual(openness(office, at("2026-03-02T12:30")), { open: false, until: at("2026-03-02T13:00") });
  });

  test("the last minute of an interval is not open any more", () => {
    assert.equal(openness(office, at("2026-03-02T18:00")).open, false);
    assert.equal(openness(office, at("2026-03-02T17:59")).open, true);
  });

  test("an interval over midnight belongs to the evening it starts on", () => {
    assert.deepEqual(openness(office, at("2026-03-07T03:00")), { open: true, until: at("2026-03-07T06:00") });
    assert.deepEqual(openness(office, at("2026-03-07T06:00")), { open: false, until: at("2026-03-09T08:00") });
  });

  test("a holiday closes what starts on it, yearly or once; the shift of the evening before runs to its end", () => {
    const closed = { ...office, holidays: ["2026-03-02", "03-07"] };
    assert.deepEqual(openness(closed, at("2026-03-02T09:30")), { open: false, until: at("2026-03-06T22:00") });
    assert.equal(openness(closed, at("2026-03-07T05:00")).open, true);
  });

  test("days that touch are one opening, and a week without a gap has no end", () => {
    const touching = { timezone: zone, week: { mon: [["20:00", "24:00"]], tue: [["00:00", "08:00"]] } };
    assert.deepEqual(openness(touching, at("2026-03-02T21:00")), { open: true, until: at("2026-03-03T08:00") });
    const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    const always = { timezone: zone, week: Object.fromEntries(days.map((day) => [day, [["00:00", "24:00"]]])) };
    assert.deepEqual(openness(always, at("2026-03-02T21:00")), { open: true, until: null });
  });

  test("a week without any interval, or an unknown zone, never opens", () => {
    assert.deepEqual(openness({ timezone: zone, week: {} }, 0), { open: false, until: null });
    assert.deepEqual(openness({ ...office, timezone: "Mars/Olympus" }, at("2026-03-02T09:30")), { open: false, until: null });
    assert.equal(isZone("Mars/Olympus"), false);
  });

  test("the wall clock of the zone counts, also across a change of its clocks", () => {
    const berlin = { timezone: "Europe/Berlin", week: { mon: [["08:00", "18:00"]] } };
    assert.deepEqual(openness(berlin, Date.parse("2026-03-28T12:00:00Z")), { open: false, until: Date.parse("2026-03-30T06:00:00Z") });
  });
});

test("times are read in minutes, and what is none is refused", () => {
  assert.equal(minutes("00:00"), 0);
  assert.equal(minutes("24:00"), 1440);
  for (const wrong of ["24:01", "8h", "", "12:60"]) assert.ok(Number.isNaN(minutes(wrong)), wrong);
});

test("an interval that starts and ends at the same minute is none", () => {
  assert.deepEqual(spans([["08:00", "08:00"], ["10:00", "11:00"]]), [{ from: 600, until: 660 }]);
});

test("the picture carries a night over to the next day, and Sunday's to Monday", () => {
  const days = picture({ fri: [["22:00", "06:00"]], sun: [["23:00", "01:00"]] });
  assert.deepEqual(days[4], [{ from: 1320, until: 1440 }]);
  assert.deepEqual(days[5], [{ from: 0, until: 360 }]);
  assert.deepEqual(days[0], [{ from: 0, until: 60 }]);
});

test("days with the same hours are told together", () => {
  const week = { mon: [["08:00", "18:00"]], tue: [["08:00", "18:00"]], thu: [["08:00", "18:00"]], sat: [["09:00", "12:00"]] };
  assert.deepEqual(runs(week).map(({ from, to }) => [from, to]), [[0, 1], [3, 3], [5, 5]]);
});
