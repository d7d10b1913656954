-- Forward only: a backup is the way back.
SELECT 1;
