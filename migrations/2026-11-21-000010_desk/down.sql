DROP TABLE notices;
DROP TABLE attendant_messages;
