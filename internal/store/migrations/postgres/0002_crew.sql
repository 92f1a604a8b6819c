-- +goose Up

-- Every process that serves this database, renewed each second.
CREATE TABLE crew (
  name   TEXT PRIMARY KEY, -- drawn when the process starts
  about  TEXT NOT NULL,    -- where it runs, for who reads it
  digest TEXT NOT NULL,    -- of the configuration that all must share
  began  BIGINT NOT NULL,
  seen   BIGINT NOT NULL
);

-- Posts that one process holds at a time. The term rises when another takes over.
CREATE TABLE posts (
  post   TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  term   BIGINT NOT NULL,
  until  BIGINT NOT NULL -- free from then on, unless the holder renews it
);

-- What other processes look for at once is announced to them.
-- +goose StatementBegin
CREATE FUNCTION callbox_announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('callbox', TG_TABLE_NAME);
  RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER announced AFTER INSERT ON bulletins FOR EACH STATEMENT EXECUTE FUNCTION callbox_announce();
CREATE TRIGGER announced AFTER INSERT ON documents FOR EACH STATEMENT EXECUTE FUNCTION callbox_announce();
