-- +goose Up

-- What takes two people beside a bulletin: proposed by one, decided by another.
CREATE TABLE proposals (
  id       TEXT PRIMARY KEY,
  agency   TEXT NOT NULL REFERENCES agencies(id),
  kind     TEXT NOT NULL,
  object   TEXT NOT NULL,
  data     TEXT NOT NULL,    -- store.Proposal, without what stands in the other columns
  proposer TEXT NOT NULL,
  at       BIGINT NOT NULL,
  decided  BIGINT NOT NULL DEFAULT 0,
  decider  TEXT NOT NULL DEFAULT '',
  accepted INTEGER NOT NULL DEFAULT 0,
  CHECK (decider <> proposer OR accepted = 0) -- whoever proposed it may take it back, and not accept it
);
CREATE INDEX proposals_open ON proposals (agency, at) WHERE decided = 0;
