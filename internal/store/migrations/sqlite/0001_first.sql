-- +goose Up

-- Times are milliseconds since 1970 UTC; 0 means never. JSON columns hold the Go value named beside them.

CREATE TABLE agencies (
  id   TEXT PRIMARY KEY,
  data TEXT NOT NULL -- officials.Agency
);

CREATE TABLE officials (
  id     TEXT PRIMARY KEY,
  agency TEXT NOT NULL REFERENCES agencies(id),
  data   TEXT NOT NULL -- officials.Official
);

CREATE TABLE keys (
  id       TEXT PRIMARY KEY,
  agency   TEXT NOT NULL REFERENCES agencies(id),
  official TEXT REFERENCES officials(id), -- NULL for a machine's key
  hash     BLOB NOT NULL,
  data     TEXT NOT NULL, -- officials.Key
  revoked  INTEGER NOT NULL DEFAULT 0
);

-- The audit trail is only ever appended to; every row carries the hash of the one before it.
CREATE TABLE audit (
  seq  INTEGER PRIMARY KEY,
  at   INTEGER NOT NULL,
  data TEXT NOT NULL, -- officials.Entry
  hash BLOB NOT NULL
);

-- What agencies add to the gazetteer.
CREATE TABLE areas (
  id     TEXT PRIMARY KEY,
  agency TEXT NOT NULL REFERENCES agencies(id),
  data   TEXT NOT NULL -- areas.Area
);

CREATE TABLE area_zips (
  zip  TEXT NOT NULL,
  area TEXT NOT NULL,
  rank INTEGER NOT NULL,
  PRIMARY KEY (zip, area)
);

CREATE TABLE numbers (
  area TEXT NOT NULL,
  tel  TEXT NOT NULL,
  need TEXT NOT NULL,
  rank INTEGER NOT NULL,
  data TEXT NOT NULL, -- areas.Number
  PRIMARY KEY (area, tel, need)
);

CREATE TABLE ways (
  area TEXT NOT NULL,
  rank INTEGER NOT NULL,
  data TEXT NOT NULL, -- areas.Way
  PRIMARY KEY (area, rank)
);

-- One row: every change of the tables above raises the version, so that a process knows its book is old.
CREATE TABLE book (version INTEGER NOT NULL);
INSERT INTO book VALUES (1);

-- A lane belongs to one list. Every composite key below that names a lane carries the list with it:
-- that is how SQL itself keeps a drill from crossing to the live list (promise 3).
CREATE TABLE lanes (
  id           INTEGER PRIMARY KEY,
  list         TEXT NOT NULL CHECK (list IN ('live', 'drill')),
  channel      TEXT NOT NULL,
  host         TEXT NOT NULL,
  paused_until INTEGER NOT NULL DEFAULT 0,
  broken       TEXT NOT NULL DEFAULT '',
  UNIQUE (list, channel, host),
  UNIQUE (id, list)
);

-- An area set is what an address hears of: the reader areas of its places, or the areas an outlet names.
CREATE TABLE sets (
  id    INTEGER PRIMARY KEY,
  crowd INTEGER NOT NULL,
  areas TEXT NOT NULL, -- sorted, joined with commas
  UNIQUE (crowd, areas)
);

CREATE TABLE subscribers (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  list           TEXT NOT NULL CHECK (list IN ('live', 'drill')),
  crowd          INTEGER NOT NULL,
  langs          TEXT NOT NULL, -- best first, joined with commas
  places         TEXT NOT NULL, -- JSON: []areas.Place, or []areas.ID of a crowd
  tests          INTEGER NOT NULL, -- wants tests
  set_id         INTEGER NOT NULL REFERENCES sets(id),
  consent_source TEXT NOT NULL,
  consent_at     INTEGER NOT NULL,
  created        INTEGER NOT NULL,
  UNIQUE (id, list)
);

-- state: 0 unconfirmed, 1 active, 2 gone, 3 left, 4 moved (a new row took its place)
CREATE TABLE addresses (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  subscriber INTEGER NOT NULL,
  list       TEXT NOT NULL,
  lane       INTEGER NOT NULL,
  set_id     INTEGER NOT NULL REFERENCES sets(id),
  state      INTEGER NOT NULL,
  tests      INTEGER NOT NULL,
  langs      TEXT NOT NULL, -- of the subscriber, so that the cutting reads one table
  sealed     BLOB, -- the destination, AES-GCM; NULL when erased
  idx        BLOB, -- HMAC of the destination; NULL when erased
  changed    INTEGER NOT NULL,
  UNIQUE (id, lane),
  FOREIGN KEY (subscriber, list) REFERENCES subscribers(id, list),
  FOREIGN KEY (lane, list) REFERENCES lanes(id, list)
);
-- An audience is read from this index alone, from end to end: the table holds the addresses of a set far apart.
CREATE INDEX addresses_audience ON addresses (lane, set_id, id, tests, langs, sealed) WHERE state = 1;
CREATE UNIQUE INDEX addresses_destination ON addresses (lane, idx) WHERE state IN (0, 1);
CREATE INDEX addresses_left ON addresses (lane, idx) WHERE state = 3; -- asked for every line of an import
CREATE INDEX addresses_subscriber ON addresses (subscriber);

