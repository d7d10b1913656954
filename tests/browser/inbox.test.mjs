// The inbox in a real browser: an attendant at work, with customers who write through the `api` channel and colleagues who act
// by REST.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, describe, test } from "node:test";
import axe from "axe-core";
import { launchBrowser, seed, Server, watch } from "./support/server.mjs";

const PASSWORD = "a long enough secret";
const PNG = await readFile(new URL("../../static/console/icons/icon-180.png", import.meta.url));

let server;
let world;
let browser;
/** @type {{context: any, faults: string[]}[]} */
let opened = [];

/** Somebody of the team before the console. */
async function console_(person, { path = "/inbox", context: options = {}, expected } = {}) {
  const context = await browser.newContext({ locale: "pt-BR", viewport: { width: 1400, height: 900 }, ...options });
  context.setDefaultTimeout(10_000);
  const faults = watch(context, [server.base, server.base.replace("http", "ws")], { expected });
  opened.push({ context, faults });
  const page = await context.newPage();
  await page.goto(server.base + path);
  await page.fill("input[type=email]", person.email);
  await page.fill("input[type=password]", PASSWORD);
  await page.keyboard.press("Enter");
  await page.locator(".inbox").waitFor();
  return page;
}

/** A customer who writes by the `api` channel. */
function customer(name) {
  const id = randomUUID();
  return {
    name,
    say: (text) => world.admin.post(`/api/channels/${world.channel}/messages`, { external_id: randomUUID(), from: { id, name }, text }),
  };
}

/** The conversation of a name, once the server has it with that status. */
async function conversation(name, status) {
  for (;;) {
    const { items } = await world.admin.get(`/api/sessions?q=${encodeURIComponent(name)}`);
    const found = items.find((item) => item.user_name === name && (!status || item.status === status));
    if (found) return found;
  }
}

/** Somebody who waits, or whom `person` serves. */
async function waits(name, text = "Oi, preciso de ajuda") {
  const who = customer(name);
  await who.say(text);
  const { session_id: session } = await conversation(name, "waiting");
  return { ...who, session };
}
async function served(person, name, text) {
  const who = await waits(name, text);
  await person.api.post("/api/attendance/take", { session_id: who.session });
  return who;
}

const messages = async (session) => (await world.admin.get(`/api/sessions/${session}/messages?limit=200`)).items;
const row = (page, name) => page.locator(".inbox-row", { hasText: name });
const bubble = (page, text) => page.locator(".message .bubble", { hasText: text });
const composer = (page) => page.locator(".composer textarea");

before(async () => {
  server = await Server.start();
  world = await seed(server, { channel: { kind: "api", name: "App" }, bot: { engine: "off" }, attendants: ["Ana Souza", "Bruno Dias"] });
  for (const [index, person] of world.attendants.entries()) {
    person.email = `p${index}.${world.channel}@example.com`;
    await world.admin.put(`/api/attendance/queues/${world.queue}/members/${person.id}`, { max_conversations: 100 });
  }
  await world.admin.post("/api/canned-responses", { name: "saudacao", text: "Olá {{name}}, aqui é {{attendant}}." });
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});
afterEach(async () => {
  const faults = opened.flatMap((one) => one.faults);
  await Promise.all(opened.map(({ context }) => context.close()));
  opened = [];
  assert.deepEqual(faults, []);
});

