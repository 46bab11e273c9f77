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

-- version 2: releases from files. Stores exist that hold all of it and call themselves version 1: hence IF NOT EXISTS
ALTER TABLE release ADD COLUMN IF NOT EXISTS new_count INTEGER;        -- figures that had no value before; NULL in releases of version 1
ALTER TABLE release ADD COLUMN IF NOT EXISTS revised_count INTEGER;    -- figures that changed
ALTER TABLE release ADD COLUMN IF NOT EXISTS unchanged_count INTEGER;  -- figures told again as they were
ALTER TABLE release ADD COLUMN IF NOT EXISTS answers VARCHAR;          -- JSON: what was asked about the files, and the answers; NULL where nothing was
ALTER TABLE release ADD COLUMN IF NOT EXISTS verified BOOLEAN;         -- whether sign-in knows that "by" is this person; NULL: written by the program

-- where in a file an observation stands; NULL for a notice and for a figure entered by hand
ALTER TABLE observation ADD COLUMN IF NOT EXISTS file_no INTEGER;      -- release_file.file_no
ALTER TABLE observation ADD COLUMN IF NOT EXISTS sheet VARCHAR;        -- NULL for CSV
ALTER TABLE observation ADD COLUMN IF NOT EXISTS source_row INTEGER;   -- the row number that Excel shows
ALTER TABLE observation ADD COLUMN IF NOT EXISTS source_cell VARCHAR;  -- address of the figure, such as E7
ALTER TABLE observation ADD COLUMN IF NOT EXISTS cell_text VARCHAR;    -- what stands there

-- the files of a release, byte for byte
CREATE TABLE IF NOT EXISTS release_file(
    release_id BIGINT NOT NULL,
    file_no    INTEGER NOT NULL,        -- from 1, in the order they were given
    name       VARCHAR NOT NULL,
    sha256     VARCHAR NOT NULL,
    size       BIGINT NOT NULL,
    kind       VARCHAR NOT NULL,        -- csv, xlsx, xlsm, xls, ods
    encoding   VARCHAR,                 -- of a CSV
    delimiter  VARCHAR,                 -- of a CSV
    sheets     VARCHAR NOT NULL,        -- names of the sheets that were read, a line each
    edits      VARCHAR,                 -- JSON: cells corrected in the browser; NULL for none
    notes      VARCHAR,                 -- what stands around the table, a line each; NULL for nothing
    content    BLOB NOT NULL
);

-- version 3: notes on indicators
INSERT INTO counter VALUES ('comment', 0);

-- what people wrote about an indicator and a month; append-only: of an indicator, region and month the row with the highest
-- comment_id stands, and after a withdrawn one none does
CREATE TABLE comment(
    comment_id BIGINT NOT NULL,
    indicator  VARCHAR NOT NULL,
    region     VARCHAR NOT NULL,        -- the district total is a code, never NULL
    period_end DATE NOT NULL,           -- last day of the month
    what       VARCHAR NOT NULL,        -- "" in a withdrawal, as are the next two
    doing      VARCHAR NOT NULL,        -- "" where nothing is said of it
    by_when    DATE,                    -- NULL: no date was given
    withdrawn  BOOLEAN NOT NULL,
    "by"       VARCHAR NOT NULL,
    verified   BOOLEAN NOT NULL,        -- whether sign-in knows that "by" is this person
    "at"       TIMESTAMPTZ NOT NULL,    -- "as known on" works on it
    reason     VARCHAR                  -- why it was changed or withdrawn; NULL for a first version
);

-- version 4: who may write, and what was done
INSERT INTO counter VALUES ('audit', 0);
ALTER TABLE release_event ADD COLUMN IF NOT EXISTS verified BOOLEAN;   -- whether "by" is an account that may do it; NULL: from before, or by the program

-- one row for each person; never deleted, so that a name stays who it was
CREATE TABLE account(
    name       VARCHAR NOT NULL,        -- as it stands in "by"
    role       VARCHAR NOT NULL,        -- leader | clerk | admin
    department VARCHAR,                 -- code of the catalogue, of a clerk; NULL: none
    password   VARCHAR NOT NULL,        -- argon2id, with its salt and costs
    active     BOOLEAN NOT NULL,
    "at"       TIMESTAMPTZ NOT NULL     -- when it was last changed
);

-- append-only: what people did or tried
CREATE TABLE audit(
    audit_id BIGINT NOT NULL,
    "at"     TIMESTAMPTZ NOT NULL,
    event    VARCHAR NOT NULL,          -- release, withdraw, restore, comment, account-add ..., refused
    "by"     VARCHAR NOT NULL,          -- name as given; "" where none was
    verified BOOLEAN NOT NULL,          -- whether that is an account that may do it
    door     VARCHAR NOT NULL,          -- terminal | web | program
    address  VARCHAR,                   -- from where; NULL at a terminal
    os_user  VARCHAR,                   -- user of the operating system; NULL on the web
    subject  VARCHAR NOT NULL,          -- number of the release or note, name of the account
    said     VARCHAR                    -- reason, or why it was refused; NULL for none
);

-- version 5: who is signed in. No back-up holds these two tables: what is restored knows no session
CREATE TABLE session(
    session VARCHAR NOT NULL,           -- SHA-256 of the key that the browser has: who reads this file is not signed in
    account VARCHAR NOT NULL,
    way     VARCHAR NOT NULL,           -- password | oidc | proxy
    began   TIMESTAMPTZ NOT NULL,
    expires TIMESTAMPTZ NOT NULL,
    address VARCHAR                     -- from where; NULL when nobody could say
);

-- release_event also has: await (初报: it waits for a second person), approve (终报), return (sent back with words)

CREATE TABLE secret(value VARCHAR NOT NULL);  -- signs the cookies; made when it is first needed
