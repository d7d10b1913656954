//! What each part of the language means.

use super::*;

/// A script and what it returns.
fn table(cases: &[(&str, serde_json::Value)]) {
    for (source, expected) in cases {
        assert_eq!(result(source), *expected, "{source}");
    }
}

#[test]
fn expressions_follow_the_usual_precedence() {
    table(&[
        ("RETURN 1 + 2 * 3 ^ 2", json!(19)),
        ("RETURN -2 ^ 2", json!(-4)),
        ("RETURN 7 MOD 4 + 10 / 4", json!(5.5)),
        ("RETURN NOT 1 = 2 AND 2 > 1", json!(true)),
        ("RETURN 1 = 2 OR 3 <> 3 OR NOT FALSE", json!(true)),
        ("RETURN \"a\" + 1 + 2", json!("a12")),
        ("RETURN 1 + 2 & \"a\"", json!("3a")),
        ("RETURN 2 IN [1, 2] AND \"x\" NOT IN [1]", json!(true)),
        ("RETURN [1] + [2] + 3", json!([1, 2, 3])),
        ("RETURN 0.1 + 0.2 = 0.3", json!(true)),
        ("RETURN 0.1 + 0.2 <= 0.3 AND 0.3 >= 0.1 + 0.2 AND NOT 0.3 < 0.1 + 0.2 AND NOT 0.1 + 0.2 <> 0.3", json!(true)),
        ("RETURN [-7 MOD 3, 7 - 9.5, 2 > 1, 1 > 2, 2 * \"3\"]", json!([-1, -2.5, true, false, 6])),
        ("RETURN \"10\" > 9 AND \"10\" = 10", json!(true)),
        ("x = NULL\nRETURN x IS NULL AND x + 1 = 1 AND NOT x", json!(true)),
        ("x = [] \nRETURN x IS EMPTY AND x IS NOT NULL", json!(true)),
    ]);
}

#[test]
fn maps_and_lists_are_written_read_and_changed() {
    table(&[
        ("p = {\"nome\": \"Ana\", idade: 30}\nRETURN p.nome + p[\"idade\"]", json!("Ana30")),
        ("p = #{\n  a: [1,\n    2],\n  b: {}\n}\np.b.c = p.a[1]\nRETURN p", json!({"a": [1, 2], "b": {"c": 2}})),
        ("a = [1, 2]\nb = a\na[0] = 9\nPUSH a, 3\nRETURN [a, b]", json!([[9, 2, 3], [1, 2]])),
        ("a = [1, 2, 3]\nx = POP a\nRETURN [x, a]", json!([3, [1, 2]])),
        ("a.b[\"c\"].d = 1\nRETURN a", json!({"b": {"c": {"d": 1}}})),
        ("x.lista = []\nPUSH x.lista, 1\nx.lista.push(2)\nRETURN x.lista", json!([1, 2])),
        ("a = [10, 20]\nRETURN a(1) + a[-1]", json!(40)),
        ("cliente = [{\"Nome\": \"Rui\"}]\nRETURN cliente.nome", json!("Rui")),
        (
            "c.nome = \"x\"\nWITH c\n  .nome = \"Ana\"\n  .fala = \"oi \" + .nome\nEND WITH\nRETURN c.fala",
            json!("oi Ana"),
        ),
        ("PREÇO = 5\nRETURN preço * 2", json!(10)),
    ]);
}

