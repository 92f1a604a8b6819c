-- +goose Up

-- How many letters of a kind an address got within a day, counted for all processes together.
ALTER TABLE letters ADD COLUMN since INTEGER NOT NULL DEFAULT 0; -- when the first of the day was asked for
ALTER TABLE letters ADD COLUMN times INTEGER NOT NULL DEFAULT 0; -- how many there were since
