-- +goose Up

-- Published wordings: each version is whole and never changes; the newest is in use.
CREATE TABLE wordings (
  version   INTEGER PRIMARY KEY,
  at        INTEGER NOT NULL,
  author    TEXT NOT NULL,
  publisher TEXT NOT NULL,
  data      TEXT NOT NULL -- store.Wording: the phrases that replace others
);
