-- The gradebook. Results are only ever added: the newest of a submission's exercise stands, older ones tell what changed.
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    homework TEXT NOT NULL,
    started TEXT NOT NULL,
    finished TEXT,
    settings TEXT NOT NULL,      -- JSON: what was asked for
    code TEXT NOT NULL,          -- hash of every file that decides about a grade
    layers TEXT                  -- JSON: what protected the hidden checks
);
CREATE TABLE submission (
    homework TEXT NOT NULL,
    name TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES run, -- the last run that found it
    content TEXT NOT NULL,       -- SHA-256 of the file
    people TEXT NOT NULL,        -- JSON
    handle TEXT NOT NULL,        -- what the platform calls its row
    submitted TEXT,
    marked_late INTEGER NOT NULL,
    attempt TEXT NOT NULL,       -- JSON
    notes TEXT NOT NULL DEFAULT '[]',
    seconds TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (homework, name)
);
CREATE TABLE result (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run,
    homework TEXT NOT NULL,
    submission TEXT NOT NULL,
    exercise TEXT NOT NULL,
    content TEXT NOT NULL,       -- with engine, checks, course_key and trusted: what the result depends on
    engine TEXT NOT NULL,
    checks TEXT NOT NULL,
    course_key TEXT NOT NULL,
    trusted INTEGER NOT NULL,
    share REAL,                  -- NULL: withheld, because a check of ours broke
    note TEXT NOT NULL,
    diagnosis TEXT NOT NULL,     -- JSON
    as_handed_in TEXT NOT NULL DEFAULT '[]' -- JSON: the verdicts without stand-ins, where others were reached with them
);
CREATE INDEX result_of ON result (homework, submission, exercise, id);
CREATE TABLE verdict (
    result INTEGER NOT NULL REFERENCES result,
    position INTEGER NOT NULL,
    "check" TEXT NOT NULL,
    sentence TEXT NOT NULL,
    status TEXT NOT NULL,
    public INTEGER NOT NULL,
    problem TEXT NOT NULL,
    message TEXT NOT NULL,
    hint TEXT NOT NULL,
    seed TEXT NOT NULL,          -- as text: seeds use all 64 bits
    seconds REAL NOT NULL,
    calls INTEGER NOT NULL,
    PRIMARY KEY (result, position)
) WITHOUT ROWID;
CREATE TABLE given (             -- what a person gave, for written exercises and in place of automatic points: the newest counts
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,        -- the last run before it was given
    homework TEXT NOT NULL,
    submission TEXT NOT NULL,
    exercise TEXT NOT NULL,
    content TEXT NOT NULL,       -- the version of the submission that it was given for, and counts for
    points REAL,                 -- NULL: taken back
    comment TEXT NOT NULL
);
CREATE INDEX given_to ON given (homework, submission, exercise, id);
CREATE TABLE note (              -- what was found in the folder and not graded
    run INTEGER NOT NULL REFERENCES run,
    text TEXT NOT NULL
);
