-- Browsers that a person lets us wake: where, and with which keys.
CREATE TABLE push_subscriptions (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    user_id UUID NOT NULL REFERENCES users (id),
    endpoint TEXT NOT NULL UNIQUE,
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX push_subscriptions_by_user ON push_subscriptions (user_id);

-- Every version of a bot's scripts; at most one of a name is published.
CREATE TABLE bot_scripts (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    bot_id UUID NOT NULL REFERENCES bots (id),
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    source TEXT NOT NULL,
    is_published BOOLEAN NOT NULL,
    author_id UUID NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (bot_id, name, version)
);

CREATE INDEX ratings_by_session ON ratings (session_id);
