DROP TABLE script_waits;
DROP TABLE script_cursors;
DROP TABLE script_schedules;
DROP TABLE script_runs;
