' Cobrança: quem recebe um lembrete e responde acha aqui a segunda via, combina uma data ou fala com o Financeiro.
' lembretes.bas manda os lembretes. A tabela é deste bot: preencha por API, por planilha ou por um script.
TABLE boletos
  numero AS TEXT KEY
  cpf AS TEXT
  nome AS TEXT
  telefone AS TEXT
  valor AS MONEY
  vencimento AS DATE
  link AS TEXT
  situacao AS TEXT
  promessa AS DATE
END TABLE

ON ERROR GOTO ajuda

TALK "Oi! Aqui é o Financeiro da Loja Aurora. Para achar o seu boleto, me passe o seu CPF, por favor."
HEAR cpf AS CPF
abertos = FIND "boletos", "cpf = ? and situacao = 'aberto'", cpf
IF LEN(abertos) = 0 THEN
  TALK "Boa notícia: não há nenhum boleto em aberto nesse CPF. 🎉"
  END
END IF

total = 0
FOR EACH boleto IN abertos
  total = total + boleto.valor
NEXT boleto
primeiro = abertos[0]
IF LEN(abertos) = 1 THEN
  TALK "Achei um boleto de " + FORMAT(total, "currency") + ", com vencimento em " + FORMAT(primeiro.vencimento, "dd/MM") + "."
ELSE
  TALK "Achei " + LEN(abertos) + " boletos em aberto, no total de " + FORMAT(total, "currency") + "."
END IF

TALK "Como prefere resolver?"
HEAR opcao AS "Segunda via", "Já paguei", "Combinar uma data", "Negociar"
SELECT CASE opcao
  CASE "Segunda via"
    FOR EACH boleto IN abertos
      TALK FILE boleto.link, FORMAT(boleto.valor, "currency") + ", vencimento em " + FORMAT(boleto.vencimento, "dd/MM")
    NEXT boleto
    TALK "Prontinho. O pagamento por Pix cai na hora; por código de barras, em até 2 dias úteis."
  CASE "Já paguei"
    TALK "Obrigada por avisar! Pode mandar o comprovante aqui? Uma foto ou o PDF."
    HEAR comprovante AS FILE
    TRANSFER TO HUMAN "Financeiro", "normal", "mandou o comprovante de " + FORMAT(total, "currency") + ", CPF " + cpf
    TALK "Recebi, obrigada. Vamos conferir e dar baixa; se faltar algo, falamos com você por aqui."
  CASE "Combinar uma data"
    TALK "Claro. Até que dia você consegue pagar?"
    HEAR data AS DATE
    prazo = DATEDIFF(TODAY(), data, "days")
    IF prazo < 0 OR prazo > 15 THEN
      TALK "Por aqui consigo combinar até 15 dias. Vou passar o seu pedido para o Financeiro."
      TRANSFER TO HUMAN "Financeiro", "normal", "pede para pagar em " + FORMAT(data, "dd/MM") + ", CPF " + cpf
    ELSE
      UPDATE "boletos", {"cpf": cpf, "situacao": "aberto"}, {"promessa": data}
      TALK "Combinado: até " + FORMAT(data, "dd/MM") + ". Não mando mais lembretes antes disso. Obrigada!"
    END IF
  CASE "Negociar"
    TRANSFER TO HUMAN "Financeiro", "normal", "quer negociar " + FORMAT(total, "currency") + ", CPF " + cpf
    TALK "Certo. Alguém do Financeiro já vai falar com você para achar uma saída juntos."
END SELECT
END

ajuda:
IF ERROR.code = "no_valid_answer" THEN
  TALK "Não tem problema, vou chamar alguém do Financeiro para ajudar."
  TRANSFER TO HUMAN "Financeiro", "normal", "não conseguiu se identificar ou responder"
ELSEIF ERROR.code = "cancelled" THEN
  TALK "Tudo bem. Quando quiser resolver, é só escrever."
ELSEIF ERROR.code <> "hear_timeout" THEN
  TALK "Tive um problema para consultar os boletos. Vou chamar alguém do Financeiro."
  TRANSFER TO HUMAN "Financeiro", "normal", "erro na cobrança: " + ERROR
END IF
