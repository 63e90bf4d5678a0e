CREATE TABLE alembic_version (
 version_num VARCHAR(32) NOT NULL,
 CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE offerings (
 id VARCHAR(255) NOT NULL,
 course VARCHAR(255) NOT NULL,
 title TEXT NOT NULL,
 term TEXT DEFAULT '' NOT NULL,
 time_zone VARCHAR(64) DEFAULT 'UTC' NOT NULL,
 contact TEXT,
 created_at TIMESTAMP WITH TIME ZONE NOT NULL,
 CONSTRAINT pk_offerings PRIMARY KEY (id)
);
CREATE TABLE outbox (
 seq SERIAL NOT NULL,
 id VARCHAR(600) NOT NULL,
 type VARCHAR(255) NOT NULL,
 key VARCHAR(255) NOT NULL,
 offering VARCHAR(255) NOT NULL,
 payload JSON NOT NULL,
 created_at TIMESTAMP WITH TIME ZONE NOT NULL,
 delivered_at TIMESTAMP WITH TIME ZONE,
 tries INTEGER DEFAULT '0' NOT NULL,
 dead BOOLEAN DEFAULT false NOT NULL,
 problem TEXT,
 CONSTRAINT pk_outbox PRIMARY KEY (seq)
);
CREATE INDEX ix_outbox_undelivered ON outbox (seq) WHERE delivered_at IS NULL AND NOT dead;
CREATE TABLE people (
 id VARCHAR(255) NOT NULL,
 offering VARCHAR(255) NOT NULL,
 kind VARCHAR(16) DEFAULT 'person' NOT NULL,
 account TEXT,
 created_at TIMESTAMP WITH TIME ZONE NOT NULL,
 erased_at TIMESTAMP WITH TIME ZONE,
 CONSTRAINT pk_people PRIMARY KEY (id),
 CONSTRAINT ck_people_kind CHECK (kind IN ('person', 'team')),
 CONSTRAINT uq_people_offering_account UNIQUE (offering, account),
 CONSTRAINT fk_people_offering_offerings FOREIGN KEY(offering) REFERENCES offerings (id)
);
CREATE TABLE enrolments (
 offering VARCHAR(255) NOT NULL,
 person VARCHAR(255) NOT NULL,
 role VARCHAR(255) NOT NULL,
 section TEXT,
 created_at TIMESTAMP WITH TIME ZONE NOT NULL,
 CONSTRAINT pk_enrolments PRIMARY KEY (offering, person, role),
 CONSTRAINT ck_enrolments_role CHECK (role IN ('student', 'grader', 'instructor')),
 CONSTRAINT fk_enrolments_offering_offerings FOREIGN KEY(offering) REFERENCES offerings (id),
 CONSTRAINT fk_enrolments_person_people FOREIGN KEY(person) REFERENCES people (id)
);
CREATE TABLE hints_given (
 offering VARCHAR(255) NOT NULL,
 person VARCHAR(255) NOT NULL,
 exercise VARCHAR(255) NOT NULL,
 rung INTEGER NOT NULL,
 given_at TIMESTAMP WITH TIME ZONE NOT NULL,
 cost FLOAT NOT NULL,
 CONSTRAINT pk_hints_given PRIMARY KEY (offering, person, exercise, rung),
 CONSTRAINT fk_hints_given_offering_offerings FOREIGN KEY(offering) REFERENCES offerings (id),
 CONSTRAINT fk_hints_given_person_people FOREIGN KEY(person) REFERENCES people (id)
);
CREATE TABLE notebooks (
 offering VARCHAR(255) NOT NULL,
 person VARCHAR(255) NOT NULL,
 unit VARCHAR(255) NOT NULL,
 digest VARCHAR(255) NOT NULL,
 body TEXT NOT NULL,
 made_at TIMESTAMP WITH TIME ZONE NOT NULL,
 CONSTRAINT pk_notebooks PRIMARY KEY (offering, person, unit, digest),
 CONSTRAINT fk_notebooks_offering_offerings FOREIGN KEY(offering) REFERENCES offerings (id),
 CONSTRAINT fk_notebooks_person_people FOREIGN KEY(person) REFERENCES people (id)
);
CREATE TABLE openings (
 offering VARCHAR(255) NOT NULL,
 person VARCHAR(255) NOT NULL,
 unit VARCHAR(255) NOT NULL,
 opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
 CONSTRAINT pk_openings PRIMARY KEY (offering, person, unit),
 CONSTRAINT fk_openings_offering_offerings FOREIGN KEY(offering) REFERENCES offerings (id),
 CONSTRAINT fk_openings_person_people FOREIGN KEY(person) REFERENCES people (id)
);
CREATE TABLE overrides (
 offering VARCHAR(255) NOT NULL,
 person VARCHAR(255) NOT NULL,
 unit VARCHAR(255) NOT NULL,
 exercise VARCHAR(255) NOT NULL,
 fields JSON NOT NULL,
 set_by VARCHAR(255),
 set_at TIMESTAMP WITH TIME ZONE NOT NULL,
 CONSTRAINT pk_overrides PRIMARY KEY (offering, person, unit, exercise),
 CONSTRAINT fk_overrides_offering_offerings FOREIGN KEY(offering) REFERENCES offerings (id),
 CONSTRAINT fk_overrides_set_by_people FOREIGN KEY(set_by) REFERENCES people (id)
);
CREATE TABLE submissions (
 id VARCHAR(255) NOT NULL,
 offering VARCHAR(255) NOT NULL,
 person VARCHAR(255) NOT NULL,
 submitter VARCHAR(255) NOT NULL,
 course VARCHAR(255) NOT NULL,
 exercise VARCHAR(255) NOT NULL,
 kind VARCHAR(16) NOT NULL,
 source TEXT NOT NULL,
 cells JSON NOT NULL,
 digest VARCHAR(64) NOT NULL,
 idempotency_key VARCHAR(255) NOT NULL,
 received_at TIMESTAMP WITH TIME ZONE NOT NULL,
 claimed_at TIMESTAMP WITH TIME ZONE,
 state VARCHAR(16) NOT NULL,
 attempt INTEGER,
 same_as VARCHAR(255),
 faults INTEGER DEFAULT '0' NOT NULL,
 worker VARCHAR(255),
 leased_until TIMESTAMP WITH TIME ZONE,
 not_before TIMESTAMP WITH TIME ZONE,
 CONSTRAINT pk_submissions PRIMARY KEY (id),
 CONSTRAINT ck_submissions_kind CHECK (kind IN ('try', 'submit', 'draft')),
 CONSTRAINT ck_submissions_state CHECK (state IN ('waiting', 'judged', 'awaiting_review', 'cancelled', 'parked', 'kept')),
 CONSTRAINT uq_submissions_offering_person_idempotency_key UNIQUE (offering, person, idempotency_key),
 CONSTRAINT fk_submissions_offering_offerings FOREIGN KEY(offering) REFERENCES offerings (id),
 CONSTRAINT fk_submissions_person_people FOREIGN KEY(person) REFERENCES people (id),
 CONSTRAINT fk_submissions_submitter_people FOREIGN KEY(submitter) REFERENCES people (id),
 CONSTRAINT fk_submissions_same_as_submissions FOREIGN KEY(same_as) REFERENCES submissions (id)
);
CREATE INDEX ix_submissions_drafts ON submissions (offering, person, exercise, id) WHERE state = 'kept';
CREATE INDEX ix_submissions_queue ON submissions (received_at) WHERE state = 'waiting';
CREATE INDEX ix_submissions_same ON submissions (offering, person, exercise, kind, digest, id);
CREATE INDEX ix_submissions_waiting ON submissions (offering, person, exercise, kind) WHERE state = 'waiting';
CREATE TABLE judgements (
 id VARCHAR(255) NOT NULL,
 submission VARCHAR(255) NOT NULL,
 current BOOLEAN NOT NULL,
 superseded_by VARCHAR(255),
 cause VARCHAR(16) DEFAULT 'check' NOT NULL,
 who VARCHAR(255),
 why TEXT,
 verdict VARCHAR(3) NOT NULL,
 score FLOAT NOT NULL,
 max_score FLOAT NOT NULL,
 hidden_not_run INTEGER NOT NULL,
 stdout TEXT NOT NULL,
 notices JSON NOT NULL,
 failure JSON,
 course_digest VARCHAR(64) NOT NULL,
 environment_digest VARCHAR(64) NOT NULL,
 seed VARCHAR(64) NOT NULL,
 level VARCHAR(32) NOT NULL,
 wall_ms FLOAT NOT NULL,
 judged_at TIMESTAMP WITH TIME ZONE NOT NULL,
 CONSTRAINT pk_judgements PRIMARY KEY (id),
 CONSTRAINT fk_judgements_submission_submissions FOREIGN KEY(submission) REFERENCES submissions (id),
 CONSTRAINT fk_judgements_superseded_by_judgements FOREIGN KEY(superseded_by) REFERENCES judgements (id),
 CONSTRAINT fk_judgements_who_people FOREIGN KEY(who) REFERENCES people (id)
);
CREATE INDEX ix_judgements_superseded ON judgements (superseded_by) WHERE superseded_by IS NOT NULL;
CREATE UNIQUE INDEX uq_judgements_current ON judgements (submission) WHERE current;
CREATE TABLE progress (
 offering VARCHAR(255) NOT NULL,
 person VARCHAR(255) NOT NULL,
 exercise VARCHAR(255) NOT NULL,
 tried_at TIMESTAMP WITH TIME ZONE,
 submitted_at TIMESTAMP WITH TIME ZONE,
 submission VARCHAR(255),
 score FLOAT,
 max_score FLOAT NOT NULL,
 late_s FLOAT,
 awaiting_review BOOLEAN NOT NULL,
 counting_submission VARCHAR(255),
 counting_at TIMESTAMP WITH TIME ZONE,
 counting_score FLOAT,
 counting_late_s FLOAT,
 solved BOOLEAN NOT NULL,
 attempts INTEGER NOT NULL,
 hints INTEGER NOT NULL,
 hint_cost FLOAT NOT NULL,
 CONSTRAINT pk_progress PRIMARY KEY (offering, person, exercise),
 CONSTRAINT fk_progress_offering_offerings FOREIGN KEY(offering) REFERENCES offerings (id),
 CONSTRAINT fk_progress_person_people FOREIGN KEY(person) REFERENCES people (id),
 CONSTRAINT fk_progress_submission_submissions FOREIGN KEY(submission) REFERENCES submissions (id),
 CONSTRAINT fk_progress_counting_submission_submissions FOREIGN KEY(counting_submission) REFERENCES submissions (id)
);
CREATE TABLE check_results (
 judgement VARCHAR(255) NOT NULL,
 position INTEGER NOT NULL,
 check_id VARCHAR(255) NOT NULL,
 label TEXT NOT NULL,
 hidden BOOLEAN NOT NULL,
 verdict VARCHAR(3) NOT NULL,
 weight FLOAT NOT NULL,
 message TEXT NOT NULL,
 reveal BOOLEAN NOT NULL,
 expected TEXT,
 got TEXT,
 diff JSON,
 stdout TEXT NOT NULL,
 failure JSON,
 CONSTRAINT pk_check_results PRIMARY KEY (judgement, position),
 CONSTRAINT fk_check_results_judgement_judgements FOREIGN KEY(judgement) REFERENCES judgements (id)
);
CREATE TABLE score_parts (
 judgement VARCHAR(255) NOT NULL,
 position INTEGER NOT NULL,
 source VARCHAR(16) NOT NULL,
 points FLOAT NOT NULL,
 max_points FLOAT NOT NULL,
 who TEXT,
 comment TEXT,
 CONSTRAINT pk_score_parts PRIMARY KEY (judgement, position),
 CONSTRAINT ck_score_parts_source CHECK (source IN ('checker', 'person')),
 CONSTRAINT fk_score_parts_judgement_judgements FOREIGN KEY(judgement) REFERENCES judgements (id)
);
INSERT INTO alembic_version (version_num) VALUES ('0001');
