"""A class's progress, built from the topic alone: no database, no API, nothing but the events.

    pip install 'codegym-jlab[kafka]'
    python class_progress.py 127.0.0.1:9092 [--topic codegym.events] [--once]

Three rules make a consumer of these events right, and each is one line below:
- at least once: an event may come twice, so its id is looked at before anything is counted;
- an event that was refused and sent again may come late, so an older line never replaces a newer one. Ids of
  submissions rise whatever the server's clock does; of one submission's lines (it may be judged anew) the time tells;
- people are random ids of the offering: names stay where they are, in the records.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition


@dataclass
class Progress:
    """What is known of a class."""

    lines: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)  #: offering, person, exercise
    hints: dict[tuple[str, str, str], int] = field(default_factory=dict)
    checks: dict[tuple[str, str], int] = field(default_factory=dict)  #: offering, verdict
    seen: set[str] = field(default_factory=set)  #: a consumer with a database keeps ids there, in the same transaction

    def take(self, event: dict[str, Any]) -> bool:
        """One event; False where it came before."""
        if event["id"] in self.seen:
            return False
        self.seen.add(event["id"])
        data = event["data"]
        if event["type"] == "codegym.user_progress_updated.v1":
            self._line(data)
        elif event["type"] == "codegym.hint_given.v1":
            where = (data["offering"], data["person"], data["exercise"])
            self.hints[where] = max(data["rung"], self.hints.get(where, 0))
        elif event["type"] == "codegym.grading_complete.v1":
            count = (data["offering"], data["verdict"])
            self.checks[count] = self.checks.get(count, 0) + 1
        return True  # what else there is, and will be, is none of ours

    def _line(self, data: dict[str, Any]) -> None:
        where = (data["offering"], data["person"], data["exercise"])
        known = self.lines.get(where)
        if known is None or _age(data) >= _age(known):
            self.lines[where] = data

    def table(self) -> list[dict[str, Any]]:
        """A row for each person: points that count, exercises solved and begun, attempts."""
        people: dict[tuple[str, str], dict[str, Any]] = {}
        for (offering, person, exercise), line in sorted(self.lines.items()):
            blank = {"offering": offering, "person": person, "points": 0.0, "solved": 0, "begun": 0, "attempts": 0}
            row = people.setdefault((offering, person), {**blank, "hints": 0})
            row["points"] += line["counting"]["score"] if line["counting"] else 0.0
            row["solved"] += line["solved"]
            row["begun"] += 1
            row["attempts"] += line["attempts"]
            row["hints"] += self.hints.get((offering, person, exercise), 0)
        return list(people.values())


def _age(line: dict[str, Any]) -> tuple[str, datetime]:
    return line["submission"] or "", datetime.fromisoformat(line["time"])


def read(servers: str, topic: str, progress: Progress, *, once: bool) -> None:
    """Read the topic from its beginning; with `once` to its end, else for ever."""
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": "class-progress",
            "enable.auto.commit": False,  # nothing is kept here: each start reads everything
            "enable.partition.eof": True,
        }
    )
    try:
        partitions = consumer.list_topics(topic, timeout=20).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
        ended: set[int | None] = set()
        while len(ended) < len(partitions) or not once:
            message = consumer.poll(1.0)
            if message is None:
                continue
            error, value = message.error(), message.value()
            if error is None and value is not None:
                if progress.take(json.loads(value)) and not once:
                    print(json.dumps(progress.table()[-1:]), flush=True)
            elif error is not None and error.code() == KafkaError._PARTITION_EOF:
                ended.add(message.partition())
    finally:
        consumer.close()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("servers", help="HOST:PORT of a broker")
    parser.add_argument("--topic", default="codegym.events")
    parser.add_argument("--once", action="store_true", help="print the class and end")
    chosen = parser.parse_args()
    progress = Progress()
    read(chosen.servers, chosen.topic, progress, once=chosen.once)
    for row in progress.table():
        print(json.dumps(row))


if __name__ == "__main__":
    main()
