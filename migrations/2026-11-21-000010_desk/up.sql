-- What an attendant sent from their own messenger and has been acted upon: the same message acts once.
CREATE TABLE attendant_messages (
    channel_id UUID NOT NULL,
    external_id TEXT NOT NULL,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    user_id UUID NOT NULL REFERENCES users (id),
    received_at BIGINT NOT NULL,
    PRIMARY KEY (channel_id, external_id)
);
CREATE INDEX attendant_messages_by_age ON attendant_messages (received_at);

-- What was told to an attendant's messenger about a conversation: quoting it chooses that conversation.
CREATE TABLE notices (
    outbox_id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    channel_id UUID NOT NULL,
    user_id UUID NOT NULL REFERENCES users (id),
    session_id UUID NOT NULL,
    external_id TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX notices_by_external_id ON notices (channel_id, external_id);
CREATE INDEX notices_by_age ON notices (created_at);
