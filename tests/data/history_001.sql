BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'voicecoach','m001_sessions','2026-11-22 23:23:58.915404+00:00');
CREATE TABLE attempts (
            id INTEGER PRIMARY KEY,
            round_id INTEGER NOT NULL REFERENCES rounds ON DELETE CASCADE,
            number INTEGER NOT NULL,   -- in the session, from 1
            attempt INTEGER NOT NULL,  -- at the round, from 1
            taken_at TEXT NOT NULL,
            line TEXT,                 -- what the interviewer said
            reply TEXT,                -- what the interviewer said to the answer
            self_rating INTEGER,
            recording TEXT,            -- under the data folder, or absolute
            speech TEXT NOT NULL,      -- JSON: [[start_s, end_s], ...]
            duration_s REAL NOT NULL,
            score INTEGER,
            sum TEXT,                  -- JSON: how the score came about
            advice TEXT NOT NULL,      -- JSON
            warnings TEXT NOT NULL,    -- JSON
            more TEXT                  -- JSON
        );
INSERT INTO "attempts" VALUES(1,1,1,1,'2026-11-22T18:30:00+00:00','Is there anything you''d like to add before we finish?',NULL,NULL,NULL,'[[0.0, 4.0], [4.9, 12.0]]',4.2,22,'{"parts": [{"reason": "restates_fit", "points": 0, "of": 24}, {"reason": "shows_enthusiasm", "points": 0, "of": 22}, {"reason": "restates_interest", "points": 0, "of": 22}, {"reason": "thanks", "points": 22, "of": 22}, {"reason": "length", "points": 0, "of": 10}]}','[{"about": "restates_fit", "heard": "Name one or two of your skills or results, and say in the same breath what they do for this job. For example: \"With six years in reporting and a team that cut closing time by half, I''m confident I can deliver what you need.\"", "try_next": "", "why": "", "source": "", "span": null, "gain": 0}, {"about": "restates_fit", "heard": "Say what excites you, with a word of feeling and the thing that it is about. For example: \"I''m really excited about this role.\"", "try_next": "", "why": "", "source": "", "span": null, "gain": 0}, {"about": "restates_fit", "heard": "Say it in one plain sentence: I am interested, I want this job. For example: \"I''m very interested in this position.\"", "try_next": "", "why": "", "source": "", "span": null, "gain": 0}, {"about": "restates_fit", "heard": "You spoke for 3 s; 20 to 60 s is good here. Take the room that you have: add one example.", "try_next": "", "why": "", "source": "", "span": null, "gain": 0}]','[]',NULL);
CREATE TABLE findings (
            attempt_id INTEGER NOT NULL REFERENCES attempts ON DELETE CASCADE,
            position INTEGER NOT NULL,
            criterion TEXT NOT NULL,
            verdict TEXT NOT NULL,
            asked INTEGER NOT NULL,    -- whether the round called for it, or is better without
            quote TEXT,
            start_s REAL,
            end_s REAL,
            confidence REAL NOT NULL,
            more TEXT,
            PRIMARY KEY (attempt_id, position)
        ) WITHOUT ROWID;
INSERT INTO "findings" VALUES(1,0,'asks_outright','clear',1,NULL,NULL,NULL,1.0,NULL);
INSERT INTO "findings" VALUES(1,1,'restates_fit','missed',1,NULL,NULL,NULL,1.0,NULL);
INSERT INTO "findings" VALUES(1,2,'thanks','met',1,'Thank you so much for your time today',0.0,3.1,0.997,NULL);
CREATE TABLE measures (
            attempt_id INTEGER NOT NULL REFERENCES attempts ON DELETE CASCADE,
            position INTEGER NOT NULL,
            name TEXT NOT NULL,
            value REAL,
            unit TEXT NOT NULL,
            low REAL,
            high REAL,
            meaning TEXT NOT NULL,
            spans TEXT,                -- JSON
            more TEXT,
            PRIMARY KEY (attempt_id, position)
        ) WITHOUT ROWID;