-- The roll counts active addresses, so that issuing need not.
CREATE TABLE roll (
  lane   INTEGER NOT NULL REFERENCES lanes(id),
  set_id INTEGER NOT NULL REFERENCES sets(id),
  active INTEGER NOT NULL CHECK (active >= 0),
  tests  INTEGER NOT NULL CHECK (tests >= 0),
  PRIMARY KEY (lane, set_id)
) WITHOUT ROWID;

CREATE TABLE outages (
  id     TEXT PRIMARY KEY,
  agency TEXT NOT NULL REFERENCES agencies(id),
  mode   TEXT NOT NULL CHECK (mode IN ('live', 'drill', 'test')),
  made   INTEGER NOT NULL,
  UNIQUE (id, mode)
);

-- state: draft, submitted, approved, issued, withdrawn
CREATE TABLE drafts (
  id         TEXT PRIMARY KEY,
  outage     TEXT NOT NULL REFERENCES outages(id),
  state      TEXT NOT NULL,
  data       TEXT NOT NULL, -- outages.Draft
  texts      BLOB NOT NULL, -- desk's rendered texts, gzip
  approval   TEXT NOT NULL, -- outages.Approval, or ''
  release_at INTEGER NOT NULL,
  version    INTEGER NOT NULL,
  changed    INTEGER NOT NULL
);
CREATE INDEX drafts_outage ON drafts (outage);
CREATE INDEX drafts_release ON drafts (release_at) WHERE state = 'approved';

CREATE TABLE bulletins (
  id         INTEGER PRIMARY KEY,
  outage     TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  mode       TEXT NOT NULL,
  list       TEXT NOT NULL,
  kind       TEXT NOT NULL,
  issued     INTEGER NOT NULL,
  expires    INTEGER NOT NULL,
  superseded INTEGER NOT NULL DEFAULT 0, -- when a newer one was issued
  stopped    INTEGER NOT NULL DEFAULT 0, -- when an official stopped it
  generation INTEGER NOT NULL DEFAULT 0, -- rises with either
  data       BLOB NOT NULL, -- outages.Bulletin, gzip
  texts      BLOB NOT NULL, -- as approved, gzip
  UNIQUE (outage, seq),
  UNIQUE (id, list),
  FOREIGN KEY (outage, mode) REFERENCES outages(id, mode),
  CHECK ((mode = 'drill') = (list = 'drill'))
);

CREATE INDEX bulletins_expires ON bulletins (expires);

-- Whom a bulletin speaks to: reader areas, and "crowd:" with the areas of each outlet that has a text.
CREATE TABLE scopes (
  bulletin INTEGER NOT NULL REFERENCES bulletins(id),
  scope    TEXT NOT NULL,
  ended    INTEGER NOT NULL, -- 911 works there again: only for those who were told that it did not
  PRIMARY KEY (bulletin, scope)
) WITHOUT ROWID;

-- One row for each bulletin and lane: whom it is for, and how far the cutting of deliveries has come.
CREATE TABLE audiences (
  bulletin    INTEGER NOT NULL,
  lane        INTEGER NOT NULL,
  list        TEXT NOT NULL,
  high_water  INTEGER NOT NULL, -- addresses made later get their delivery when they confirm
  tests_only  INTEGER NOT NULL,
  cursor_set  INTEGER NOT NULL DEFAULT 0,
  cursor_addr INTEGER NOT NULL DEFAULT 0,
  cuts        INTEGER NOT NULL DEFAULT 0, -- batches cut so far: the first are small
  done        INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (bulletin, lane),
  FOREIGN KEY (bulletin, list) REFERENCES bulletins(id, list),
  FOREIGN KEY (lane, list) REFERENCES lanes(id, list)
) WITHOUT ROWID;
CREATE INDEX audiences_uncut ON audiences (lane, bulletin) WHERE done = 0;

