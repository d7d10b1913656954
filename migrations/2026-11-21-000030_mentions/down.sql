DROP INDEX messages_private;
