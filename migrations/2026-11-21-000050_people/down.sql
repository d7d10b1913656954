ALTER TABLE ratings DROP COLUMN kind;
DROP TABLE contact_notes;
DROP TABLE second_factors;
DROP TABLE access_links;
