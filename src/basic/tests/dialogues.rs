//! Bots as people write them, and the conversations they have.

use super::*;

#[test]
fn a_reception_greets_asks_and_hands_over() {
    let source = r#"
' recepcao.bas
TALK "Olá " + session.user_name + "! Bem-vinda à Loja Azul."
TALK "Como posso ajudar?"
HEAR opcao AS "Segunda via de boleto", "Falar com vendas", "Horário"
SELECT CASE opcao
  CASE "Horário"
    TALK "Atendemos de segunda a sexta, das 8h às 18h."
  CASE "Falar com vendas"
    fila = TRANSFER TO HUMAN "vendas", "normal", "cliente escolheu vendas"
    IF fila.success THEN
      TALK "Você é o número " + fila.position + " da fila."
    ELSE
      TALK "Agora não há ninguém; tente mais tarde."
    END IF
  CASE ELSE
    TALK "Me passe o seu CPF, por favor."
    HEAR cpf AS CPF
    boleto = FIRST "boletos", "cpf = ? and status = 'aberto'", cpf
    IF NOT FOUND THEN
      TALK "Não achei boleto em aberto para " + cpf + "."
    ELSE
      TALK FILE boleto.url, "Vence em " + FORMAT(boleto.vencimento, "dd/MM/yyyy")
    END IF
END SELECT
"#;
    let greeting =
        "> Olá Ana! Bem-vinda à Loja Azul.\n> Como posso ajudar? [Segunda via de boleto|Falar com vendas|Horário]\n";
    play(source, &format!("{greeting}< horario\n> Atendemos de segunda a sexta, das 8h às 18h.\n= null"));
    play(
        source,
        &format!(
            "{greeting}< 2\n? transfer_to_human vendas -> {{\"success\": true, \"position\": 3}}\n> Você é o número 3 da fila.\n= null"
        ),
    );
    play(
        source,
        &format!(
            "{greeting}< boleto\n> Me passe o seu CPF, por favor.\n< 529.982.247-25\n? first boletos 529.982.247-25 -> {{\"url\": \"b.pdf\", \"vencimento\": \"2026-02-10\"}}\n\
             * {{\"type\":\"media\",\"kind\":\"file\",\"url\":\"b.pdf\",\"caption\":\"Vence em 10/02/2026\"}}\n= null"
        ),
    );
    play(
        source,
        &format!(
            "{greeting}< 1\n> Me passe o seu CPF, por favor.\n< 52998224725\n? first boletos -> null\n> Não achei boleto em aberto para 529.982.247-25.\n= null"
        ),
    );
}

#[test]
fn a_question_is_asked_three_times_then_fails() {
    let ask = "TALK \"Quantas pessoas?\"\nHEAR n AS INTEGER\nTALK \"Mesa para \" + (n + 0)";
    let again = "> Não entendi o número. Pode escrever só o número? Por exemplo: 3\n";
    play(ask, &format!("> Quantas pessoas?\n< várias\n{again}< somos 4\n> Mesa para 4\n= null"));
    let in_vain = format!(
        "> Quantas pessoas?\n< várias\n{again}< sei lá\n{again}< hum\n* {{\"type\":\"failed\",\"reason\":\"no_valid_answer\"}}\n"
    );
    play(ask, &format!("{in_vain}! no_valid_answer 2"));
    let caught = format!("ON ERROR GOTO pessoa\n{ask}\nEND\npessoa:\nTRANSFER TO HUMAN \"suporte\", \"normal\", ERROR");
    play(&caught, &format!("{in_vain}? transfer_to_human suporte -> {{}}\n= null"));
    play(ask, "> Quantas pessoas?\n< cancelar\n! cancelled 2");
}

#[test]
fn a_sale_is_qualified_and_written_down() {
    let source = r##"
BEGIN TALK
Oi, ${session.user_name}!
Vamos fazer um orçamento de R$ ${FORMAT(10 * 150, "#,##0.00")}.
END TALK
HEAR nome AS NAME
HEAR valor AS MONEY
IF valor >= 3000 THEN tom = "premium" ELSE tom = "casual"
contato = CREATE "leads", {"nome": nome, "valor": valor, "tom": tom}
proximo = DATEADD(TODAY, 2, "dias")
TALK "Pronto, " + nome + "! Retorno em " + FORMAT(proximo, "dd/MM") + "."
RETURN contato.id
"##;
    play(
        source,
        r#"> Oi, Ana! / Vamos fazer um orçamento de R$ 1.500,00.
        < Maria da Silva
        < R$ 3.200,00
        ? create leads "valor":3200 "tom":"premium" -> {"id": "l1"}
        > Pronto, Maria da Silva! Retorno em 17/01.
        = "l1""#,
    );
}

#[test]
fn a_supervisor_script_watches_the_queue() {
    let source = r#"
SET SCHEDULE "every 5 minutes"
waiting = GET QUEUE "status=waiting"
FOR EACH item IN waiting.items
  IF item.waiting_seconds > 600 THEN
    best = NEXT ATTENDANT "least-loaded"
    ASSIGN CONVERSATION item.session_id TO best.id
  END IF
NEXT item
IF UBOUND(waiting.items) > 0 THEN SEND MAIL "boss@example.com", "Queue", "More than 1 waiting", []
"#;
    play(
        source,
        r#"? get_queue -> {"total": 2, "items": [{"session_id": "s1", "waiting_seconds": 700}, {"session_id": "s2", "waiting_seconds": 5}]}
        ? next_attendant -> {"id": "a1", "name": "Bia"}
        ? assign "s1" "a1" -> true
        ? send_mail boss@example.com -> true
        = null"#,
    );
}

#[test]
fn what_is_not_configured_is_told_and_can_be_caught() {
    play("TALK LLM \"Oi\"", "? llm -> !not_configured\n! not_configured 1");
    play(
        "ON ERROR RESUME NEXT\nresposta = LLM \"Oi\"\nIF ERROR THEN\n  TALK \"Sem IA hoje (\" + ERROR.code + \").\"\nEND IF",
        "? llm -> !not_configured\n> Sem IA hoje (not_configured).\n= null",
    );
}

#[test]
fn waiting_for_time_and_events_survives_like_any_question() {
    play("WAIT 5\nTALK \"passou\"", "timer 5\n> passou\n= null");
    play(
        "e = WAIT FOR EVENT \"pago\" TIMEOUT 60\nTALK \"Valor \" + e.valor",
        "event pago -> {\"valor\": 10}\n> Valor 10\n= null",
    );
}

#[test]
fn a_question_inside_a_function_inside_a_loop_goes_on_where_it_was() {
    let source = r#"
soma = 0
FOR EACH item IN ["pizza", "suco"]
  soma = soma + pergunta(item) * 2
NEXT
TALK "Total " + soma
FUNCTION pergunta(item)
  TALK "Quantos de " + item + "?"
  HEAR n AS INTEGER
  RETURN n
END FUNCTION
"#;
    play(source, "> Quantos de pizza?\n< 2\n> Quantos de suco?\n< 3\n> Total 10\n= null");
}

#[test]
fn a_menu_may_come_from_a_table() {
    let source = r#"
planos = FIND "planos"
opcoes = MAP planos, "nome->label, id->value"
TALK "Qual plano?"
HEAR plano AS opcoes
RETURN plano
"#;
    play(
        source,
        r#"? find planos -> [{"id": "p1", "nome": "Básico"}, {"id": "p2", "nome": "Família"}]
        > Qual plano? [Básico|Família]
        < familia
        = "p2""#,
    );
}
