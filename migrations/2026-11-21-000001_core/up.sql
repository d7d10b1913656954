-- One migration set for SQLite and PostgreSQL: only SQL both understand.
-- uuid: native on PostgreSQL, a 16-byte blob on SQLite. Times: BIGINT microseconds since 1970, UTC, from the
-- application's clock. JSON: TEXT. Every table names its organization; every table stays under 32 columns.

CREATE TABLE organizations (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    is_operator BOOLEAN NOT NULL,
    settings TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Facts of the installation itself: the setup token's hash, token signing keys.
CREATE TABLE installation (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE users (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    email TEXT UNIQUE,
    password_hash TEXT,
    role TEXT NOT NULL CHECK (role IN ('admin', 'supervisor', 'attendant', 'viewer')),
    locale TEXT NOT NULL,
    department TEXT,
    preferences TEXT NOT NULL,
    aliases TEXT NOT NULL,
    external_id TEXT,
    channels TEXT NOT NULL,
    skills TEXT NOT NULL,
    default_destination TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('online', 'busy', 'away', 'offline')),
    status_since BIGINT NOT NULL,
    console_presence BOOLEAN NOT NULL,
    focus_session_id UUID,
    is_active BOOLEAN NOT NULL,
    failed_logins BIGINT NOT NULL,
    locked_until BIGINT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX users_by_organization ON users (organization_id, name);
CREATE UNIQUE INDEX users_by_external_id ON users (organization_id, external_id);

-- Where an attendant works besides the console: their own WhatsApp, Telegram, Teams ...
CREATE TABLE destinations (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    user_id UUID NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL,
    address TEXT NOT NULL,
    channel_id UUID,
    created_at BIGINT NOT NULL,
    UNIQUE (organization_id, kind, address)
);
CREATE INDEX destinations_by_user ON destinations (user_id);

CREATE TABLE refresh_tokens (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    user_id UUID NOT NULL REFERENCES users (id),
    family_id UUID NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family_id);

CREATE TABLE api_tokens (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    user_id UUID NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    last4 TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT
);

CREATE TABLE bots (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    engine TEXT NOT NULL CHECK (engine IN ('reply', 'basic', 'agent', 'journey', 'off')),
    locale TEXT NOT NULL,
    settings TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (organization_id, name)
);

CREATE TABLE channels (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    bot_id UUID NOT NULL REFERENCES bots (id),
    kind TEXT NOT NULL,
    provider TEXT NOT NULL,
    name TEXT NOT NULL,
    credentials TEXT NOT NULL,
    credentials_hint TEXT NOT NULL,
    settings TEXT NOT NULL,
    is_active BOOLEAN NOT NULL,
    health TEXT NOT NULL CHECK (health IN ('ok', 'degraded', 'down')),
    health_reason TEXT,
    health_since BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX channels_by_organization ON channels (organization_id);

CREATE TABLE contacts (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    tier TEXT,
    ltv TEXT,
    source TEXT NOT NULL,
    tags TEXT NOT NULL,
    custom_fields TEXT NOT NULL,
    search TEXT NOT NULL,
    merged_into UUID,
    opted_out_at BIGINT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX contacts_by_organization ON contacts (organization_id, id);

CREATE TABLE contact_identities (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    contact_id UUID NOT NULL REFERENCES contacts (id),
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (organization_id, kind, value)
);
CREATE INDEX contact_identities_by_contact ON contact_identities (contact_id);

CREATE TABLE queues (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    channels TEXT NOT NULL,
    is_active BOOLEAN NOT NULL,
    priority_order BIGINT NOT NULL,
    max_wait_seconds BIGINT NOT NULL,
    auto_assign BOOLEAN NOT NULL,
    strategy TEXT NOT NULL CHECK (strategy IN ('round_robin', 'least_loaded', 'priority')),
    skills TEXT NOT NULL,
    hours TEXT,
    size_limit BIGINT,
    overflow_queue_id UUID,
    fallback TEXT NOT NULL,
    department TEXT,
    topics TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (organization_id, name)
);

CREATE TABLE queue_members (
    organization_id UUID NOT NULL REFERENCES organizations (id),
    queue_id UUID NOT NULL REFERENCES queues (id),
    user_id UUID NOT NULL REFERENCES users (id),
    is_active BOOLEAN NOT NULL,
    max_conversations BIGINT NOT NULL,
    priority BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (queue_id, user_id)
);
CREATE INDEX queue_members_by_user ON queue_members (user_id);

CREATE TABLE skills (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (organization_id, name)
);

-- The long-lived conversation of one contact with one bot on one channel.
CREATE TABLE sessions (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    bot_id UUID NOT NULL REFERENCES bots (id),
    channel_id UUID NOT NULL REFERENCES channels (id),
    contact_id UUID NOT NULL REFERENCES contacts (id),
    channel TEXT NOT NULL,
    addresses TEXT NOT NULL,
    needs_human BOOLEAN NOT NULL,
    handoff_id UUID,
    status TEXT NOT NULL CHECK (status IN ('bot', 'waiting', 'assigned', 'active', 'pending', 'resolved')),
    queue_id UUID,
    attendant_id UUID,
    last_seq BIGINT NOT NULL,
    last_message TEXT NOT NULL,
    last_message_at BIGINT NOT NULL,
    last_in_at BIGINT,
    last_out_at BIGINT,
    unread BIGINT NOT NULL,
    priority BIGINT NOT NULL,
    subject TEXT,
    tags TEXT NOT NULL,
    bot_state TEXT NOT NULL,
    variables TEXT NOT NULL,
    snoozed_until BIGINT,
    idle_timer_at BIGINT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (channel_id, contact_id)
);
CREATE INDEX sessions_by_recency ON sessions (organization_id, last_message_at);
CREATE INDEX sessions_by_contact ON sessions (contact_id);
CREATE INDEX sessions_by_status ON sessions (organization_id, status, last_message_at);

CREATE TABLE messages (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL,
    session_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    channel_id UUID NOT NULL,
    handoff_id UUID,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    sender_kind TEXT NOT NULL CHECK (sender_kind IN ('contact', 'bot', 'attendant', 'system')),
    sender_id UUID,
    sender_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    attachments TEXT,
    reply_to UUID,
    private BOOLEAN NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('received', 'queued', 'sent', 'delivered', 'read', 'failed')),
    error TEXT,
    external_id TEXT,
    client_id TEXT,
    extra TEXT,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    edited_at BIGINT,
    deleted BOOLEAN NOT NULL,
    UNIQUE (session_id, seq),
    UNIQUE (channel_id, external_id),
    UNIQUE (session_id, client_id)
);

-- One episode of human attention: the unit of queueing, SLA and metrics.
CREATE TABLE handoffs (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    session_id UUID NOT NULL REFERENCES sessions (id),
    queue_id UUID,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'assigned', 'active', 'pending', 'resolved')),
    attendant_id UUID,
    offer_until BIGINT,
    returns_to UUID,
    priority BIGINT NOT NULL,
    skills TEXT NOT NULL,
    skipped TEXT NOT NULL,
    reason TEXT NOT NULL,
    cause TEXT NOT NULL,
    destination TEXT,
    preferred_attendant_id UUID,
    escalations BIGINT NOT NULL,
    transfers BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    queued_at BIGINT NOT NULL,
    accepted_at BIGINT,
    first_reply_at BIGINT,
    resolved_at BIGINT,
    resolved_by UUID,
    outcome TEXT,
    note TEXT,
    state_since BIGINT NOT NULL
);
CREATE INDEX handoffs_by_session ON handoffs (session_id, created_at);
CREATE INDEX handoffs_by_state ON handoffs (organization_id, state, queue_id);
CREATE INDEX handoffs_by_attendant ON handoffs (attendant_id, state);
CREATE INDEX handoffs_by_time ON handoffs (organization_id, created_at);

-- Append-only: every transition with who, why and the routing explanation.
CREATE TABLE handoff_history (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL,
    handoff_id UUID NOT NULL REFERENCES handoffs (id),
    session_id UUID NOT NULL,
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id UUID,
    cause TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    detail TEXT
);
CREATE INDEX handoff_history_by_session ON handoff_history (session_id, id);

CREATE TABLE attachments (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    session_id UUID,
    sha256 TEXT NOT NULL,
    mime TEXT NOT NULL,
    size BIGINT NOT NULL,
    name TEXT NOT NULL,
    created_by UUID,
    created_at BIGINT NOT NULL
);
CREATE INDEX attachments_by_session ON attachments (session_id);

-- The event stream: gap-free seq per organization.
CREATE TABLE events (
    organization_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    type TEXT NOT NULL,
    audience TEXT NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (organization_id, seq)
);
CREATE INDEX events_by_time ON events (at);

-- Webhook bodies, durable before they are acknowledged.
CREATE TABLE inbox (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL,
    channel_id UUID NOT NULL,
    received_at BIGINT NOT NULL,
    body BYTEA NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('new', 'done', 'failed')),
    error TEXT
);
CREATE INDEX inbox_by_state ON inbox (state, id);