INSERT INTO "measures" VALUES(1,0,'answer_length_s',3.2,'s',20.0,60.0,'What is short is remembered, and leaves room for the other''s questions.',NULL,NULL);
CREATE TABLE rounds (
            id INTEGER PRIMARY KEY,
            session_id INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
            round TEXT,                -- its id in prompts/rounds.toml
            title TEXT,
            as_practiced TEXT          -- JSON: the round as it was then
        );
INSERT INTO "rounds" VALUES(1,1,'statement','Your closing statement','{"id": "statement", "title": "Your closing statement", "lines": ["Is there anything you''d like to add before we finish?", "We''re nearly out of time. Any last words from you?", "Before we wrap up, is there something you would still like me to know?"], "listens_for": [["restates_fit"], ["shows_enthusiasm"], ["restates_interest"], ["thanks"]], "better_without": ["undersells_self", "asks_outright"], "target_s": [20.0, 60.0], "model_answer": "Yes, briefly. I have spent six years building reporting systems, and last year I led the team that cut our closing time by half, so I am confident that my experience fits what you need here. After hearing about your plans I am really excited about this role, and I would love to join you. Thank you so much for your time today.", "invites_questions": false, "even_better": []}');
CREATE TABLE sessions (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            uid TEXT NOT NULL UNIQUE,
            started_at TEXT NOT NULL,  -- ISO 8601, UTC
            scenario TEXT NOT NULL,
            title TEXT NOT NULL,
            version TEXT NOT NULL,     -- of the voicecoach that heard it
            rehearsal INTEGER NOT NULL,
            owner TEXT,                -- NULL: one's own
            folder TEXT                -- of its recordings, under the data folder
        );
INSERT INTO "sessions" VALUES(1,'00000000000000000000000000000000','2026-11-22T18:30:00+00:00','quick-close','A quick close','0.1.0',0,NULL,NULL);
CREATE TABLE transcripts (
            attempt_id INTEGER PRIMARY KEY REFERENCES attempts ON DELETE CASCADE,
            text TEXT NOT NULL,
            engine TEXT NOT NULL,
            model TEXT NOT NULL,
            segments TEXT NOT NULL     -- JSON: words with times and probabilities
        );
INSERT INTO "transcripts" VALUES(1,'Thank you so much for your time today.','by hand','none','[{"words": [{"text": "Thank", "span": {"start_s": 0.0, "end_s": 0.3}, "probability": 0.9}, {"text": "you", "span": {"start_s": 0.4, "end_s": 0.7}, "probability": 0.9}, {"text": "so", "span": {"start_s": 0.8, "end_s": 1.1}, "probability": 0.9}, {"text": "much", "span": {"start_s": 1.2000000000000002, "end_s": 1.5000000000000002}, "probability": 0.9}, {"text": "for", "span": {"start_s": 1.6, "end_s": 1.9000000000000001}, "probability": 0.9}, {"text": "your", "span": {"start_s": 2.0, "end_s": 2.3}, "probability": 0.9}, {"text": "time", "span": {"start_s": 2.4000000000000004, "end_s": 2.7}, "probability": 0.9}, {"text": "today.", "span": {"start_s": 2.8000000000000003, "end_s": 3.1}, "probability": 0.9}], "mean_log_probability": -0.2, "no_speech_probability": 0.01, "compression_ratio": 1.1}]');
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX sessions_in_time ON sessions (started_at, owner, rehearsal);
CREATE INDEX rounds_in_short ON rounds (session_id);
CREATE INDEX attempts_in_short ON attempts (round_id, number, attempt, duration_s, score);
CREATE INDEX findings_in_short ON findings (attempt_id, criterion, verdict, asked) WHERE asked;
CREATE INDEX measures_in_short ON measures (attempt_id, name, value);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('sessions',1);
COMMIT;