#[test]
fn choices_and_loops_do_what_they_say() {
    table(&[
        ("IF 1 > 2 THEN\nRETURN 1\nELSE IF 2 > 1 THEN\nRETURN 2\nELSE\nRETURN 3\nEND IF", json!(2)),
        ("IF FALSE THEN x = 1 : y = 1 ELSE x = 2 : y = 3\nRETURN x + y", json!(5)),
        ("IF TRUE THEN IF FALSE THEN x = 1 ELSE x = 2\nRETURN x", json!(2)),
        (
            "SELECT CASE 7\nCASE 1, 2\nx = \"a\"\nCASE 5 TO 9\nx = \"b\"\nCASE ELSE\nx = \"c\"\nEND SELECT\nRETURN x",
            json!("b"),
        ),
        ("SELECT CASE 7\nCASE IS < 3\nx = 1\nCASE > 6\nx = 2\nEND SELECT\nRETURN x", json!(2)),
        ("SWITCH \"b\"\nCASE \"a\":\nx = 1\nDEFAULT:\nx = 2\nEND SWITCH\nRETURN x", json!(2)),
        ("s = 0\nFOR i = 10 TO 1 STEP -3\ns = s + i\nNEXT i\nRETURN s", json!(22)),
        ("n = 0\nFOR x = 0 TO 1 STEP 0.1\nn = n + 1\nNEXT\nRETURN n", json!(11)),
        (
            "t = \"\"\nFOR EACH x IN [1, 2, 3, 4]\nIF x = 2 THEN CONTINUE\nIF x = 4 THEN EXIT FOR\nt = t + x\nNEXT x\nRETURN t",
            json!("13"),
        ),
        ("t = \"\"\nFOR EACH campo IN {\"b\": 1, \"a\": 2}\nt = t + campo\nNEXT\nRETURN t", json!("ab")),
        ("i = 0\nWHILE i < 5\ni = i + 1\nIF i = 3 THEN EXIT WHILE\nWEND\nRETURN i", json!(3)),
        ("i = 0\nDO\ni = i + 1\nLOOP UNTIL i >= 4\nRETURN i", json!(4)),
        ("i = 9\nDO WHILE i < 4\ni = i + 1\nLOOP\nRETURN i", json!(9)),
        ("i = 0\nvolta:\ni = i + 1\nIF i < 3 THEN GOTO volta\nRETURN i", json!(3)),
    ]);
}

#[test]
fn procedures_have_their_own_variables_and_share_those_of_the_main_part() {
    table(&[
        ("RETURN dobro(4) + dobro 1\nFUNCTION dobro(n)\nRETURN n * 2\nEND FUNCTION", json!(10)),
        ("FUNCTION fat(n)\nIF n < 2 THEN RETURN 1\nRETURN n * fat(n - 1)\nEND\nRETURN fat(10)", json!(3_628_800)),
        ("total = 1\nCALL soma(5)\nsoma 4\nsoma(1)\nRETURN total\nSUB soma(n)\ntotal = total + n\nEND SUB", json!(11)),
        (
            "t = 0\nFOR i = 1 TO 3\nCALL laco\nNEXT\nRETURN t\nSUB laco()\nFOR i = 1 TO 2\nt = t + 1\nNEXT\nEND SUB",
            json!(6),
        ),
        ("x = 1\nCALL f\nRETURN x\nSUB f\nDIM x\nx = 2\nEND SUB", json!(1)),
        ("RETURN f()\nFUNCTION f()\nIF TRUE THEN EXIT FUNCTION\nRETURN 1\nEND FUNCTION", json!(null)),
    ]);
}

#[test]
fn errors_are_caught_resumed_and_told() {
    table(&[
        (
            "ON ERROR RESUME NEXT\nx = 1\nx = 1 / 0\nRETURN [x, ERROR.code, ERROR.line, ERROR]",
            json!([1, "division_by_zero", 3, "divisão por zero"]),
        ),
        ("ON ERROR GOTO erro\nx = 1 / 0\nx = 5\nRETURN x\nerro:\nRESUME NEXT", json!(5)),
        ("z = 0\nON ERROR GOTO erro\nx = 1 / z\nRETURN x\nerro:\nz = 2\nRESUME", json!(0.5)),
        ("ON ERROR GOTO erro\nTHROW \"ops\"\nRETURN 1\nerro:\nRETURN ERROR.message", json!("ops")),
        (
            "ON ERROR GOTO erro\nTHROW {\"code\": \"meu\", \"message\": \"ops\"}\nRETURN 1\nerro:\nCLEAR ERROR\nRETURN ERROR IS NULL",
            json!(true),
        ),
        (
            "ON ERROR RESUME NEXT\nx = f(1) + 1\nRETURN [x, ERROR.line]\nFUNCTION f(n)\nRETURN n / 0\nEND FUNCTION",
            json!([null, 5]),
        ),
        ("ON ERROR RESUME NEXT\nIF 1 / 0 THEN\nRETURN \"dentro\"\nEND IF\nRETURN \"depois\"", json!("depois")),
    ]);
    play("ON ERROR GOTO a\nx = 1 / 0\na:\ny = [1][5]", "! out_of_range 4");
    play("ON ERROR GOTO a\nON ERROR GOTO 0\nx = 1 / 0\na:", "! division_by_zero 3");
}

