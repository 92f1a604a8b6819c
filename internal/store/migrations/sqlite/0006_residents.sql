-- +goose Up

-- One more state of an address: 5 paused. It is off the roll until paused_until, and comes back as a new row.
ALTER TABLE addresses ADD COLUMN paused_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE addresses ADD COLUMN moved_to INTEGER NOT NULL DEFAULT 0; -- of state 4: the row that took its place
ALTER TABLE addresses ADD COLUMN seen INTEGER NOT NULL DEFAULT 0; -- of a device: when its browser last said that it is there

-- By destination first: a browser asks for the address that it was known by, whatever its lane.
DROP INDEX addresses_destination;
CREATE UNIQUE INDEX addresses_destination ON addresses (idx, lane) WHERE state IN (0, 1, 5);
CREATE INDEX addresses_former ON addresses (idx) WHERE state = 2;
CREATE INDEX addresses_gone ON addresses (changed) WHERE state = 2;
CREATE INDEX addresses_paused ON addresses (paused_until) WHERE state = 5;

-- What is to be written to single residents, outside the ledger: confirmations, links, tests. One row for
-- each kind and address, so that asking twice is writing once.
CREATE TABLE letters (
  kind    TEXT NOT NULL,
  address INTEGER NOT NULL, -- 0 for nobody
  due     INTEGER NOT NULL, -- 0 when it was written
  asked   INTEGER NOT NULL,
  PRIMARY KEY (kind, address)
);
CREATE INDEX letters_due ON letters (due) WHERE due > 0;
