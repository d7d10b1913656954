// What changed between two texts, line by line (Myers 1986, with what they begin and end with alike set aside). Pure.

/** @typedef {{kind: "same" | "added" | "removed", text: string}} Row */

/** Beyond so many changes nobody reads them: all of the middle is replaced. */
const MAX_CHANGES = 1_000;

/** @param {string} before @param {string} after @returns {Row[]} */
export function diff(before, after) {
  const [a, b] = [before.split("\n"), after.split("\n")];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  /** @type {(kind: Row["kind"]) => (text: string) => Row} */
  const as = (kind) => (text) => ({ kind, text });
  return [...a.slice(0, head).map(as("same")), ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)), ...a.slice(a.length - tail).map(as("same"))];
}

/** @param {readonly string[]} a @param {readonly string[]} b @returns {Row[]} */
function middle(a, b) {
  const removed = a.map((text) => /** @type {Row} */ ({ kind: "removed", text }));
  const added = b.map((text) => /** @type {Row} */ ({ kind: "added", text }));
  if (!a.length || !b.length) return [...removed, ...added];
  const max = Math.min(a.length + b.length, MAX_CHANGES);
  /** How far each diagonal reached, by its number plus `max` plus one; a copy of before each number of changes. */
  const reach = new Int32Array(2 * max + 3);
  const trace = [];
  for (let changes = 0; changes <= max; changes += 1) {
    trace.push(reach.slice(max - changes, max + changes + 3));
    for (let k = -changes; k <= changes; k += 2) {
      const at = k + max + 1;
      let x = goesDown(reach, at, k, changes) ? reach[at + 1] : reach[at - 1] + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      reach[at] = x;
      if (x >= a.length && x - k >= b.length) return path(a, b, trace);
    }
  }
  return [...removed, ...added];
}

/** Whether a diagonal is best entered by an added line. @param {Int32Array} reach @param {number} at @param {number} k @param {number} changes */
const goesDown = (reach, at, k, changes) => k === -changes || (k !== changes && reach[at - 1] < reach[at + 1]);

/** The way back through what was reached. @param {readonly string[]} a @param {readonly string[]} b @param {readonly Int32Array[]} trace @returns {Row[]} */
function path(a, b, trace) {
  /** @type {Row[]} */
  const rows = [];
  let [x, y] = [a.length, b.length];
  for (let changes = trace.length - 1; changes >= 0; changes -= 1) {
    const reach = trace[changes];
    const k = x - y;
    const at = k + changes + 1;
    const down = goesDown(reach, at, k, changes);
    const from = changes === 0 ? 0 : reach[down ? at + 1 : at - 1];
    const fromY = changes === 0 ? 0 : from - (down ? k + 1 : k - 1);
    while (x > from && y > fromY) {
      rows.push({ kind: "same", text: a[x - 1] });
      x -= 1;
      y -= 1;
    }
    if (changes > 0) rows.push(down ? { kind: "added", text: b[y - 1] } : { kind: "removed", text: a[x - 1] });
    [x, y] = [from, fromY];
  }
  return rows.reverse();
}

/**
 * Only what changed with a few lines around it; `null` stands for what is left out.
 * @param {readonly Row[]} rows
 * @param {number} around
 * @returns {(Row | null)[]}
 */
export function hunks(rows, around = 3) {
  const near = rows.map((_, at) => rows.slice(Math.max(0, at - around), at + around + 1).some(({ kind }) => kind !== "same"));
  return rows.flatMap((row, at) => (near[at] ? [row] : at === 0 || near[at - 1] ? [null] : []));
}
