-- The one-time link with which a person chooses a password: of an invitation, or after forgetting it. A new one replaces it.
CREATE TABLE access_links (
    user_id UUID NOT NULL PRIMARY KEY REFERENCES users (id),
    organization_id UUID NOT NULL REFERENCES organizations (id),
    token_hash TEXT NOT NULL UNIQUE,
    created_by UUID NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- A person's second factor (TOTP). It is asked for once it was confirmed with a first code.
CREATE TABLE second_factors (
    user_id UUID NOT NULL PRIMARY KEY REFERENCES users (id),
    organization_id UUID NOT NULL REFERENCES organizations (id),
    secret TEXT NOT NULL,
    confirmed_at BIGINT,
    last_step BIGINT NOT NULL,
    recovery TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- What people write down about a contact, apart from any conversation.
CREATE TABLE contact_notes (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    contact_id UUID NOT NULL REFERENCES contacts (id),
    author_id UUID NOT NULL,
    author_name TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX contact_notes_by_contact ON contact_notes (contact_id, id);

-- The kind of a rating is the question its score answers. SQLite cannot loosen a check: the table is made anew.
CREATE TABLE ratings_anew (
    handoff_id UUID NOT NULL PRIMARY KEY REFERENCES handoffs (id),
    organization_id UUID NOT NULL,
    session_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    channel TEXT NOT NULL,
    queue_id UUID,
    attendant_id UUID,
    score BIGINT NOT NULL,
    comment TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind = 'csat' AND score BETWEEN 1 AND 5 OR kind = 'nps' AND score BETWEEN 0 AND 10)
);
INSERT INTO ratings_anew
    SELECT handoff_id, organization_id, session_id, contact_id, channel, queue_id, attendant_id, score, comment, created_at,
        updated_at, 'csat'
    FROM ratings;
DROP TABLE ratings;
ALTER TABLE ratings_anew RENAME TO ratings;
CREATE INDEX ratings_by_time ON ratings (organization_id, created_at);
CREATE INDEX ratings_by_session ON ratings (session_id);