#[test]
fn functions_and_commands_take_every_form() {
    table(&[
        ("nome = \"ana\"\nRETURN UCASE nome", json!("ANA")),
        ("RETURN UCASE(\"ana\").left(2)", json!("AN")),
        ("RETURN LEN(\"ação\") = 4 AND LEN \"ab\" = 2", json!(true)),
        ("left = 3\nRETURN left + LEFT(\"abc\", 1)", json!("3a")),
        ("RETURN NOW > TODAY AND HOUR(NOW) = 12", json!(true)),
        ("RETURN SESSION.channel + GET SESSION \"user_name\"", json!("whatsappAna")),
        (
            "SET SESSION \"plano\", \"pro\"\nsession.tipo = 2\nRETURN [session.plano, GET_SESSION(\"tipo\")]",
            json!(["pro", 2]),
        ),
        ("itens = [{\"v\": 1}, {\"v\": 5}]\nRETURN AGGREGATE(\"sum\", FILTER itens, \"v > 2\", \"v\")", json!(5)),
        ("RETURN FIRST [3, 4]", json!(3)),
        ("RETURN FORMAT(1234.5, \"currency\")", json!("R$ 1.234,50")),
        ("x = 1\nIF x = 1 THEN FAIL\nIF x = 2 THEN x = 3 ELSE TYPING\nRETURN x", json!(1)),
        ("SET x TO 4\nLET y = x\nRETURN y", json!(4)),
    ]);
    for transfer in [
        "TRANSFER TO HUMAN \"vendas\", \"high\", \"plano\"",
        "TRANSFER_TO_HUMAN \"vendas\", \"high\", \"plano\"",
        "transfer to_human(\"vendas\", \"high\", \"plano\")",
        "r = TRANSFER TO HUMAN(\"vendas\", \"high\", \"plano\")",
        "TRANSFER TO HUMAN \"vendas\" \"high\" \"plano\"",
        "r = Transfer To Human {\"who\": \"vendas\", \"priority\": \"alta\", \"reason\": \"plano\"}",
    ] {
        play(
            transfer,
            "? transfer_to_human \"who\":\"vendas\" \"priority\":\"high\" \"reason\":\"plano\" -> {}\n= null",
        );
    }
    play("TRANSFER TO HUMAN , \"urgent\"", "? \"who\":null \"urgent\" -> {}\n= null");
}