-- Totals are moved in the transaction that changes a fate; the CHECK is promise 13.
CREATE TABLE totals (
  bulletin  INTEGER NOT NULL,
  lane      INTEGER NOT NULL,
  set_id    INTEGER NOT NULL REFERENCES sets(id),
  told_only INTEGER NOT NULL, -- only for those who were told before: an end
  closed    INTEGER NOT NULL DEFAULT 0, -- 5 overtaken, 6 stopped, 4 expired: what waits gets this fate
  targeted  INTEGER NOT NULL,
  cut       INTEGER NOT NULL DEFAULT 0, -- deliveries that exist, or need not be made any more
  waiting   INTEGER NOT NULL CHECK (waiting >= 0),
  accepted  INTEGER NOT NULL DEFAULT 0 CHECK (accepted >= 0),
  refused   INTEGER NOT NULL DEFAULT 0,
  gone      INTEGER NOT NULL DEFAULT 0,
  expired   INTEGER NOT NULL DEFAULT 0,
  overtaken INTEGER NOT NULL DEFAULT 0,
  stopped   INTEGER NOT NULL DEFAULT 0,
  uncertain INTEGER NOT NULL DEFAULT 0 CHECK (uncertain >= 0),
  PRIMARY KEY (bulletin, lane, set_id),
  FOREIGN KEY (bulletin, lane) REFERENCES audiences(bulletin, lane),
  CHECK (targeted = waiting + accepted + refused + gone + expired + overtaken + stopped + uncertain)
) WITHOUT ROWID;

-- A sheet holds the deliveries of one cut, together (docs/decisions/0013-packed-ledger.md). Sheets of a
-- bulletin and lane follow each other and do not overlap; each is found by its last delivery.
CREATE TABLE sheets (
  bulletin  INTEGER NOT NULL,
  lane      INTEGER NOT NULL,
  last_set  INTEGER NOT NULL,
  last_addr INTEGER NOT NULL,
  at        INTEGER NOT NULL, -- of the last change
  entries   BLOB NOT NULL,    -- addresses and how they stand: store.sheet
  PRIMARY KEY (bulletin, lane, last_set, last_addr),
  FOREIGN KEY (bulletin, lane) REFERENCES audiences(bulletin, lane)
) WITHOUT ROWID;

-- A delivery with more to say than a sheet holds: a retry, any fate but accepted, a reason, a receipt.
-- next_at: 0 settled; > 0 waits, not before; < 0 waits, held by batch -next_at.
CREATE TABLE deliveries (
  bulletin INTEGER NOT NULL,
  lane     INTEGER NOT NULL,
  set_id   INTEGER NOT NULL,
  address  INTEGER NOT NULL,
  fate     INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at  INTEGER NOT NULL DEFAULT 0,
  at       INTEGER NOT NULL DEFAULT 0,
  reason   TEXT,
  receipt  TEXT, -- channels.Receipt, JSON
  PRIMARY KEY (bulletin, lane, set_id, address),
  FOREIGN KEY (bulletin, lane) REFERENCES audiences(bulletin, lane),
  FOREIGN KEY (address, lane) REFERENCES addresses(id, lane)
) WITHOUT ROWID;
CREATE INDEX deliveries_retry ON deliveries (lane, next_at) WHERE fate = 0 AND next_at <> 0;

-- A batch of first attempts is what waits on a sheet; a batch of retries is the rows that name it.
CREATE TABLE batches (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  bulletin    INTEGER NOT NULL REFERENCES bulletins(id),
  lane        INTEGER NOT NULL REFERENCES lanes(id),
  last_set    INTEGER NOT NULL, -- the key of the sheet; 0 for retries
  last_addr   INTEGER NOT NULL,
  generation  INTEGER NOT NULL,
  owner       TEXT NOT NULL,
  fence       INTEGER NOT NULL,
  lease_until INTEGER NOT NULL
);
CREATE INDEX batches_lane ON batches (lane, lease_until);

-- How many active addresses were told anything of an outage: whom its end is for.
CREATE TABLE told (
  outage TEXT NOT NULL REFERENCES outages(id),
  lane   INTEGER NOT NULL,
  set_id INTEGER NOT NULL,
  n      INTEGER NOT NULL CHECK (n >= 0),
  PRIMARY KEY (outage, lane, set_id)
) WITHOUT ROWID;

-- CAP documents, byte for byte as published.
CREATE TABLE documents (
  identifier TEXT PRIMARY KEY,
  feed       TEXT NOT NULL, -- live, drill, test
  incident   TEXT NOT NULL,
  seq        INTEGER NOT NULL,
  sent       INTEGER NOT NULL,
  expires    INTEGER NOT NULL,
  bytes      BLOB NOT NULL
);
CREATE INDEX documents_feed ON documents (feed, sent);
CREATE INDEX documents_incident ON documents (incident);

-- Answers kept for repeated API calls (Idempotency-Key).
CREATE TABLE replies (
  key    TEXT PRIMARY KEY, -- hash of the caller's key and its idempotency key
  digest BLOB NOT NULL,    -- of the request
  status INTEGER NOT NULL,
  body   BLOB NOT NULL,
  at     INTEGER NOT NULL
);
