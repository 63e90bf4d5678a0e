CREATE TABLE paces (
 offering VARCHAR(255) NOT NULL,
 person VARCHAR(255) NOT NULL,
 exercise VARCHAR(255) NOT NULL,
 full_at TIMESTAMP WITH TIME ZONE NOT NULL,
 CONSTRAINT pk_paces PRIMARY KEY (offering, person, exercise),
 CONSTRAINT fk_paces_offering_offerings FOREIGN KEY(offering) REFERENCES offerings (id),
 CONSTRAINT fk_paces_person_people FOREIGN KEY(person) REFERENCES people (id)
);
CREATE TABLE leases (
 name VARCHAR(255) NOT NULL,
 holder VARCHAR(255) NOT NULL,
 until TIMESTAMP WITH TIME ZONE NOT NULL,
 CONSTRAINT pk_leases PRIMARY KEY (name)
);
CREATE TABLE sends (
 seq INTEGER NOT NULL,
 sink VARCHAR(255) NOT NULL,
 CONSTRAINT pk_sends PRIMARY KEY (seq, sink),
 CONSTRAINT fk_sends_seq_outbox FOREIGN KEY(seq) REFERENCES outbox (seq)
);
CREATE INDEX ix_outbox_dead ON outbox (seq) WHERE dead;
ALTER TABLE offerings ADD COLUMN begins TIMESTAMP WITH TIME ZONE;
ALTER TABLE offerings ADD COLUMN ends TIMESTAMP WITH TIME ZONE;
CREATE INDEX ix_people_account ON people (account);
ALTER TABLE enrolments ADD COLUMN ended_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE submissions ADD COLUMN version VARCHAR(64);
ALTER TABLE submissions ADD COLUMN collected_from VARCHAR(255);
CREATE TEMPORARY TABLE overrides_before AS SELECT * FROM overrides;
DROP TABLE overrides;
CREATE TABLE overrides (
 offering VARCHAR(255) NOT NULL,
 person VARCHAR(255) NOT NULL,
 section VARCHAR(255) NOT NULL,
 unit VARCHAR(255) NOT NULL,
 exercise VARCHAR(255) NOT NULL,
 fields JSON NOT NULL,
 set_by VARCHAR(255),
 set_at TIMESTAMP WITH TIME ZONE NOT NULL,
 why TEXT,
 CONSTRAINT pk_overrides PRIMARY KEY (offering, person, section, unit, exercise),
 CONSTRAINT fk_overrides_offering_offerings FOREIGN KEY(offering) REFERENCES offerings (id),
 CONSTRAINT fk_overrides_set_by_people FOREIGN KEY(set_by) REFERENCES people (id)
);
INSERT INTO overrides (offering, person, section, unit, exercise, fields, set_by, set_at) SELECT offering, person, '', unit, exercise, fields, set_by, set_at FROM overrides_before;
DROP TABLE overrides_before;
CREATE TABLE override_changes (
 id VARCHAR(255) NOT NULL,
 offering VARCHAR(255) NOT NULL,
 person VARCHAR(255) NOT NULL,
 section VARCHAR(255) NOT NULL,
 unit VARCHAR(255) NOT NULL,
 exercise VARCHAR(255) NOT NULL,
 before JSON,
 fields JSON,
 set_by VARCHAR(255),
 set_at TIMESTAMP WITH TIME ZONE NOT NULL,
 why TEXT,
 CONSTRAINT pk_override_changes PRIMARY KEY (id),
 CONSTRAINT fk_override_changes_offering_offerings FOREIGN KEY(offering) REFERENCES offerings (id),
 CONSTRAINT fk_override_changes_set_by_people FOREIGN KEY(set_by) REFERENCES people (id)
);
CREATE INDEX ix_override_changes_offering_id ON override_changes (offering, id);
CREATE TABLE unsubmitted (
 offering VARCHAR(255) NOT NULL,
 person VARCHAR(255) NOT NULL,
 exercise VARCHAR(255) NOT NULL,
 CONSTRAINT pk_unsubmitted PRIMARY KEY (offering, person, exercise),
 CONSTRAINT fk_unsubmitted_offering_offerings FOREIGN KEY(offering) REFERENCES offerings (id),
 CONSTRAINT fk_unsubmitted_person_people FOREIGN KEY(person) REFERENCES people (id)
);
INSERT INTO unsubmitted (offering, person, exercise) SELECT DISTINCT offering, person, exercise FROM submissions WHERE state = 'kept';
CREATE TABLE course_files (
 digest VARCHAR(64) NOT NULL,
 body BYTEA NOT NULL,
 CONSTRAINT pk_course_files PRIMARY KEY (digest)
);
CREATE TABLE versions (
 digest VARCHAR(64) NOT NULL,
 course VARCHAR(255) NOT NULL,
 title TEXT NOT NULL,
 files JSON NOT NULL,
 made_at TIMESTAMP WITH TIME ZONE NOT NULL,
 CONSTRAINT pk_versions PRIMARY KEY (digest)
);
CREATE TABLE publications (
 offering VARCHAR(255) NOT NULL,
 number INTEGER NOT NULL,
 version VARCHAR(64) NOT NULL,
 published_by VARCHAR(255),
 published_at TIMESTAMP WITH TIME ZONE NOT NULL,
 note TEXT NOT NULL,
 changes JSON NOT NULL,
 CONSTRAINT pk_publications PRIMARY KEY (offering, number),
 CONSTRAINT fk_publications_offering_offerings FOREIGN KEY(offering) REFERENCES offerings (id),
 CONSTRAINT fk_publications_version_versions FOREIGN KEY(version) REFERENCES versions (digest),
 CONSTRAINT fk_publications_published_by_people FOREIGN KEY(published_by) REFERENCES people (id)
);
ALTER TABLE progress ADD COLUMN verdict VARCHAR(3);
ALTER TABLE progress ADD COLUMN failed JSON;
UPDATE progress SET verdict = (SELECT verdict
 FROM judgements JOIN submissions ON judgements.submission = COALESCE(submissions.same_as, submissions.id)
 WHERE submissions.id = progress.submission AND judgements.current
) WHERE submission IS NOT NULL;
UPDATE progress SET failed = (SELECT json_agg(check_id ORDER BY position) FROM check_results WHERE verdict <> 'AC' AND judgement = (SELECT judgements.id
 FROM judgements JOIN submissions ON judgements.submission = COALESCE(submissions.same_as, submissions.id)
 WHERE submissions.id = progress.submission AND judgements.current
) HAVING count(*) > 0) WHERE verdict <> 'AC';
CREATE TABLE erasures (
 person VARCHAR(255) NOT NULL,
 offering VARCHAR(255) NOT NULL,
 erased_at TIMESTAMP WITH TIME ZONE NOT NULL,
 who TEXT NOT NULL,
 why TEXT NOT NULL,
 CONSTRAINT pk_erasures PRIMARY KEY (person),
 CONSTRAINT fk_erasures_person_people FOREIGN KEY(person) REFERENCES people (id),
 CONSTRAINT fk_erasures_offering_offerings FOREIGN KEY(offering) REFERENCES offerings (id)
);
ALTER TABLE submissions ADD COLUMN traceparent VARCHAR(55);
ALTER TABLE outbox ADD COLUMN traceparent VARCHAR(55);
CREATE INDEX ix_submissions_parked ON submissions (offering, id) WHERE state = 'parked';
CREATE TABLE turns (
 id VARCHAR(255) NOT NULL,
 offering VARCHAR(255) NOT NULL,
 person VARCHAR(255) NOT NULL,
 exercise VARCHAR(255) NOT NULL,
 asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
 message TEXT NOT NULL,
 intent VARCHAR(32) NOT NULL,
 reply JSON,
 llm VARCHAR(255),
 tokens INTEGER NOT NULL,
 wall_ms FLOAT NOT NULL,
 thumb INTEGER NOT NULL,
 hidden BOOLEAN NOT NULL,
 withheld JSON,
 CONSTRAINT pk_turns PRIMARY KEY (id),
 CONSTRAINT fk_turns_offering_offerings FOREIGN KEY(offering) REFERENCES offerings (id),
 CONSTRAINT fk_turns_person_people FOREIGN KEY(person) REFERENCES people (id)
);
CREATE INDEX ix_turns_person ON turns (offering, person, exercise, id);
CREATE INDEX ix_turns_asked_at ON turns (offering, asked_at);
CREATE TABLE tickets (
 id VARCHAR(255) NOT NULL,
 offering VARCHAR(255) NOT NULL,
 person VARCHAR(255) NOT NULL,
 exercise VARCHAR(255) NOT NULL,
 asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
 question TEXT NOT NULL,
 shared JSON NOT NULL,
 answer TEXT,
 answered_at TIMESTAMP WITH TIME ZONE,
 answered_by TEXT,
 CONSTRAINT pk_tickets PRIMARY KEY (id),
 CONSTRAINT fk_tickets_offering_offerings FOREIGN KEY(offering) REFERENCES offerings (id),
 CONSTRAINT fk_tickets_person_people FOREIGN KEY(person) REFERENCES people (id)
);
CREATE INDEX ix_tickets_person ON tickets (offering, person, exercise, id);
CREATE INDEX ix_tickets_class ON tickets (offering, id);
CREATE TABLE teams (
 id VARCHAR(255) NOT NULL,
 offering VARCHAR(255) NOT NULL,
 unit VARCHAR(255) NOT NULL,
 name TEXT NOT NULL,
 made_at TIMESTAMP WITH TIME ZONE NOT NULL,
 CONSTRAINT pk_teams PRIMARY KEY (id),
 CONSTRAINT uq_teams_offering_unit_name UNIQUE (offering, unit, name),
 CONSTRAINT fk_teams_id_people FOREIGN KEY(id) REFERENCES people (id),
 CONSTRAINT fk_teams_offering_offerings FOREIGN KEY(offering) REFERENCES offerings (id)
);
CREATE TABLE team_members (
 team VARCHAR(255) NOT NULL,
 person VARCHAR(255) NOT NULL,
 offering VARCHAR(255) NOT NULL,
 unit VARCHAR(255) NOT NULL,
 since TIMESTAMP WITH TIME ZONE NOT NULL,
 ended_at TIMESTAMP WITH TIME ZONE,
 CONSTRAINT pk_team_members PRIMARY KEY (team, person),
 CONSTRAINT fk_team_members_team_teams FOREIGN KEY(team) REFERENCES teams (id),
 CONSTRAINT fk_team_members_person_people FOREIGN KEY(person) REFERENCES people (id),
 CONSTRAINT fk_team_members_offering_offerings FOREIGN KEY(offering) REFERENCES offerings (id)
);
CREATE UNIQUE INDEX uq_team_members_now ON team_members (offering, person, unit) WHERE ended_at IS NULL;
CREATE INDEX ix_team_members_person ON team_members (person);
ALTER TABLE submissions ADD COLUMN reason TEXT;
CREATE TABLE team_moves (
 id VARCHAR(255) NOT NULL,
 offering VARCHAR(255) NOT NULL,
 person VARCHAR(255) NOT NULL,
 unit VARCHAR(255) NOT NULL,
 before VARCHAR(255),
 after VARCHAR(255),
 moved_by VARCHAR(255),
 moved_at TIMESTAMP WITH TIME ZONE NOT NULL,
 why TEXT,
 CONSTRAINT pk_team_moves PRIMARY KEY (id),
 CONSTRAINT fk_team_moves_offering_offerings FOREIGN KEY(offering) REFERENCES offerings (id),
 CONSTRAINT fk_team_moves_person_people FOREIGN KEY(person) REFERENCES people (id),
 CONSTRAINT fk_team_moves_before_teams FOREIGN KEY(before) REFERENCES teams (id),
 CONSTRAINT fk_team_moves_after_teams FOREIGN KEY(after) REFERENCES teams (id),
 CONSTRAINT fk_team_moves_moved_by_people FOREIGN KEY(moved_by) REFERENCES people (id)
);
CREATE INDEX ix_team_moves_person ON team_moves (person);
INSERT INTO team_moves (id, offering, person, unit, "before", "after", moved_at)
 SELECT 'came-' || now.team || '-' || now.person, now.offering, now.person, now.unit, MIN(was.team), now.team, now.since
 FROM team_members now LEFT JOIN team_members was ON was.offering = now.offering AND was.person = now.person
  AND was.unit = now.unit AND was.team <> now.team AND was.ended_at = now.since
 GROUP BY now.team, now.person, now.offering, now.unit, now.since;
INSERT INTO team_moves (id, offering, person, unit, "before", "after", moved_at)
 SELECT 'left-' || was.team || '-' || was.person, was.offering, was.person, was.unit, was.team, NULL, was.ended_at
 FROM team_members was WHERE was.ended_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM team_members now
  WHERE now.offering = was.offering AND now.person = was.person AND now.unit = was.unit AND now.team <> was.team
  AND now.since = was.ended_at);
UPDATE alembic_version SET version_num = '0012';
