// Who is shown among the attendants, and what is known about contacts.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { counts, matching, ordered } from "../../../static/console/screens/attendants/people.js";
import { clashes, conflicts, fieldsOf, formatPhone, linesOf, merged, phoneKey, reasons } from "../../../static/console/screens/contacts/person.js";

const attendant = (name, status, more = {}) => ({ id: name, name, status, aliases: [], department: null, skills: [], queues: [], ...more });

describe("attendants", () => {
  const people = [
    attendant("Érica Antunes", "away", { queues: ["q1"], department: "Cobrança" }),
    attendant("Bruno", "online", { aliases: ["bru"], skills: [{ name: "inglês", level: 5 }] }),
    attendant("Ana", "online", { queues: ["q1"] }),
  ];

  test("are found by words of name, alias, department and skill, whatever accents", () => {
    const found = (q) => matching(people, { q }).map(({ name }) => name);
    assert.deepEqual(found("erica cobranca"), ["Érica Antunes"]);
    assert.deepEqual(found("bru ingles"), ["Bruno"]);
    assert.deepEqual(found("zzz"), []);
  });

  test("are narrowed by status and queue together", () => {
    assert.deepEqual(matching(people, { status: "online", queue: "q1" }).map(({ name }) => name), ["Ana"]);
  });

  test("stand with those who receive first, then by name", () => {
    assert.deepEqual(ordered(people).map(({ name }) => name), ["Ana", "Bruno", "Érica Antunes"]);
    assert.deepEqual(counts(people), { online: 2, busy: 0, away: 1, offline: 0 });
  });
});

describe("phone numbers", () => {
  test("are written as Brazilians do while they are typed", () => {
    const cases = { 1: "1", 11: "11", 119: "(11) 9", 1198888: "(11) 9888-8", 11988887777: "(11) 98888-7777", 1133334444: "(11) 3333-4444", "+5511988887777": "(11) 98888-7777", 5511988887777: "(11) 98888-7777" };
    for (const [typed, shown] of Object.entries(cases)) assert.equal(formatPhone(typed), shown, typed);
  });

  test("of other countries, and what is no number, stay as they are", () => {
    for (const typed of ["+1 202 555 0123", "ramal 12", "+351 912 345 678"]) assert.equal(formatPhone(typed), typed);
  });

  test("with and without the ninth digit are one", () => {
    assert.equal(phoneKey("+5511988887777"), phoneKey("+551188887777"));
    assert.notEqual(phoneKey("+5511988887777"), phoneKey("+5521988887777"));
  });
});

const contact = (id, more = {}) => ({
  id, first_name: "João", last_name: "Silva", name: "João Silva", email: null, phone: null, tier: null, ltv: null, tags: [], custom_fields: {}, created_at: `2026-01-0${id}T00:00:00Z`, ...more,
});

describe("duplicates", () => {
  test("share a number, an e-mail or a full name, whatever accents and case", () => {
    assert.deepEqual(reasons(contact(1), contact(2, { name: "JOAO  silva" })), ["name"]);
    assert.deepEqual(reasons(contact(1, { name: "João" }), contact(2, { name: "João" })), []);
    assert.deepEqual(reasons(contact(1, { name: "a", phone: "+5511988887777" }), contact(2, { name: "b", phone: "+551188887777" })), ["phone"]);
    assert.deepEqual(reasons(contact(1, { name: "a", email: "a@b.c" }), contact(2, { name: "b", email: "A@b.c" })), ["email"]);
  });
});

describe("merging", () => {
  const winner = contact(1, { email: "a@b.c", tags: ["vip"], custom_fields: { plano: "anual" } });
  const loser = contact(2, { first_name: "Jão", email: "x@y.z", phone: "+551133334444", tags: ["vip", "novo"], custom_fields: { plano: "mensal", cidade: "Recife" } });

  test("asks only where both have something else to say", () => {
    assert.deepEqual(conflicts(winner, loser), ["first_name", "email"]);
  });

  test("keeps the winner's values, fills what it lacks and joins tags and fields", () => {
    const result = merged(winner, loser, new Set());
    assert.equal(result.email, "a@b.c");
    assert.equal(result.phone, "+551133334444");
    assert.deepEqual(result.tags, ["vip", "novo"]);
    assert.deepEqual(result.custom_fields, { plano: "anual", cidade: "Recife" });
  });

  test("takes what was chosen of the other", () => {
    assert.equal(merged(winner, loser, new Set(["email"])).email, "x@y.z");
  });

  test("asks about a custom field only when both have it, with different values", () => {
    assert.deepEqual(clashes(winner, loser), ["plano"]);
    assert.deepEqual(clashes(winner, { ...loser, custom_fields: { plano: "anual" } }), []);
  });
});

test("custom fields that nobody rewrites keep their kind", () => {
  const before = { pedidos: 3, plano: "anual", vip: true };
  const lines = linesOf(before);
  assert.deepEqual(fieldsOf(lines, before), before);
  lines[0].value = "4";
  assert.deepEqual(fieldsOf([...lines, { name: " ", value: "x" }], before), { ...before, pedidos: "4" });
});
