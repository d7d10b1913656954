' Pesquisa de satisfação: uma nota de 0 a 10, o porquê e, para quem saiu insatisfeito, alguém que resolva.
TABLE pesquisas
  nota AS INTEGER
  motivo AS TEXT
  contato AS TEXT
  quando AS DATETIME
END TABLE

ON ERROR GOTO deixa

TALK "Oi! Sua opinião leva menos de um minuto: de 0 a 10, quanto você recomendaria a Loja Aurora a uma amiga?"
HEAR nota AS INTEGER
WHILE nota < 0 OR nota > 10
  TALK "Vale uma nota de 0 a 10. Qual é a sua?"
  HEAR nota AS INTEGER
WEND

IF nota >= 9 THEN
  TALK "Que alegria! 💛 O que a gente fez de melhor?"
ELSEIF nota >= 7 THEN
  TALK "Obrigada! O que faltou para ser um 10?"
ELSE
  TALK "Obrigada pela sinceridade. O que deu errado?"
END IF
HEAR motivo
CREATE "pesquisas", {"nota": nota, "motivo": motivo, "contato": session.user_id, "quando": NOW()}

IF nota > 6 THEN
  TALK "Anotado. Muito obrigada e até a próxima!"
  END
END IF

TALK "Sinto muito. Quer que alguém da equipe resolva isso com você agora?"
HEAR quer AS BOOLEAN
IF NOT quer THEN
  TALK "Tudo bem. Já passei o seu recado adiante, e vamos melhorar. Obrigada!"
  END
END IF
r = TRANSFER TO HUMAN "Suporte", "high", "nota " + nota + " na pesquisa: " + motivo
IF r.success THEN
  TALK "Já estou chamando. Você não vai precisar contar tudo de novo."
ELSE
  TALK "Agora não há ninguém disponível, mas vamos procurar você assim que possível."
END IF
END

' Uma pesquisa não insiste: quem não quer responder é deixado em paz.
deixa:
IF ERROR.code = "no_valid_answer" OR ERROR.code = "cancelled" THEN TALK "Tudo bem, fica para outra vez. Obrigada!"
