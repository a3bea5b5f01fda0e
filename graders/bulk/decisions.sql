-- What a person decided about a class, beside the points in `score`. Every change is kept, so that it can be undone.
CREATE TABLE IF NOT EXISTS handed_in (   -- written answers in Markdown, and the code of each exercise
    homework TEXT NOT NULL,
    submission TEXT NOT NULL,
    exercise TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (homework, submission, exercise)
);
CREATE TABLE IF NOT EXISTS scan (        -- pictures, PDFs and documents beside the code; empty: too large
    homework TEXT NOT NULL,
    submission TEXT NOT NULL,
    name TEXT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (homework, submission, name)
);
CREATE TABLE IF NOT EXISTS decision (    -- in the order in which they were made
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    homework TEXT NOT NULL,
    submission TEXT NOT NULL,
    exercise TEXT NOT NULL,              -- empty: about the submission as a whole
    kind TEXT NOT NULL,                  -- score, excuse, extension, name
    before TEXT,                         -- JSON, NULL: none
    after TEXT,                          -- JSON, NULL: none
    undone INTEGER NOT NULL DEFAULT 0,
    who TEXT NOT NULL DEFAULT ''         -- the browser, or nothing: whose undo takes it back
);
CREATE INDEX IF NOT EXISTS decision_about ON decision (homework, submission, exercise, kind, id);
CREATE TABLE IF NOT EXISTS remark (      -- comments that are offered again
    homework TEXT NOT NULL,
    exercise TEXT NOT NULL,
    text TEXT NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (homework, exercise, text)
);
