' Lembretes de cobrança: no vencimento e 3, 7, 15 e 30 dias depois; quem combinou uma data é lembrado só depois dela.
SET SCHEDULE "weekdays at 9am"

enviados = 0
falharam = []
FOR EACH boleto IN FIND("boletos", "situacao = 'aberto'")
  desde = IIF(boleto.promessa IS EMPTY, boleto.vencimento, boleto.promessa)
  dias = DATEDIFF(desde, TODAY(), "days")
  IF dias NOT IN [0, 3, 7, 15, 30] THEN CONTINUE
  ' Um número que não recebe não atrapalha os outros.
  ON ERROR RESUME NEXT
  CLEAR ERROR
  SEND TO "whatsapp", boleto.telefone, lembrete(boleto, dias)
  IF ERROR THEN PUSH falharam, boleto.numero ELSE enviados = enviados + 1
  ON ERROR GOTO 0
NEXT boleto

PRINT enviados + " lembretes enviados"
IF LEN(falharam) > 0 THEN NOTIFY "Financeiro", "Lembretes que não saíram: boletos " + JOIN(falharam, ", ")

FUNCTION lembrete(boleto, dias)
  nome = SPLIT(boleto.nome, " ")[0]
  valor = FORMAT(boleto.valor, "currency")
  IF dias = 0 THEN
    RETURN "Oi, " + nome + "! Passando para lembrar do boleto de " + valor + ", que vence hoje. Se já pagou, desconsidere. 😊"
  END IF
  IF dias <= 7 THEN
    RETURN "Oi, " + nome + ". O boleto de " + valor + " venceu há " + dias + " dias. Precisa da segunda via? É só responder aqui."
  END IF
  RETURN nome + ", o boleto de " + valor + " continua em aberto. Responda aqui para combinarmos uma data ou negociar, sem compromisso."
END FUNCTION
