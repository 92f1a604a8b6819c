-- +goose Up

-- A drill after a ready-made plan. Its outage is of mode drill; the faults of its step are met by its messages only.
CREATE TABLE drills (
  outage  TEXT PRIMARY KEY,
  mode    TEXT NOT NULL DEFAULT 'drill' CHECK (mode = 'drill'),
  agency  TEXT NOT NULL REFERENCES agencies(id),
  plan    TEXT NOT NULL,
  step    INTEGER NOT NULL, -- from 0
  started BIGINT NOT NULL,
  FOREIGN KEY (outage, mode) REFERENCES outages(id, mode)
);
