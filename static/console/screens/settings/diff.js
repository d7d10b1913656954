// What changed between two texts, line by line (Myers 1986, with what they begin and end with alike set aside). Pure.

/** @typedef {{kind: "same" | "added" | "removed", text: string}} Row */

/** Beyond so many changes nobody reads them: all of the middle is replaced. */
const MAX_CHANGES = 1_500;

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
  /** How far each diagonal reached, after each number of changes. @type {Map<number, number>[]} */
  const trace = [];
  let reach = new Map([[1, 0]]);
  for (let changes = 0; changes <= max; changes += 1) {
    const next = new Map(reach);
    for (let k = -changes; k <= changes; k += 2) {
      const down = k === -changes || (k !== changes && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));
      let x = down ? (reach.get(k + 1) ?? 0) : (reach.get(k - 1) ?? 0) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      next.set(k, x);
      if (x >= a.length && x - k >= b.length) return path(a, b, [...trace, reach], changes);
    }
    trace.push(reach);
    reach = next;
  }
  return [...removed, ...added];
}

/** @param {readonly string[]} a @param {readonly string[]} b @param {readonly Map<number, number>[]} trace @param {number} changes @returns {Row[]} */
function path(a, b, trace, changes) {
  /** @type {Row[]} */
  const rows = [];
  let [x, y] = [a.length, b.length];
  for (let d = changes; d >= 0; d -= 1) {
    const reach = trace[d];
    const k = x - y;
    const down = k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));
    const before = d === 0 ? 0 : (reach.get(down ? k + 1 : k - 1) ?? 0);
    const beforeY = d === 0 ? 0 : before - (down ? k + 1 : k - 1);
    while (x > before && y > beforeY) {
      rows.push({ kind: "same", text: a[x - 1] });
      x -= 1;
      y -= 1;
    }
    if (d > 0) rows.push(down ? { kind: "added", text: b[y - 1] } : { kind: "removed", text: a[x - 1] });
    [x, y] = [before, beforeY];
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
