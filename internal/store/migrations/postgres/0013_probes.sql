-- +goose Up

-- Whether each way out could be used when it was last asked.
CREATE TABLE probes (
  name  TEXT PRIMARY KEY, -- "email", "mastodon live 12"
  at    BIGINT NOT NULL,
  fault TEXT NOT NULL -- '' where all was well
);
