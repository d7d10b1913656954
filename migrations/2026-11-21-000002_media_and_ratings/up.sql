-- Files of received messages that are still at the provider; a row goes when the file is here or will never be.
CREATE TABLE media_downloads (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL,
    channel_id UUID NOT NULL,
    session_id UUID NOT NULL,
    message_id UUID NOT NULL,
    media TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX media_downloads_by_due ON media_downloads (next_at);

-- What customers thought of an episode of human attention; one per handoff, the last word counts.
CREATE TABLE ratings (
    handoff_id UUID NOT NULL PRIMARY KEY REFERENCES handoffs (id),
    organization_id UUID NOT NULL,
    session_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    channel TEXT NOT NULL,
    queue_id UUID,
    attendant_id UUID,
    score BIGINT NOT NULL CHECK (score BETWEEN 1 AND 5),
    comment TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX ratings_by_time ON ratings (organization_id, created_at);

CREATE INDEX visitors_by_session ON visitors (session_id);
