-- +goose Up

-- How many letters of a kind an address got within a day, counted for all processes together.
ALTER TABLE letters ADD COLUMN since BIGINT NOT NULL DEFAULT 0; -- when the first of the day was asked for
ALTER TABLE letters ADD COLUMN times BIGINT NOT NULL DEFAULT 0; -- how many there were since
