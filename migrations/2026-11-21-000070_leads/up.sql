-- What is known of a contact as a possible sale; made when they write for the first time. A contact has one at most.
CREATE TABLE leads (
    id UUID NOT NULL PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id),
    contact_id UUID NOT NULL UNIQUE REFERENCES contacts (id),
    source TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('quente', 'morno', 'frio', 'em_atendimento')),
    score BIGINT NOT NULL CHECK (score BETWEEN 0 AND 100),
    reasons TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('atracao', 'relacionamento', 'conversao')),
    campaign TEXT,
    utm TEXT NOT NULL,
    ad TEXT,
    owner_id UUID,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX leads_by_organization ON leads (organization_id, id);
CREATE INDEX leads_by_status ON leads (organization_id, status, score);
CREATE INDEX leads_by_update ON leads (organization_id, updated_at);
