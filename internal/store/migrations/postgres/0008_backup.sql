-- +goose Up

-- The recovery points: what was copied when. A row says that the copy was written whole and closed.
CREATE TABLE backups (
  made   BIGINT PRIMARY KEY,
  size   BIGINT NOT NULL, -- of the sealed file, in bytes
  digest TEXT NOT NULL    -- of the sealed file, SHA-256 in hex
);
