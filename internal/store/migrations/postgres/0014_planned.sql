-- +goose Up

-- Drills that are announced on the public pages until they are over.
CREATE TABLE planned_drills (
  id     TEXT PRIMARY KEY,
  agency TEXT NOT NULL REFERENCES agencies(id),
  begins BIGINT NOT NULL,
  ends   BIGINT NOT NULL CHECK (ends > begins)
);
