' Monitor da fila, de 5 em 5 minutos: quem espera demais vai para quem tem menos conversas, quem atende é lembrado das
' conversas paradas, e a supervisão fica sabendo quando a fila enche. Troque o nome pelo de quem supervisiona.
SET SCHEDULE "every 5 minutes"

supervisora = "Ana Souza"
espera_maxima = 10 * 60
parada = 15 * 60
fila_cheia = 10

' Quem espera há mais de 10 minutos.
fila = GET QUEUE "status=waiting"
FOR EACH item IN fila.items
  IF item.idle_seconds >= espera_maxima THEN
    livre = NEXT ATTENDANT "least-loaded"
    IF livre IS NULL THEN EXIT FOR
    ON ERROR RESUME NEXT
    ASSIGN CONVERSATION item.session_id TO livre.id
    ON ERROR GOTO 0
  END IF
NEXT item

' Conversas paradas: um lembrete só, na primeira volta depois de 15 minutos.
ativas = GET QUEUE "status=active"
FOR EACH item IN ativas.items
  IF item.idle_seconds >= parada AND item.idle_seconds < parada + 5 * 60 THEN
    minutos = INT(item.idle_seconds / 60)
    NOTIFY item.attendant_id, "A conversa com " + item.customer + " está parada há " + minutos + " minutos."
  END IF
NEXT item

' Fila cheia: um aviso quando enche, outro só depois de ela baixar.
avisada = GET BOT MEMORY "fila-cheia"
IF fila.waiting > fila_cheia AND NOT avisada THEN
  NOTIFY supervisora, "Há " + fila.waiting + " clientes esperando na fila."
  SET BOT MEMORY "fila-cheia", TRUE
ELSEIF fila.waiting <= fila_cheia AND avisada THEN
  SET BOT MEMORY "fila-cheia", FALSE
END IF
