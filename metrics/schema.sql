-- The store. Each "version" block is applied once, in order, inside one transaction; never edit a block that
-- has been released, add the next one. No primary keys, unique constraints, indexes or sequences: the same
-- text runs on DuckLake, which has none, and DuckDB 1.5's indexes can lose keys in a crash.

-- version 1
CREATE TABLE store_version(version INTEGER NOT NULL);

-- ids are taken by adding one inside the transaction that uses them; "data" changes with every commit that readers see
CREATE TABLE counter(name VARCHAR NOT NULL, v BIGINT NOT NULL);
INSERT INTO counter VALUES ('release', 0), ('event', 0), ('data', 0);

-- one accepted submission
CREATE TABLE release(
    release_id  BIGINT NOT NULL,
    source      VARCHAR NOT NULL,       -- code of the notice, or kind of file
    title       VARCHAR NOT NULL,
    file        VARCHAR NOT NULL,
    sha256      VARCHAR NOT NULL,       -- of the bytes it was read from
    "by"        VARCHAR NOT NULL,
    known_from  TIMESTAMPTZ NOT NULL,   -- publication of a notice, else time of upload; "as known on" works on it
    received_at TIMESTAMPTZ NOT NULL,
    reason      VARCHAR                 -- NULL: nothing was revised
);

-- withdraw | restore | replace (by a newer reading of the same notice); the last event of a release says whether it counts, from "at" on: the moment it was made, or
-- for a reading replaced by a newer one of the same notice, the day from which that notice was known
CREATE TABLE release_event(
    event_id   BIGINT NOT NULL,
    release_id BIGINT NOT NULL,
    event      VARCHAR NOT NULL,
    "at"       TIMESTAMPTZ NOT NULL,
    "by"       VARCHAR NOT NULL,
    reason     VARCHAR
);

-- append-only; columns as in model.Observation, where NULL is explained
CREATE TABLE observation(
    release_id   BIGINT NOT NULL,
    row_no       INTEGER NOT NULL,
    indicator    VARCHAR NOT NULL,
    region       VARCHAR NOT NULL,      -- the district total is a code, never NULL
    period_start DATE,                  -- NULL: the text does not say since when
    period_end   DATE NOT NULL,
    value        DECIMAL(18, 4),
    lower        DECIMAL(18, 4),
    upper        DECIMAL(18, 4),
    qualifier    VARCHAR NOT NULL,
    numerator    DECIMAL(18, 4),
    denominator  DECIMAL(18, 4),
    written      VARCHAR,
    obs_status   VARCHAR NOT NULL,      -- SDMX observation status
    state        VARCHAR,
    planned      VARCHAR,               -- planned, expected, actual: SDMX period, so that the precision stays
    expected     VARCHAR,
    actual       VARCHAR,
    inferred     VARCHAR NOT NULL,      -- names of inferred columns, comma between
    quote        VARCHAR,
    paragraph    INTEGER,
    note         VARCHAR
);

-- every catalogue that was ever in force here
CREATE TABLE catalogue(sha256 VARCHAR NOT NULL, text VARCHAR NOT NULL, loaded_at TIMESTAMPTZ NOT NULL);