CREATE TABLE outbox (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL,
    channel_id UUID NOT NULL,
    session_id UUID,
    message_id UUID,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'dead')),
    attempts BIGINT NOT NULL,
    parts_sent BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    error TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX outbox_by_channel ON outbox (channel_id, state, id);
CREATE INDEX outbox_by_message ON outbox (message_id);

-- Wake-ups as rows: late ones fire at start. One per kind and subject.
CREATE TABLE timers (
    organization_id UUID NOT NULL,
    kind TEXT NOT NULL,
    subject_id UUID NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (kind, subject_id)
);
CREATE INDEX timers_by_due ON timers (due_at);

CREATE TABLE visitors (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    channel_id UUID NOT NULL REFERENCES channels (id),
    token_hash TEXT NOT NULL UNIQUE,
    contact_id UUID NOT NULL,
    session_id UUID NOT NULL,
    consent TEXT,
    page TEXT,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE canned_responses (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (organization_id, name)
);

CREATE TABLE idempotency (
    organization_id UUID NOT NULL,
    principal_id UUID NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status BIGINT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, principal_id, key)
);
CREATE INDEX idempotency_by_time ON idempotency (created_at);

-- Append-only.
CREATE TABLE audit (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL,
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id UUID,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT,
    detail TEXT,
    address TEXT
);
CREATE INDEX audit_by_organization ON audit (organization_id, id);
