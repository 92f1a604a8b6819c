-- +goose Up

-- How officials sign in to the console.

CREATE TABLE passkeys (
  id         BYTEA PRIMARY KEY, -- the credential ID
  official   TEXT NOT NULL REFERENCES officials(id),
  name       TEXT NOT NULL,
  credential BYTEA NOT NULL, -- JSON: the credential record
  created    BIGINT NOT NULL,
  used       BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX passkeys_official ON passkeys (official);

-- Apps that show time-based codes (RFC 6238). A step that was used, and those before it, open nothing.
CREATE TABLE codes (
  official TEXT PRIMARY KEY REFERENCES officials(id),
  sealed   BYTEA NOT NULL, -- the secret, AES-GCM
  step     BIGINT NOT NULL,
  created  BIGINT NOT NULL
);

CREATE TABLE sessions (
  id       TEXT PRIMARY KEY,
  hash     BYTEA NOT NULL UNIQUE, -- SHA-256 of the token in the cookie
  official TEXT NOT NULL REFERENCES officials(id),
  how      TEXT NOT NULL,
  network  TEXT NOT NULL,
  agent    TEXT NOT NULL,
  created  BIGINT NOT NULL,
  seen     BIGINT NOT NULL,
  proved   BIGINT NOT NULL
);
CREATE INDEX sessions_official ON sessions (official);

-- Links that let an official in once, to set up the means to sign in.
CREATE TABLE entries (
  hash     BYTEA PRIMARY KEY, -- SHA-256 of the token in the link
  official TEXT NOT NULL REFERENCES officials(id),
  expires  BIGINT NOT NULL
);

CREATE TABLE recoveries (
  id       TEXT PRIMARY KEY,
  official TEXT NOT NULL REFERENCES officials(id),
  reason   TEXT NOT NULL,
  by       TEXT NOT NULL REFERENCES officials(id),
  at       BIGINT NOT NULL
);

-- Failures to sign in, by a hash of the account or of the network.
CREATE TABLE attempts (
  who      BYTEA PRIMARY KEY,
  failures INTEGER NOT NULL,
  again    BIGINT NOT NULL -- no attempt before this time
);

-- Challenges that were answered: an answer counts once.
CREATE TABLE answered (
  challenge BYTEA PRIMARY KEY,
  expires   BIGINT NOT NULL
);

-- Forms that were sent: a second press gets the result of the first.
CREATE TABLE once (
  official TEXT NOT NULL,
  value    TEXT NOT NULL,
  result   TEXT NOT NULL, -- where the first press led; '' while it is at work
  expires  BIGINT NOT NULL,
  PRIMARY KEY (official, value)
);
