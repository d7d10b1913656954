' Suporte a pedidos: acha o pedido pelo número e diz como ele está. Depois de três números que não existem, uma pessoa.
' A tabela é deste bot; quem tem os pedidos em outro sistema troca o FIRST por um GET do endereço dele.
TABLE pedidos
  numero AS TEXT KEY
  situacao AS TEXT
  previsao AS DATE
  rastreio AS TEXT
END TABLE

TALK "Oi! Vamos ver o seu pedido. Qual é o número dele? Está no e-mail de confirmação."
tentados = []
DO
  HEAR resposta
  numero = so_numeros(resposta)
  pedido = FIRST "pedidos", "numero = ?", numero
  IF FOUND THEN EXIT DO
  PUSH tentados, resposta
  IF LEN(tentados) = 3 THEN
    TALK "Também não achei esse. Vou chamar alguém da equipe para procurar com você."
    TRANSFER TO HUMAN "Suporte", "high", "pedido não encontrado; o cliente informou: " + JOIN(tentados, "; ")
    END
  END IF
  FAIL "pedido não encontrado"
  IF LEN(tentados) = 1 THEN
    TALK "Não achei um pedido com esse número. Pode conferir? São só os números, por exemplo: 40217"
  ELSE
    TALK "Ainda não achei. Tente copiar o número do e-mail de confirmação, por favor."
  END IF
LOOP

TALK situacao(pedido)
TALK "Ajudo em mais alguma coisa?"
HEAR agora AS "Tive um problema", "Era só isso"
IF agora = "Era só isso" THEN
  TALK "Que bom! Obrigada por escrever. 💛"
  END
END IF

TALK "Sinto muito por isso. Me conte o que aconteceu; se tiver uma foto, pode mandar também."
HEAR relato
motivo = "problema com o pedido " + pedido.numero
IF TYPEOF(relato) = "map" THEN motivo = motivo + " (mandou uma foto ou um arquivo)" ELSE motivo = motivo + ": " + relato
r = TRANSFER TO HUMAN "Suporte", "high", motivo
IF r.success THEN
  TALK "Obrigada. Passei tudo para a nossa equipe, você não vai precisar repetir."
ELSE
  TALK "Obrigada. Registrei tudo, e a nossa equipe responde assim que possível."
END IF

FUNCTION so_numeros(texto)
  achados = ""
  FOR i = 1 TO LEN(texto)
    letra = MID(texto, i, 1)
    IF ISNUMERIC(letra) THEN achados = achados + letra
  NEXT i
  RETURN achados
END FUNCTION

FUNCTION situacao(pedido)
  quando = FORMAT(pedido.previsao, "dd/MM")
  SELECT CASE pedido.situacao
    CASE "pago"
      RETURN "O pedido " + pedido.numero + " está pago e em separação. Ele deve chegar até " + quando + "."
    CASE "enviado"
      RETURN "O pedido " + pedido.numero + " já saiu daqui e deve chegar até " + quando + ". O rastreio é " + pedido.rastreio + "."
    CASE "entregue"
      RETURN "O pedido " + pedido.numero + " consta como entregue."
    CASE ELSE
      RETURN "O pedido " + pedido.numero + " está assim: " + pedido.situacao + "."
  END SELECT
END FUNCTION
