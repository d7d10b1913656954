DROP TABLE bot_rows;
DROP TABLE bot_memory;
DROP TABLE bot_errors;
