-- +goose Up

-- Every process that serves this database, renewed each second.
CREATE TABLE crew (
  name   TEXT PRIMARY KEY, -- drawn when the process starts
  about  TEXT NOT NULL,    -- where it runs, for who reads it
  digest TEXT NOT NULL,    -- of the configuration that all must share
  began  INTEGER NOT NULL,
  seen   INTEGER NOT NULL
);

-- Posts that one process holds at a time. The term rises when another takes over.
CREATE TABLE posts (
  post   TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  term   INTEGER NOT NULL,
  until  INTEGER NOT NULL -- free from then on, unless the holder renews it
);
