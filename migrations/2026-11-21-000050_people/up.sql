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

-- csat (1 to 5) or nps (0 to 10): which question the score answers.
ALTER TABLE ratings ADD COLUMN kind TEXT NOT NULL DEFAULT 'csat';