#[test]
fn every_command_becomes_its_request() {
    for (source, request) in [
        ("TALK TO \"whatsapp:+5511999990000\", \"oi\"", "talk_to"),
        ("SEND FILE TO \"ana@x.com\", \"f.pdf\", \"boleto\"", "send_file_to boleto"),
        ("SEND TO \"sms\", \"+55119\", \"oi\"", "send_to sms"),
        ("BROADCAST \"oi\" TO [\"a\", \"b\"]", "broadcast [\"a\",\"b\"]"),
        ("NOTIFY {\"id\": \"7\"}, \"ajuda\"", "notify \"attendant\":\"7\""),
        ("SET BOT \"vendas\"", "set_bot"),
        ("SET USER \"7\"", "set_user"),
        ("SET BOT \"cota\", 5", "remember \"scope\":\"bot\" \"cota\" 5"),
        ("SET USER \"plano\", \"ouro\"", "remember \"contact\" \"plano\" \"ouro\""),
        ("SET BOT MEMORY \"k\", 1", "remember \"scope\":\"bot\""),
        ("x = GET BOT MEMORY \"k\"", "recall \"bot\""),
        ("SET USER MEMORY \"k\", 1", "remember \"contact\""),
        ("REMEMBER \"k\", \"v\", \"2 dias\"", "remember 172800"),
        ("x = RECALL \"k\"", "recall"),
        ("x = SENTIMENT(\"ruim\")", "sentiment"),
        ("x = INTENT \"preço\"", "intent"),
        ("q = GET QUEUE \"status=waiting channel=x\"", "get_queue status=waiting"),
        ("q = GET QUEUE", "get_queue null"),
        ("n = NEXT IN QUEUE", "next_in_queue"),
        ("a = NEXT ATTENDANT \"least-loaded\"", "next_attendant least-loaded"),
        (
            "ASSIGN CONVERSATION {\"session_id\": \"s1\"} TO {\"id\": \"a1\"}",
            "assign \"conversation\":\"s1\" \"attendant\":\"a1\"",
        ),
        ("ASSIGN CONVERSATION \"s1\", \"a1\"", "assign \"attendant\":\"a1\""),
        ("RESOLVE CONVERSATION \"s1\" WITH \"ok\"", "resolve \"reason\":\"ok\""),
        ("RESOLVE CONVERSATION \"s1\"", "resolve \"reason\":null"),
        ("SET PRIORITY \"s1\" TO \"high\"", "set_priority high"),
        ("x = GET ATTENDANTS WITH STATUS \"online\"", "get_attendants online"),
        ("x = GET ATTENDANTS", "get_attendants null"),
        ("x = GET ATTENDANT STATS \"a\"", "attendant_stats"),
        ("SET ATTENDANT STATUS \"a\" TO \"away\"", "set_attendant_status away"),
        ("TAG CONVERSATION \"s1\" WITH \"vip\"", "tag vip"),
        ("ADD NOTE \"s1\" TO \"ligar\"", "add_note ligar"),
        ("x = GET CUSTOMER HISTORY \"c\"", "customer_history"),
        ("x = GET TIPS \"s\" \"m\"", "tips \"message\":\"m\""),
        ("x = POLISH MESSAGE \"oi\", \"formal\"", "polish formal"),
        ("x = GET SMART REPLIES \"s\"", "smart_replies"),
        ("x = GET SUMMARY", "summary"),
        ("x = ANALYZE SENTIMENT \"s\", \"m\"", "analyze_sentiment \"conversation\":\"s\""),
        ("x = FIND \"leads\", \"cidade = ? and valor > 3\", \"Recife\", 5", "find \"limit\":5 Recife"),
        ("x = FIRST \"leads\", {\"email\": \"a@b.c\"}", "first a@b.c"),
        ("CREATE \"leads\", {\"nome\": \"Ana\"}", "create Ana"),
        ("INSERT \"leads\", {\"nome\": \"Ana\"}", "create Ana"),
        ("UPDATE \"leads\", \"7\", {\"nome\": \"Ana\"}", "update \"id\":\"7\""),
        ("UPDATE \"leads\", \"nome = 'x'\", {\"nome\": \"Ana\"}", "update filter"),
        ("SAVE \"leads\", \"Ana\", 30", "save [\"Ana\",30]"),
        ("MERGE \"leads\", \"email = 'a'\", {\"nome\": \"Ana\"}", "merge"),
        ("DELETE \"leads\", \"7\"", "delete"),
        ("m = CREATE MEETING({\"title\": \"Demo\",\n  \"recording\": TRUE})", "create_meeting Demo"),
        ("m.room_id = \"r1\"\nm.request_screen_share()", "request_screen_share \"r1\""),
        ("REQUEST SCREEN SHARE \"r1\"", "request_screen_share"),
        ("CALL \"+551133334444\"", "call_phone"),
        ("x = LLM \"diga \" + 1", "llm \"prompt\":\"diga\u{20}1\""),
        ("USE KB \"faq\"", "use_kb"),
        ("CLEAR KB", "clear_kb"),
        ("x = THINK KB \"prazo\"", "search_kb"),
        ("USE TOOL \"t\"", "use_tool"),
        ("USE MODEL \"m\"", "use_model"),
        ("SET CONTEXT \"loja\" AS \"aberta\"", "set_context aberta"),
        ("BEGIN SYSTEM PROMPT\nSeja gentil.\nEND SYSTEM PROMPT", "system_prompt gentil"),
        ("x = ANSWER \"prazo?\"", "answer"),
        ("x = CLASSIFY \"t\", [\"a\", \"b\"]", "classify [\"a\",\"b\"]"),
        ("x = SUMMARIZE \"t\"", "summarize"),
        ("x = TRANSLATE \"oi\", \"en\"", "translate \"language\":\"en\""),
        ("x = EXTRACT {nome, cpf} FROM \"sou Ana\"", "extract \"cpf\":null"),
        ("x = READ DOCUMENT \"u\", {total}", "read_document total"),
        ("SET HEADER \"X-Key\", \"1\"\nx = GET \"https://a.b/c\"", "http GET X-Key"),
        ("x = POST \"https://a.b\", {\"a\": 1}, {\"X\": \"2\"}, 10", "http POST \"timeout_seconds\":10 [\"X\",\"2\"]"),
        ("x = DELETE HTTP \"https://a.b\"", "http DELETE"),
        ("x = MCP \"srv\", \"tool\", {\"a\": 1}", "mcp srv"),
        ("SEND MAIL \"a@b.c, d@e.f\", \"Oi\", \"Texto\"", "send_mail [\"a@b.c\",\"d@e.f\"]"),
        (
            "BEGIN MAIL \"a@b.c\"\nAssunto: Pedido ${1 + 1}\n\nOlá\nEND MAIL",
            "send_mail \"subject\":\"Pedido 2\" \"body\":\"Olá\"",
        ),
        ("START JOURNEY \"boas-vindas\"", "start_journey"),
        ("CREATE TICKET {\"subject\": \"x\"}", "create_ticket"),
        ("PUBLISH EVENT \"pago\", {\"id\": 1}", "publish_event"),
    ] {
        play(source, &format!("? {request} -> null\n= null"));
    }
}

