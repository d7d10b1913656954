' Vendas: entende o que a pessoa procura, cadastra o contato e o negócio, e chama um vendedor quando a compra é para já.
' O CRM ainda não guarda negócios; até lá, crm_deals é uma tabela deste bot.
TABLE crm_deals
  title AS TEXT
  contact_id AS TEXT
  value AS MONEY
  stage AS TEXT
  source AS TEXT
  expected_at AS DATE
END TABLE

ON ERROR GOTO deixa

TALK "Oi! Que bom ter você aqui. Sou a assistente de vendas da Loja Aurora."
nome = session.user_name
IF nome IS EMPTY THEN
  TALK "Como posso te chamar?"
  HEAR nome AS NAME
END IF
primeiro = SPLIT(nome, " ")[0]

TALK "O que você procura, " + primeiro + "?"
HEAR interesse AS "Presentes para a empresa", "Enxoval", "Decoração", "Outra coisa"
IF interesse = "Outra coisa" THEN
  TALK "Me conte um pouco, por favor."
  HEAR interesse
END IF

TALK "E quanto você pensa em investir, mais ou menos?"
HEAR valor AS MONEY
TALK "Para quando precisa?"
HEAR prazo AS "Esta semana", "Este mês", "Só pesquisando"
TALK "Qual é o seu e-mail? Mando a proposta para lá."
HEAR email AS EMAIL

contato = CREATE "contacts", {"name": nome, "email": email, "phone": session.phone, "interesse": interesse}
dias = IIF(prazo = "Esta semana", 7, IIF(prazo = "Este mês", 30, 90))
negocio = CREATE "crm_deals", {
  "title": interesse + " para " + primeiro,
  "contact_id": contato.id,
  "value": valor,
  "stage": "qualificado",
  "source": session.channel,
  "expected_at": DATEADD(TODAY(), dias, "days")
}

IF prazo = "Esta semana" OR valor >= 3000 THEN
  motivo = interesse + ", " + FORMAT(valor, "currency") + ", " + LCASE(prazo)
  r = TRANSFER TO HUMAN "Vendas", "high", motivo
  IF r.success THEN
    TALK "Perfeito, " + primeiro + "! Já estou chamando alguém de vendas para fechar os detalhes com você."
    END
  END IF
END IF
TALK "Anotei tudo, " + primeiro + ". Mandamos a proposta para " + email + " ainda hoje. Até logo! ✨"
END

deixa:
IF ERROR.code = "cancelled" OR ERROR.code = "hear_timeout" THEN
  IF ERROR.code = "cancelled" THEN TALK "Sem problema! Quando quiser continuar, é só escrever."
ELSE
  TRANSFER TO HUMAN "Vendas", "normal", "a conversa de vendas parou: " + ERROR
END IF
