CREATE TABLE ratings_before (
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
INSERT INTO ratings_before
    SELECT handoff_id, organization_id, session_id, contact_id, channel, queue_id, attendant_id, score, comment, created_at,
        updated_at
    FROM ratings
    WHERE kind = 'csat';
DROP TABLE ratings;
ALTER TABLE ratings_before RENAME TO ratings;
CREATE INDEX ratings_by_time ON ratings (organization_id, created_at);
CREATE INDEX ratings_by_session ON ratings (session_id);
DROP TABLE contact_notes;
DROP TABLE second_factors;
DROP TABLE access_links;
