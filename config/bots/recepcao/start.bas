' Recepção: cumprimenta, mostra o menu e passa para a fila certa; fora do horário, anota o recado.
' Troque aqui o nome da loja e o horário. As filas são as de "Filas" nas configurações.
loja = "Loja Aurora"
abre = 8
fecha = 18

TALK cumprimento() + "! Aqui é a assistente virtual da " + loja + "."

IF NOT aberta() THEN
  TALK "Agora estamos fechados: atendemos de segunda a sexta, das " + abre + "h às " + fecha + "h. Quer deixar um recado?"
  HEAR quer AS "Deixar recado", "Agora não"
  IF quer = "Deixar recado" THEN
    TALK "Pode escrever, eu anoto."
    HEAR recado
    TAG CONVERSATION session.session_id WITH "recado"
    ADD NOTE session.session_id TO "Recado deixado fora do horário: " + recado
    TALK "Anotado! Respondemos assim que abrirmos. Até já 👋"
  ELSE
    TALK "Combinado. Quando quiser, é só escrever. 👋"
  END IF
  END
END IF

TALK "Como posso ajudar?"
DO
  HEAR opcao AS "Comprar", "Meu pedido", "Financeiro", "Endereço e horário", "Outro assunto"
  SELECT CASE opcao
    CASE "Comprar"
      passar "Vendas", "quer comprar"
    CASE "Meu pedido"
      passar "Suporte", "dúvida sobre um pedido"
    CASE "Financeiro"
      passar "Financeiro", "assunto financeiro"
    CASE "Outro assunto"
      TALK "Me conte em uma frase do que se trata, por favor."
      HEAR assunto
      passar NULL, assunto
    CASE "Endereço e horário"
      TALK "Estamos na Rua das Laranjeiras, 120, no centro, de segunda a sexta, das " + abre + "h às " + fecha + "h."
      TALK "Posso ajudar em mais alguma coisa?"
  END SELECT
LOOP WHILE opcao = "Endereço e horário"

' "Bom dia, Marina"
FUNCTION cumprimento()
  SELECT CASE HOUR()
    CASE 0 TO 11
      texto = "Bom dia"
    CASE 12 TO 17
      texto = "Boa tarde"
    CASE ELSE
      texto = "Boa noite"
  END SELECT
  IF session.user_name IS EMPTY THEN RETURN texto
  RETURN texto + ", " + SPLIT(session.user_name, " ")[0]
END FUNCTION

FUNCTION aberta()
  dia = WEEKDAY()
  RETURN dia > 1 AND dia < 7 AND HOUR() >= abre AND HOUR() < fecha
END FUNCTION

SUB passar(fila, motivo)
  r = TRANSFER TO HUMAN {"department": fila, "reason": motivo}
  IF NOT r.success THEN
    TALK "Nossa equipe não está disponível agora, mas já registrei o seu pedido. Voltamos a falar com você em breve."
  ELSEIF r.position > 1 THEN
    TALK "Certo! Você é o número " + r.position + " da fila. Já, já alguém fala com você por aqui."
  ELSE
    TALK "Certo! Já estou chamando alguém da equipe para você."
  END IF
END SUB
