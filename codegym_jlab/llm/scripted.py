"""A model that says what it was given: for tests, demonstrations and examinations. It never learns and never tires.

As YAML, named in the settings as `scripted:FILE`, a list of lines. Said is the first whose `when` is found in the
last message, else in any; else the first that has none:

    - {when: "hint", say: "What does the loop do first?"}
    - {when: "(?i)as json", say: '{"level": 2}'}
    - {say: "I would look at the last line.", fault: cut off, after: 3}
"""

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path

from codegym_jlab.records import frozen

from . import base

FAULTS: dict[str, type[base.LlmError]] = {
    kind.word: kind for kind in (base.Away, base.Overloaded, base.Refused, base.CutOff, base.TooLong, base.BadAnswer)
}
_WORDS = re.compile(r"\s*\S+|\s+\Z")


@frozen
class Line:
    """What is said, and when. Without a fault it ends as it should."""

    say: str = ""
    when: str = ""  #: a regular expression looked for in the last message, then in all; empty: where no other fits
    first_s: float = 0.0  #: before the first piece
    between_s: float = 0.0  #: between two pieces
    fault: str = ""  #: the word of an error: away, overloaded, refused, cut off, too long, bad answer
    after: int = 0  #: pieces before the fault
    times: int | None = None  #: how often it is said; then it is passed over

    def __post_init__(self) -> None:
        if self.fault and self.fault not in FAULTS:
            raise ValueError(f"there is no fault {self.fault!r}; there are: {', '.join(FAULTS)}")


class Scripted:
    """Says its lines. `asked` keeps what it was asked, for tests."""

    here = True

    def __init__(self, lines: Iterable[Line | str], name: str = "scripted", context: int | None = None) -> None:
        self._lines = [Line(line) if isinstance(line, str) else line for line in lines]
        self._said = [0] * len(self._lines)
        self.name, self._context = name, context
        self.asked: list[base.Prompt] = []

    async def stream(self, prompt: base.Prompt) -> base.Pieces:
        """Word by word. Raises the fault of its line; Refused where no line fits, TooLong past its context."""
        self.asked.append(prompt)
        if self._context is not None and base.bytes_of(prompt) + prompt.max_tokens > self._context:
            raise base.TooLong(self.name, f"the prompt is longer than {self._context} tokens")
        line = self._line(prompt)
        if line is None:
            raise base.Refused(self.name, "no line of the script fits this prompt; add one without `when`")
        await asyncio.sleep(line.first_s)
        words = _WORDS.findall(line.say)
        for number, word in enumerate(words):
            if line.fault and number >= line.after:
                break
            if number:
                await asyncio.sleep(line.between_s)
            if number >= prompt.max_tokens:
                raise base.CutOff(self.name, f"the reply is longer than {prompt.max_tokens} tokens", by="length")
            yield base.Piece(word, self.name)
        if line.fault:
            raise FAULTS[line.fault](self.name, f"the script says: {line.fault}")
        yield base.Piece("", self.name, base.Usage(base.at_most(prompt), len(words)))

    def _line(self, prompt: base.Prompt) -> Line | None:
        last = prompt.messages[-1].text if prompt.messages else ""
        everything = "\n".join(message.text for message in prompt.messages)
        left = [i for i, line in enumerate(self._lines) if line.times is None or self._said[i] < line.times]
        with_when = [i for i in left if self._lines[i].when]
        found = [i for text in (last, everything) for i in with_when if re.search(self._lines[i].when, text)]
        found += [i for i in left if not self._lines[i].when]
        if not found:
            return None
        self._said[found[0]] += 1
        return self._lines[found[0]]

    async def look(self) -> base.Readiness:
        return base.Readiness(self.name, "loaded", "says what its script says")

    async def close(self) -> None:
        """It holds nothing."""


def read_lines(path: Path) -> list[Line]:
    """The lines of a script. Raises ValueError, with what is wrong in it."""
    import yaml

    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
        return [Line(each) if isinstance(each, str) else Line(**each) for each in read]
    except (OSError, yaml.YAMLError, TypeError, ValueError) as error:
        raise ValueError(f"the script {path} cannot be read: {str(error).splitlines()[0]}") from error
