-- +goose Up

-- What officials must hear of: a draft that waits, an update that is overdue. An alarm is closed when what
-- it tells of is over; the same may then ring anew.
CREATE TABLE alarms (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  agency TEXT NOT NULL REFERENCES agencies(id),
  kind   TEXT NOT NULL,
  object TEXT NOT NULL, -- what it is about; with agency and kind one open alarm
  data   TEXT NOT NULL, -- store.Alarm
  opened INTEGER NOT NULL,
  closed INTEGER NOT NULL DEFAULT 0,
  rounds INTEGER NOT NULL DEFAULT 0 -- of wakes that are filed
);
CREATE UNIQUE INDEX alarms_open ON alarms (agency, kind, object) WHERE closed = 0;
CREATE INDEX alarms_object ON alarms (object);

-- One word to one official by one way: "email", or "push:" and the number of a device.
-- state: 0 to do, 1 the far side took it, 2 given up
CREATE TABLE wakes (
  alarm       INTEGER NOT NULL REFERENCES alarms(id),
  round       INTEGER NOT NULL,
  official    TEXT NOT NULL REFERENCES officials(id),
  way         TEXT NOT NULL,
  state       INTEGER NOT NULL DEFAULT 0,
  attempts    INTEGER NOT NULL DEFAULT 0,
  next_at     INTEGER NOT NULL,
  lease_until INTEGER NOT NULL DEFAULT 0,
  at          INTEGER NOT NULL DEFAULT 0,
  reason      TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (alarm, round, official, way)
);
CREATE INDEX wakes_due ON wakes (next_at) WHERE state = 0;

-- The browsers on which officials want to be woken.
CREATE TABLE official_devices (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  official TEXT NOT NULL REFERENCES officials(id),
  label    TEXT NOT NULL,
  sealed   BLOB NOT NULL, -- a push subscription, AES-GCM
  idx      BLOB NOT NULL, -- its HMAC
  added    INTEGER NOT NULL,
  UNIQUE (official, idx)
);

-- How far a bulletin had come, by channel, at moments at which that changed.
CREATE TABLE pace (
  bulletin INTEGER NOT NULL REFERENCES bulletins(id),
  channel  TEXT NOT NULL,
  at       INTEGER NOT NULL,
  targeted INTEGER NOT NULL,
  accepted INTEGER NOT NULL,
  waiting  INTEGER NOT NULL,
  PRIMARY KEY (bulletin, channel, at)
);
