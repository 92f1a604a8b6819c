-- +goose Up

-- How officials sign in to the console.

CREATE TABLE passkeys (
  id         BLOB PRIMARY KEY, -- the credential ID
  official   TEXT NOT NULL REFERENCES officials(id),
  name       TEXT NOT NULL,
  credential BLOB NOT NULL, -- JSON: the credential record
  created    INTEGER NOT NULL,
  used       INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX passkeys_official ON passkeys (official);

-- Apps that show time-based codes (RFC 6238). A step that was used, and those before it, open nothing.
CREATE TABLE codes (
  official TEXT PRIMARY KEY REFERENCES officials(id),
  sealed   BLOB NOT NULL, -- the secret, AES-GCM
  step     INTEGER NOT NULL,
  created  INTEGER NOT NULL
);

CREATE TABLE sessions (
  id       TEXT PRIMARY KEY,
  hash     BLOB NOT NULL UNIQUE, -- SHA-256 of the token in the cookie
  official TEXT NOT NULL REFERENCES officials(id),
  how      TEXT NOT NULL,
  network  TEXT NOT NULL,
  agent    TEXT NOT NULL,
  created  INTEGER NOT NULL,
  seen     INTEGER NOT NULL,
  proved   INTEGER NOT NULL
);
CREATE INDEX sessions_official ON sessions (official);

-- Links that let an official in once, to set up the means to sign in.
CREATE TABLE entries (
  hash     BLOB PRIMARY KEY, -- SHA-256 of the token in the link
  official TEXT NOT NULL REFERENCES officials(id),
  expires  INTEGER NOT NULL
);

CREATE TABLE recoveries (
  id       TEXT PRIMARY KEY,
  official TEXT NOT NULL REFERENCES officials(id),
  reason   TEXT NOT NULL,
  by       TEXT NOT NULL REFERENCES officials(id),
  at       INTEGER NOT NULL
);

-- Failures to sign in, by a hash of the account or of the network.
CREATE TABLE attempts (
  who      BLOB PRIMARY KEY,
  failures INTEGER NOT NULL,
  again    INTEGER NOT NULL -- no attempt before this time
);

-- Challenges that were answered: an answer counts once.
CREATE TABLE answered (
  challenge BLOB PRIMARY KEY,
  expires   INTEGER NOT NULL
);

-- Forms that were sent: a second press gets the result of the first.
CREATE TABLE once (
  official TEXT NOT NULL,
  value    TEXT NOT NULL,
  result   TEXT NOT NULL, -- where the first press led; '' while it is at work
  expires  INTEGER NOT NULL,
  PRIMARY KEY (official, value)
);
