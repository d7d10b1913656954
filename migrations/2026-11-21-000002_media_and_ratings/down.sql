DROP INDEX visitors_by_session;
DROP TABLE ratings;
DROP TABLE media_downloads;