describe("the inbox", () => {
  test("somebody who waits appears at once, is taken, answered and resolved", async () => {
    const [ana] = world.attendants;
    const page = await console_(ana, { path: "/inbox?view=waiting" });
    const joao = await waits("João Silva", "Meu pedido não chegou");
    await row(page, "João Silva").getByText("Meu pedido não chegou").waitFor();
    await row(page, "João Silva").locator("a").click();
    await page.locator(".composer").getByRole("button", { name: "Assumir" }).click();
    await composer(page).fill("Bom dia, João!");
    await page.keyboard.press("Enter");
    await bubble(page, "Bom dia, João!").locator('.mark-of:not([data-status="queued"])').waitFor();
    assert.equal(await bubble(page, "Bom dia, João!").count(), 1);
    await joao.say("Bom dia! É o 8841.");
    await bubble(page, "É o 8841").waitFor();
    await page.getByText("Ana Souza assumiu").first().waitFor();
    await page.locator(".conversation-head").getByRole("button", { name: "Resolver" }).click();
    await page.getByLabel("Nota de encerramento").fill("Reenviado");
    await page.getByRole("dialog").getByRole("button", { name: "Resolver" }).click();
    await page.locator(".conversation-head").getByText("Resolvida").waitFor();
    const resolved = await conversation("João Silva", "resolved");
    const { handoff } = await world.admin.get(`/api/session/${resolved.session_id}`);
    assert.equal(handoff.note, "Reenviado");
    await page.getByText("O atendimento foi encerrado.").waitFor();
  });

  test("what a colleague hands over rings, and is accepted or goes back to them", async () => {
    const [ana, bruno] = world.attendants;
    const page = await console_(ana);
    const first = await served(bruno, "Marina Prado");
    const second = await served(bruno, "Otávio Sá");
    for (const { session } of [first, second]) await bruno.api.post("/api/attendance/transfer", { session_id: session, attendant_id: ana.id });
    await row(page, "Marina Prado").getByRole("button", { name: "Aceitar" }).click();
    await row(page, "Otávio Sá").getByRole("button", { name: "Recusar" }).click();
    await row(page, "Otávio Sá").waitFor({ state: "detached" });
    assert.equal((await conversation("Otávio Sá", "active")).assigned_to, bruno.id);
    assert.equal((await conversation("Marina Prado", "active")).assigned_to, ana.id);
    await row(page, "Marina Prado").getByRole("button", { name: "Aceitar" }).waitFor({ state: "detached" });
  });

  test("an answer that comes after its events takes nothing back of what they told", async () => {
    const [ana] = world.attendants;
    const { session } = await served(ana, "Inês Couto");
    const page = await console_(ana, { path: `/inbox/${session}` });
    const said = bubble(page, "Já vejo isso");
    const sent = said.locator('.mark-of[data-status="sent"]');
    let answered;
    const fulfilled = new Promise((done) => (answered = done));
    await page.route(`**/api/sessions/${session}/messages`, async (route) => {
      if (route.request().method() !== "POST") return route.fallback();
      const response = await route.fetch();
      await sent.waitFor();
      await route.fulfill({ response });
      answered();
    });
    await composer(page).fill("Já vejo isso");
    await page.keyboard.press("Enter");
    await fulfilled;
    // Forgotten by the outbox: the answer has been put in.
    await page.waitForFunction(() => !Object.keys(localStorage).some((key) => key.includes("outbox.")));
    await said.locator(".mark-of").waitFor();
    assert.equal(await said.locator(".mark-of").getAttribute("data-status"), "sent");
    assert.equal(await said.count(), 1);
  });

  test("a draft stays with its conversation, also over a reload", async () => {
    const [ana] = world.attendants;
    const one = await served(ana, "Célia Rocha");
    const other = await served(ana, "Davi Luz");
    const page = await console_(ana, { path: `/inbox/${one.session}` });
    await composer(page).fill("começo de resposta");
    await page.getByRole("tab", { name: "Nota interna" }).click();
    await composer(page).fill("só para a equipe");
    await page.getByRole("tab", { name: "Resposta" }).click();
    assert.equal(await composer(page).inputValue(), "começo de resposta");
    await row(page, "Davi Luz").locator("a").click();
    await page.getByRole("heading", { name: "Davi Luz", level: 1 }).waitFor();
    assert.equal(await composer(page).inputValue(), "");
    await row(page, "Célia Rocha").getByText("começo de resposta").waitFor();
    await page.reload();
    await page.goto(`${server.base}/inbox/${one.session}`);
    await page.getByRole("heading", { name: "Célia Rocha", level: 1 }).waitFor();
    assert.equal(await composer(page).inputValue(), "começo de resposta");
    await page.getByRole("tab", { name: "Nota interna" }).click();
    assert.equal(await composer(page).inputValue(), "só para a equipe");
    assert.equal((await messages(other.session)).filter(({ sender }) => sender.id === ana.id).length, 0);
  });

  test("notes, canned responses and commands: the customer gets what is meant for them", async () => {
    const [ana] = world.attendants;
    const { session } = await served(ana, "Íris Lopes");
    const page = await console_(ana, { path: `/inbox/${session}` });
    await composer(page).fill("/saud");
    await page.getByRole("option", { name: /saudacao/ }).waitFor();
    await page.keyboard.press("Enter");
    assert.equal(await composer(page).inputValue(), "Olá Íris, aqui é Ana.");
    await page.keyboard.press("Enter");
    await bubble(page, "Olá Íris, aqui é Ana.").waitFor();
    await composer(page).fill("/contexto");
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Resposta do comando" }).getByText("Íris Lopes").waitFor();
    await page.getByRole("tab", { name: "Nota interna" }).click();
    await page.getByLabel("Nota interna").last().fill("@Bruno veja isto");
    await page.keyboard.press("Enter");
    await page.locator(".message.private:not(.unsent)", { hasText: "@Bruno veja isto" }).waitFor();
    const said = (await messages(session)).filter(({ sender }) => sender.id === ana.id);
    assert.deepEqual(said.map(({ text, private: secret }) => [text, secret]), [["Olá Íris, aqui é Ana.", false], ["@Bruno veja isto", true]]);
  });

  test("a note that names somebody is among their mentions", async () => {
    const [ana, bruno] = world.attendants;
    const page = await console_(bruno, { path: "/inbox?view=mentions" });
    const live = await served(ana, "Kauã Reis");
    await ana.api.post(`/api/sessions/${live.session}/messages`, { client_id: randomUUID(), text: "@bruno, sabe deste?", private: true });
    await row(page, "Kauã Reis").waitFor();
    await page.reload();
    await row(page, "Kauã Reis").waitFor();
  });

  test("what came while somebody was elsewhere is counted, marked where it begins, and then read", async () => {
    const [ana] = world.attendants;
    const one = await served(ana, "Patrícia Mourão");
    await ana.api.post(`/api/sessions/${one.session}/messages`, { client_id: randomUUID(), text: "Já volto" });
    const page = await console_(ana);
    await one.say("Estou esperando");
    await one.say("Alguém aí?");
    await row(page, "Patrícia Mourão").locator(".count", { hasText: "2" }).waitFor();
    await row(page, "Patrícia Mourão").locator("a").click();
    await page.getByRole("separator").filter({ hasText: "2 mensagens novas" }).waitFor();
    await row(page, "Patrícia Mourão").locator(".count").waitFor({ state: "detached" });
    await one.say("Oi?");
    await bubble(page, "Oi?").waitFor();
    await page.getByRole("separator").filter({ hasText: "3 mensagens novas" }).waitFor();
  });

  test("an answer that is older than what happened meanwhile does not bring the past back", async () => {
    const [ana] = world.attendants;
    const ended = await served(ana, "Quitéria Braga");
    await ana.api.post(`/api/attendance/resolve/${ended.session}`);
    const live = await served(ana, "Quitéria Alves");
    await ana.api.post(`/api/sessions/${live.session}/messages`, { client_id: randomUUID(), text: "Já volto" });
    const page = await console_(ana);
    const events = new EventEmitter();
    const [asked, late] = [once(events, "asked"), once(events, "late")];
    await page.route(/\/api\/sessions\?.*q=/, async (route) => {
      const response = await route.fetch();
      events.emit("asked");
      await late;
      await route.fulfill({ response });
    });
    await row(page, "Quitéria Alves").waitFor();
    await page.getByLabel("Buscar conversas").fill("quiteria");
    await asked;
    await live.say("Continuo aqui");
    const count = row(page, "Quitéria Alves").locator(".count");
    await count.filter({ hasText: "1" }).waitFor();
    events.emit("late");
    await row(page, "Quitéria Braga").waitFor();
    assert.equal(await count.count(), 1);
  });

  test("files are attached, sent and seen", async () => {
    const [ana] = world.attendants;
    const { session } = await served(ana, "Rafael Teixeira");
    const page = await console_(ana, { path: `/inbox/${session}` });
    await composer(page).waitFor();
    await page.locator(".composer input[type=file]").setInputFiles([{ name: "etiqueta.png", mimeType: "image/png", buffer: PNG }, { name: "x.txt", mimeType: "text/plain", buffer: Buffer.from("olá") }]);
    await page.getByRole("button", { name: "Remover x.txt" }).click();
    await composer(page).fill("Segue a etiqueta");
    await page.locator(".composer").getByRole("button", { name: "Enviar", exact: true }).click();
    await bubble(page, "Segue a etiqueta").locator("img").waitFor();
    const [sent] = (await messages(session)).filter(({ sender }) => sender.id === ana.id);
    assert.deepEqual(sent.attachments.map(({ name }) => name), ["etiqueta.png"]);
    await bubble(page, "Segue a etiqueta").getByRole("button", { name: /etiqueta.png/ }).click();
    await page.getByRole("dialog").locator("img").waitFor();
  });

  test("what is written without a network is sent once when there is one again", async () => {
    const [ana] = world.attendants;
    const { session } = await served(ana, "Sônia Regina");
    const page = await console_(ana, { path: `/inbox/${session}`, expected: (text) => /ERR_INTERNET_DISCONNECTED|WebSocket/.test(text) });
    await composer(page).waitFor();
    await page.context().setOffline(true);
    await composer(page).fill("escrita no túnel");
    await page.keyboard.press("Enter");
    await bubble(page, "escrita no túnel").locator('[data-status="queued"]').waitFor();
    await page.context().setOffline(false);
    await bubble(page, "escrita no túnel").locator('.mark-of:not([data-status="queued"])').waitFor();
    assert.equal((await messages(session)).filter(({ text }) => text === "escrita no túnel").length, 1);
    assert.equal(await bubble(page, "escrita no túnel").count(), 1);
  });

  test("older messages come while scrolling up, and nothing jumps", async () => {
    const [ana] = world.attendants;
    const { session } = await served(ana, "Túlio Falcão");
    for (let n = 1; n <= 120; n++) await ana.api.post(`/api/sessions/${session}/messages`, { client_id: randomUUID(), text: `mensagem ${n}.` });
    const page = await console_(ana, { path: `/inbox/${session}` });
    await bubble(page, "mensagem 120.").waitFor();
    const thread = page.locator(".thread");
    const atEnd = () => thread.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight < 4);
    assert.ok(await atEnd(), "it opens at its end");
    assert.equal(await bubble(page, "mensagem 1.").count(), 0);
    const place = async () => (await bubble(page, "mensagem 80.").boundingBox())?.y;
    await bubble(page, "mensagem 80.").scrollIntoViewIfNeeded();
    const before = await place();
    await thread.evaluate((element) => element.scrollBy(0, -1));
    await bubble(page, "mensagem 60.").waitFor({ state: "attached" });
    assert.ok(Math.abs((await place()) - before) < 8, `from ${before} to ${await place()}`);
    await page.getByRole("button", { name: "Ir para a última mensagem" }).click();
    await page.waitForFunction(() => {
      const element = document.querySelector(".thread");
      return element && element.scrollHeight - element.scrollTop - element.clientHeight < 4;
    });
    await ana.api.post(`/api/sessions/${session}/messages`, { client_id: randomUUID(), text: "a mais nova" });
    await bubble(page, "a mais nova").waitFor();
    await page.waitForFunction(() => {
      const element = document.querySelector(".thread");
      return element && element.scrollHeight - element.scrollTop - element.clientHeight < 4;
    });
  });

  test("a supervisor takes over what somebody has, and reopens what has ended", async () => {
    const [ana] = world.attendants;
    const { id } = await world.admin.post("/api/users", { name: "Diego Martins", email: "diego@example.com", password: PASSWORD, role: "supervisor" });
    await world.admin.post(`/api/attendance/queues/${world.queue}/members`, { user_id: id, max_conversations: 100 });
    const one = await served(ana, "Wagner Luiz");
    const page = await console_({ email: "diego@example.com" }, { path: `/inbox/${one.session}?view=all` });
    await page.getByRole("button", { name: "Assumir a conversa" }).click();
    await composer(page).waitFor();
    assert.equal((await conversation("Wagner Luiz", "active")).assigned_to, id);
    await page.keyboard.press("e");
    await page.getByRole("dialog").getByRole("button", { name: "Resolver" }).click();
    await page.getByRole("button", { name: "Reabrir" }).click();
    await composer(page).waitFor();
    assert.equal((await conversation("Wagner Luiz", "active")).assigned_to, id);
  });

  test("a filter narrows the list, is kept by its name, and a search looks beyond it", async () => {
    const [ana] = world.attendants;
    const vip = await served(ana, "Camila Façanha");
    await served(ana, "Renan Côrtes");
    await ana.api.post(`/api/sessions/${vip.session}/tags`, { tags: ["vip"] });
    const page = await console_(ana);
    await row(page, "Renan Côrtes").waitFor();
    await page.getByRole("button", { name: "Filtrar" }).click();
    await page.getByLabel("Etiqueta").selectOption("vip");
    await row(page, "Renan Côrtes").waitFor({ state: "detached" });
    await row(page, "Camila Façanha").waitFor();
    await page.getByRole("button", { name: "Salvar filtro" }).click();
    await page.getByLabel("Nome", { exact: true }).fill("Só VIP");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Remover" }).click();
    await row(page, "Renan Côrtes").waitFor();
    await page.getByRole("button", { name: "Listas" }).click();
    await page.getByRole("menuitem", { name: "Só VIP" }).click();
    await row(page, "Renan Côrtes").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Remover" }).click();
    await page.getByLabel("Buscar conversas").fill("facanha");
    await row(page, "Camila Façanha").waitFor();
    await row(page, "Renan Côrtes").waitFor({ state: "detached" });
    await page.getByLabel("Buscar conversas").fill("ninguém com este nome");
    await page.getByText("Nada encontrado").waitFor();
  });

  test("everything can be done from the keyboard", async () => {
    const [ana, bruno] = world.attendants;
    const one = await waits("Zélia Duarte");
    const page = await console_(ana, { path: `/inbox/${one.session}?view=waiting` });
    await page.getByRole("heading", { name: "Zélia Duarte", level: 1 }).waitFor();
    await page.keyboard.press("a");
    await composer(page).waitFor();
    await page.keyboard.press("y");
    await page.keyboard.press("3");
    await page.locator('.conversation-head .priority[data-priority="3"]').waitFor();
    await page.keyboard.press("s");
    await page.keyboard.type("Troca de tênis");
    await page.keyboard.press("Enter");
    await page.locator(".conversation-subject", { hasText: "Troca de tênis" }).waitFor();
    await page.keyboard.press("p");
    await page.locator(".conversation-head").getByText("Pendente").waitFor();
    await page.keyboard.press("t");
    await page.keyboard.type("bruno");
    await page.getByRole("radio", { name: /Bruno Dias/ }).press("Space");
    await page.getByLabel("Motivo").fill("É do Bruno");
    await page.getByRole("dialog").getByRole("button", { name: "Transferir" }).click();
    assert.equal((await conversation("Zélia Duarte", "assigned")).assigned_to, bruno.id);
    await bruno.api.post("/api/attendance/take", { session_id: one.session });
    await page.getByText("Quem atende é Bruno Dias.").waitFor();
  });

  test("arrows move through the list, J and K through the conversations", async () => {
    const [ana] = world.attendants;
    await served(ana, "Letícia Freire");
    await served(ana, "Márcio Leão");
    const page = await console_(ana);
    const rows = page.locator(".inbox-row");
    await row(page, "Márcio Leão").waitFor();
    const names = await rows.locator("strong").allInnerTexts();
    await rows.first().locator("a").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: names[1], level: 1 }).waitFor();
    await page.keyboard.press("k");
    await page.getByRole("heading", { name: names[0], level: 1 }).waitFor();
    await page.keyboard.press("j");
    await page.getByRole("heading", { name: names[1], level: 1 }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { name: "Escolha uma conversa" }).waitFor();
  });

  test("what is pasted or dropped is attached", async () => {
    const [ana] = world.attendants;
    const { session } = await served(ana, "Gabriela Brandão");
    const page = await console_(ana, { path: `/inbox/${session}` });
    await composer(page).waitFor();
    const give = (type, name) =>
      composer(page).evaluate(
        (field, [kind, bytes, file]) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], file, { type: "image/png" }));
          const fields = { bubbles: true, cancelable: true };
          field.dispatchEvent(kind === "paste" ? new ClipboardEvent("paste", { ...fields, clipboardData: data }) : new DragEvent("drop", { ...fields, dataTransfer: data }));
        },
        [type, [...PNG], name],
      );
    await give("paste", "colada.png");
    await give("drop", "solta.png");
    await page.locator(".composer").getByRole("button", { name: "Enviar", exact: true }).click();
    await page.locator(".message:not(.unsent) .picture img").nth(1).waitFor();
    const [sent] = (await messages(session)).filter(({ sender }) => sender.id === ana.id);
    assert.deepEqual(sent.attachments.map(({ name }) => name), ["colada.png", "solta.png"]);
  });

  test("the customer is edited in place, and somebody else's change is not lost", async () => {
    const [ana] = world.attendants;
    const { session } = await served(ana, "Vânia Castro");
    const page = await console_(ana, { path: `/inbox/${session}`, expected: (text) => text.includes("412") });
    await page.getByRole("button", { name: "Editar o contato" }).click();
    const { contact } = await world.admin.get(`/api/session/${session}`);
    await world.admin.put(`/api/crm/contacts/${contact.id}`, { tier: "ouro" });
    await page.getByLabel("E-mail").fill("vania@cliente.example");
    await page.getByRole("button", { name: "Salvar" }).click();
    await page.getByRole("button", { name: "Ver como está agora" }).click();
    await page.locator(".contact").getByText("ouro").waitFor();
    await page.getByRole("button", { name: "Editar o contato" }).click();
    await page.getByLabel("E-mail").fill("vania@cliente.example");
    await page.getByRole("button", { name: "Salvar" }).click();
    await page.locator(".contact").getByText("vania@cliente.example").waitFor();
    assert.equal((await world.admin.get(`/api/crm/contacts/${contact.id}`)).tier, "ouro");
  });

  test("on a phone list, conversation and customer are pages", async () => {
    const [ana] = world.attendants;
    await served(ana, "Heitor Vilela");
    const page = await console_(ana, { context: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } });
    await row(page, "Heitor Vilela").locator("a").tap();
    await page.getByRole("heading", { name: "Heitor Vilela", level: 1 }).waitFor();
    assert.equal(await page.locator(".inbox-list").isVisible(), false);
    await page.getByRole("button", { name: "Cliente", exact: true }).tap();
    await page.getByRole("complementary", { name: "Cliente" }).waitFor();
    assert.equal(await composer(page).isVisible(), false);
    await page.getByRole("button", { name: "Voltar à conversa" }).tap();
    await composer(page).waitFor();
    await page.getByRole("link", { name: "Voltar à lista" }).tap();
    await row(page, "Heitor Vilela").waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  });

  for (const [name, context] of [
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["on a phone", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
  ]) {
    test(`axe has nothing serious to say: ${name}`, async () => {
      const [ana] = world.attendants;
      const person = await served(ana, `Ângela ${name}`, "Veja https://a.example");
      await ana.api.post(`/api/sessions/${person.session}/messages`, { client_id: randomUUID(), text: "uma nota", private: true });
      await ana.api.post(`/api/sessions/${person.session}/tags`, { tags: ["vip", "entrega"] });
      const page = await console_(ana, { path: `/inbox/${person.session}`, context });
      const check = async () => {
        // The policy of the page keeps injected scripts out; evaluated ones are the debugger's.
        await page.evaluate(axe.source);
        // What still fades in has the contrast of nothing.
        await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((one) => one.effect?.getTiming().iterations === 1).map((one) => one.finished)));
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
        assert.deepEqual(violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`)]), []);
      };
      await bubble(page, "uma nota").waitFor();
      await check();
      await page.keyboard.press("t");
      await page.getByRole("dialog").waitFor();
      await check();
    });
  }
});
