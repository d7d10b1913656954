DROP INDEX ratings_by_session;
DROP TABLE bot_scripts;
DROP TABLE push_subscriptions;
