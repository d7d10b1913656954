-- Scripts that failed in conversations; the newest of each bot.
CREATE TABLE bot_errors (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    bot_id UUID NOT NULL REFERENCES bots (id),
    session_id UUID,
    script TEXT NOT NULL,
    version BIGINT NOT NULL,
    line BIGINT NOT NULL,
    error TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX bot_errors_by_bot ON bot_errors (bot_id, id);

-- What scripts remember of a contact, or of their bot.
CREATE TABLE bot_memory (
    organization_id UUID NOT NULL REFERENCES organizations (id),
    bot_id UUID NOT NULL REFERENCES bots (id),
    subject_id UUID NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (bot_id, subject_id, name)
);

-- Rows of the tables that a bot's scripts declare, each a JSON object.
CREATE TABLE bot_rows (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    bot_id UUID NOT NULL REFERENCES bots (id),
    name TEXT NOT NULL,
    data TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX bot_rows_by_table ON bot_rows (bot_id, name, id);
