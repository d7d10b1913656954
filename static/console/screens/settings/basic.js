// The language of the scripts as the editor colours and completes it. The server's parser has the last word. Pure.

/** @typedef {"keyword" | "string" | "number" | "comment" | "name" | "sign" | "text"} Tone */
/** @typedef {{tone: Tone, text: string}} Piece */
/** @typedef {{name: string, form: string, help: string}} Keyword */

/** Known without asking; the server names them all. */
export const WORDS = (
  "IF THEN ELSE ELSEIF END SELECT CASE FOR EACH IN TO STEP NEXT WHILE WEND DO LOOP UNTIL EXIT SUB FUNCTION CALL RETURN ON ERROR GOTO RESUME SET LET " +
  "TALK HEAR AS WAIT TYPING SUGGEST REACT IMAGE FILE AUDIO VIDEO SESSION BOT USER GET REMEMBER RECALL TRANSFER HUMAN NOTIFY SENTIMENT INTENT FAIL " +
  "ASSIGN RESOLVE CONVERSATION PRIORITY TAG WITH ADD NOTE CLEAR SUGGESTIONS SUGGESTION USE KB TOOL MODEL FIND FIRST CREATE UPDATE SAVE INSERT MERGE DELETE " +
  "FILTER MAP AGGREGATE SORT TABLE LLM ANSWER CLASSIFY SUMMARIZE TRANSLATE EXTRACT FROM READ DOCUMENT POST PUT MCP SEND MAIL START JOURNEY TICKET MEETING " +
  "SCHEDULE WEBHOOK PUBLISH EVENT TIMEOUT BEGIN PROMPT SYSTEM CONTEXT PARAM LIKE DESCRIPTION AND OR NOT MOD TRUE FALSE NULL PRINT BROADCAST"
).split(" ");

/** Offered while the server tells nothing better. @type {readonly Keyword[]} */
export const FORMS = [
  'TALK "text"',
  "HEAR answer",
  "HEAR email AS EMAIL",
  'HEAR choice AS "a", "b"',
  "IF condition THEN",
  "END IF",
  "SELECT CASE value",
  "FOR EACH item IN list",
  'SET SESSION "name", value',
  'GET SESSION "name"',
  "TRANSFER TO HUMAN",
  'TRANSFER TO HUMAN "queue", "normal", "reason"',
  'SUGGEST "a", "b"',
  "WAIT 2",
  'FIND "contacts", "name = \'Ana\'"',
  "BEGIN TALK",
  "END TALK",
].map((form) => ({ name: form.replace(/[ (]*("|[a-z(\d]).*$/, ""), form, help: "" }));

const TOKEN = /('.*|\/\/.*|\brem\b.*)|("(?:""|\\.|[^"\\])*"?|[“][^”]*”?)|(\d+(?:[.,]\d+)?)|([\p{L}_][\p{L}\p{M}\p{N}_]*)|(\s+)|([^])/giu;
const BLOCK = /^\s*BEGIN[ _]+(TALK|SYSTEM[ _]PROMPT|MAIL)\b/i;
const BLOCK_END = /^\s*END[ _]+(TALK|SYSTEM[ _]PROMPT|MAIL)\b/i;

/**
 * A line in pieces, and whether the next stands in a block of free text.
 * @param {string} line
 * @param {boolean} free whether this one does
 * @param {ReadonlySet<string>} words keywords in capitals
 * @returns {{pieces: Piece[], free: boolean}}
 */
export function coloured(line, free, words) {
  if (free && !BLOCK_END.test(line)) return { pieces: [{ tone: "string", text: line }], free: true };
  /** @type {Piece[]} */
  const pieces = [];
  for (const [text, comment, string, number, word, blank] of line.matchAll(TOKEN)) {
    /** @type {Tone} */
    const tone = comment ? "comment" : string ? "string" : number ? "number" : word ? (words.has(word.toUpperCase()) || word.includes("_") && word.toUpperCase().split("_").every((part) => words.has(part)) ? "keyword" : "name") : blank ? "text" : "sign";
    pieces.push({ tone, text });
  }
  return { pieces, free: BLOCK.test(line) };
}

/**
 * Keywords that what stands before the cursor on its line may begin, the shortest first.
 * @param {string} before
 * @param {readonly Keyword[]} keywords
 * @returns {{typed: string, found: Keyword[]}}
 */
export function completions(before, keywords) {
  const tail = before.split(/\b(?:THEN|ELSE)\s+|=\s*|:\s+/i).pop() ?? "";
  const typed = /^\s*(\p{L}[\p{L}_ ]*)$/u.exec(tail)?.[1] ?? "";
  const sought = typed.replaceAll("_", " ").toUpperCase();
  if (sought.trim().length < 2) return { typed, found: [] };
  const found = keywords.filter(({ name, form }) => name.toUpperCase().startsWith(sought) && form.toUpperCase() !== sought);
  return { typed, found: found.sort((a, b) => a.form.length - b.form.length).slice(0, 8) };
}

/** The line and column (from 1) of an offset. @param {string} source @param {number} offset */
export function position(source, offset) {
  const before = source.slice(0, offset).split("\n");
  return { line: before.length, column: before[before.length - 1].length + 1 };
}

/** @param {string} source @param {number} line from 1 @param {number} column from 1 */
export function offsetOf(source, line, column) {
  let at = 0;
  for (let n = 1; n < line; n += 1) {
    const end = source.indexOf("\n", at);
    if (end < 0) return source.length;
    at = end + 1;
  }
  return Math.min(at + column - 1, source.length);
}
