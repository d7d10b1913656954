-- Private notes are few among the messages, and looked through for the names of colleagues.
CREATE INDEX messages_private ON messages (organization_id, created_at) WHERE private;
