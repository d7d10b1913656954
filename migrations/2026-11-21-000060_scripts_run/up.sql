-- Scripts at work without a customer's conversation: what began them, and where they are. Gone when they are over.
CREATE TABLE script_runs (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    bot_id UUID NOT NULL REFERENCES bots (id),
    script TEXT NOT NULL,
    version BIGINT NOT NULL,
    cause TEXT NOT NULL,
    name TEXT NOT NULL,
    input TEXT NOT NULL,
    depth BIGINT NOT NULL,
    rounds BIGINT NOT NULL,
    machine TEXT,
    waits_for TEXT,
    signal TEXT,
    due_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX script_runs_by_due ON script_runs (due_at);
CREATE INDEX script_runs_by_bot ON script_runs (bot_id, waits_for);

-- When scripts run next, and what became of the last time.
CREATE TABLE script_schedules (
    bot_id UUID NOT NULL REFERENCES bots (id),
    script TEXT NOT NULL,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    plan TEXT NOT NULL,
    next_at BIGINT,
    last_run_at BIGINT,
    last_end_at BIGINT,
    last_error TEXT,
    PRIMARY KEY (bot_id, script)
);
CREATE INDEX script_schedules_by_next ON script_schedules (next_at);

-- How far an organization's event stream has been read for scripts that listen to it.
CREATE TABLE script_cursors (
    organization_id UUID NOT NULL PRIMARY KEY REFERENCES organizations (id),
    seq BIGINT NOT NULL
);

-- Conversations whose script waits for a published event; with what was published until the script has taken it.
CREATE TABLE script_waits (
    session_id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    bot_id UUID NOT NULL REFERENCES bots (id),
    event TEXT NOT NULL,
    signal TEXT
);
CREATE INDEX script_waits_by_event ON script_waits (bot_id, event);