#[test]
fn what_has_no_answer_is_said_in_order() {
    play(
        "TYPING\nTALK IMAGE \"u.png\", \"foto\"\nSUGGEST \"a\", \"b\"\nADD SUGGESTION \"h\" AS \"Pessoa\"\nCLEAR SUGGESTIONS\nREACT \"👍\"\nFAIL\nPRINT 1",
        r#"* {"type":"typing","on":true}
        * {"type":"media","kind":"image","url":"u.png","caption":"foto"}
        * {"type":"suggest","choices":[{"value":"a","label":"a"},{"value":"b","label":"b"}]}
        * {"type":"suggest","choices":[{"value":"h","label":"Pessoa"}]}
        * {"type":"clear_suggestions"}
        * {"type":"react","emoji":"👍"}
        * {"type":"failed","reason":null}
        * {"type":"log","level":"info","text":"1","line":8}
        = null"#,
    );
}

#[test]
fn a_header_says_when_a_script_runs_and_what_it_takes() {
    let source = r#"
PARAM assunto AS STRING LIKE "Impressora quebrada" DESCRIPTION "Título curto"
PARAM email AS EMAIL DESCRIPTION "Para onde responder"
PARAM urgente AS BOOLEAN OPTIONAL
PARAM cor AS "azul", "verde"
DESCRIPTION "Abre um chamado"
SET SCHEDULE "dias úteis às 8h"
WEBHOOK "/pedidos/novo"
ON INSERT OF "leads"
ON MEETING STARTED
ON "no reply"
TABLE pedidos
  numero AS INTEGER KEY
  cliente string(150) REQUIRED
END TABLE
RETURN assunto
"#;
    let program = program(source);
    let schema = program.header.schema();
    assert_eq!(schema["required"], json!(["assunto", "email", "cor"]));
    assert_eq!(
        schema["properties"]["assunto"],
        json!({"type": "string", "description": "Título curto", "examples": ["Impressora quebrada"]})
    );
    assert_eq!(schema["properties"]["email"]["format"], json!("email"));
    assert_eq!(schema["properties"]["cor"]["enum"], json!(["azul", "verde"]));
    assert_eq!(program.header.schedules[0].cron, "0 8 * * 1-5");
    assert_eq!(program.header.webhooks, ["pedidos/novo"]);
    assert_eq!(program.header.triggers.len(), 3);
    assert_eq!(program.header.tables[0].columns.len(), 2);
    let inputs = [("Assunto".to_owned(), Value::text("Tela azul"))];
    let step = turn(&Limits::default(), |turn| Machine::start(&program, inputs, turn));
    assert_eq!(step.outcome, Outcome::Done("Tela azul".into()));
}
