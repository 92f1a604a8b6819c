-- +goose Up

-- Areas that an agency keeps together under a name, to declare an outage there quickly.
CREATE TABLE area_sets (
  agency TEXT NOT NULL REFERENCES agencies(id),
  name   TEXT NOT NULL,
  areas  TEXT NOT NULL, -- []areas.ID
  PRIMARY KEY (agency, name)
);

-- What officials said about a draft when they gave it back.
CREATE TABLE remarks (
  draft  TEXT NOT NULL REFERENCES drafts(id),
  n      BIGINT NOT NULL, -- from 1
  at     BIGINT NOT NULL,
  author TEXT NOT NULL,
  kind   TEXT NOT NULL, -- store.Remark.Kind
  body   TEXT NOT NULL,
  PRIMARY KEY (draft, n)
);
