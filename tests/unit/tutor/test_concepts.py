"""The library of concepts: every example runs and prints just what it says; questions find their topic."""

import contextlib
import io
import math
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from codegym_jlab.course.loader import load_course
from codegym_jlab.course.schema import Course
from codegym_jlab.tutor.concepts import SURE, Answers, Example, Found, answers, explain, find, level_of, topics

ROOT = Path(__file__).parents[3]
PLAIN = Path(__file__).with_name("plain_words.txt")
BENIGN = ROOT / "evals" / "benign.yaml"


def examples() -> Iterator[tuple[str, Example]]:
    for topic in topics():
        yield topic.id, topic.example
        yield from ((f"{topic.id}+{number}", more) for number, more in enumerate(topic.more, 1))


def printed(code: str, folder: Path) -> str:
    out = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out):
        exec(compile(code, "example", "exec", dont_inherit=True), {"__name__": "__main__"})
    return out.getvalue().rstrip()


def test_every_example_prints_just_what_it_says(tmp_path: Path) -> None:
    wrong = [name for name, example in examples() if printed(example.code, tmp_path) != example.output]
    assert wrong == []


def test_topics_are_whole_and_of_their_own() -> None:
    ids = [topic.id for topic in topics()]
    assert len(set(ids)) == len(ids) >= 160
    for topic in topics():
        assert len(topic.text.split()) <= 90, topic.id
        assert topic.exercise and topic.also, topic.id
        assert all(more.text and more.about for more in topic.more), topic.id


ASKED = [
    entry
    for path in sorted((ROOT / "codegym_jlab/tutor/concepts/questions").glob("*.yaml"))
    for entry in yaml.safe_load(path.read_text())
]


@pytest.mark.full
def test_of_fifty_phrasings_of_general_questions_at_most_one_misses_its_own_answer() -> None:
    lost, asked = [], 0
    for number, entry in enumerate(ASKED):
        ways = [part.strip() for part in entry["ask"].split("?") if part.strip()]
        assert len(ways) >= 3 and len(entry["say"].split()) <= 54, entry["ask"]
        say = f"**{ways[0][0].upper()}{ways[0][1:]}?**\n\n{' '.join(entry['say'].split())}"
        if number % 7 == 0:  # all 5,700 take a minute
            asked += len(ways)
            lost += [one for one in ways if answers(of_tables=True).nearest(one)[0][0] != say]
    assert len(lost) < asked / 50 and len(ASKED) > 600


def test_what_general_answers_say_an_expression_gives_it_gives() -> None:
    held, wrong = 0, []
    for entry in ASKED:
        for code, told in re.findall(r"`([^`]+)` gives `([^`]+)`", " ".join(entry["say"].split())):
            try:
                given = eval(code, {"math": math, "random": random})
            except (SyntaxError, NameError):  # no expression, or one of names that the answer gave before
                continue
            except Exception as error:
                given = f"{type(error).__name__}: {error}"
            held += 1
            is_told = told in (repr(given), str(given)) or told.split(":")[0] == str(given).split(":")[0]
            wrong += [] if is_told or repr(given) == told.replace('"', "'") else [(code, told, given)]
    assert wrong == [] and held > 120


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("do i really need the self everywhere", "Each ordinary method needs `self`"),
        ("why do we have to write * and not x", "Times is written `*`"),
        ("why does else need no question", "`else` never has a condition"),
        ("does python make the file first or do i have to", "For writing, Python makes the file"),
    ],
)
def test_a_general_question_is_known_in_other_words(question: str, begins: str) -> None:
    (told, near), *_ = answers().nearest(question)
    assert near > 0.72 and told.partition("\n\n")[2].startswith(begins)


def test_questions_on_tables_are_known_only_where_a_course_has_some() -> None:
    asked = "what does size count, is it the number of values that are there"
    (told, near), *_ = answers(of_tables=True).nearest(asked)
    assert near > 0.6 and "difference between size and count" in told
    assert all("size and count" not in say for say, _ in answers().nearest(asked))


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("i dont know if big and small letters make a difference", "Do capital letters matter?"),
        ("should everything be sorted first", "Which order do they come in?"),
        ("i want to see 2 numbers behind the point", "How do I show two decimals?"),
    ],
)
def test_two_ways_to_ask_the_same_point_the_same_way_though_they_share_few_words(question: str, wanted: str) -> None:
    every = [
        "Do capital letters matter?",
        "Which order do they come in?",
        "How do I show two decimals?",
        "What is a loop?",
    ]
    (first, near), *_ = Answers((one, one) for one in every).nearest(question)
    assert first == wanted and near > 0.3


@pytest.mark.parametrize(
    "question", ["why is it wrong", "where does the total go", "is it right so far", "how do i begin here", ""]
)
def test_a_question_of_one_exercise_is_no_general_one(question: str) -> None:
    assert answers().nearest(question)[0][1] < 0.8


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("how does dict.get work?", "dict-get"),
        ("what is a list comprehension", "list-comprehension"),
        ("go through two lists at once", "zip"),
        ("¿cómo recorro un diccionario?", "dict-items"),
        ("Wie entferne ich Duplikate aus einer Liste?", "set"),
        ("comment inverser une chaîne ?", "slicing"),
        ("sortowanie według klucza key", "sorted-key"),
        ("怎么去重", "set"),
        ("which brackets do I need for a dictionary", "dict"),
        ("what is a modulo", "modulo"),
        ("what is a module", "import"),
        ("what does concatenate mean", "string"),
        ("what is a range", "range"),
    ],
)
def test_a_question_finds_its_topic(question: str, topic: str) -> None:
    first, *_ = find(question)
    assert first.topic.id == topic and first.is_named


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("what does the percent sign do?", "modulo"),
        ("Was macht das Prozentzeichen?", "modulo"),
        ("百分号有什么用", "modulo"),
        ("what do two stars between numbers mean", "power"),
        ("what is the double slash for", "modulo"),
        ("what is the at sign above a function", "decorator"),
        ("how does super() work", "super"),
    ],
)
def test_a_sign_is_found_by_its_name_and_a_word_of_praise_is_no_code(question: str, topic: str) -> None:
    assert find(question)[0].topic.id == topic


@pytest.mark.parametrize("ask", ["{}", "explain {}", "What is {}?", "I don't understand {}."])
@pytest.mark.parametrize(
    ("word", "topic"),
    [
        ("arithmetic", "arithmetic"),
        ("whole numbers", "arithmetic"),
        ("comparison", "comparison"),
        ("text", "string"),
        ("input", "input"),
        ("print", "print"),
        ("if", "if-else"),
        ("true and false", "truthiness"),
    ],
)
def test_a_plain_word_finds_its_page_whatever_asks(word: str, topic: str, ask: str) -> None:
    found = find(ask.format(word))[0]
    assert found.topic.id == topic and found.is_named and found.exact


def test_a_plain_word_means_one_topic() -> None:
    words = Counter(word for topic in topics() for word in topic.called)
    assert [word for word, times in words.items() if times > 1] == []
    assert find("what is it for?") == [] and find("what is a # for")[0].topic.id == "comments"


def test_what_the_courses_name_as_an_idea_has_a_page() -> None:
    units = (unit for name in ("python-basics", "data-with-pandas") for unit in usable(ROOT / "courses" / name).units)
    ideas = {idea for unit in units for exercise in unit.exercises for idea in exercise.concepts}
    missed = [idea for idea in sorted(ideas) if not any(found.is_named for found in find(f"explain {idea}")[:1])]
    assert len(ideas) > 50 and missed == []


def usable(path: Path) -> Course:
    loaded = load_course(path)
    assert loaded.course is not None, loaded.errors
    return loaded.course


def test_a_question_in_plain_words_finds_its_page() -> None:
    lines = [line for line in PLAIN.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    missed = []
    for wanted, question in (line.split(" | ", 1) for line in lines):
        first = next((found.topic.id for found in find(question)), None)
        if first not in wanted.split():
            missed.append(f"{question}: {first}, not {wanted}")
    assert len(missed) <= 0.15 * len(lines), "\n".join(missed)


@pytest.mark.parametrize(
    ("question", "topic"), [("she took some rows out of the table and kept only the old people", "boolean-filter")]
)
def test_words_mean_what_they_mean_apart_and_bent(question: str, topic: str) -> None:
    assert find(question)[0].topic.id == topic


@pytest.mark.parametrize(("question", "topic"), [("example of a while loop with a counter?", "while-loop")])
def test_a_common_word_that_has_a_meaning_too_does_not_count_twice(question: str, topic: str) -> None:
    assert find(question)[0].topic.id == topic


def test_a_pair_is_of_two_things_that_are_named() -> None:
    assert [one.topic.id for one in find("for or while?")[:2] if one.compares] == ["for-loop", "while-loop"]
    assert not find("is elif the same as a second if")[0].compares


@pytest.mark.parametrize(
    "question",
    [
        "", "lol", "thanks!", "what is the weather like", "我很累", "what could I do better?",
        "and why is there a +1 at the end", "how do i get the last key", "what happens with the spaces",
    ],
)  # fmt: skip
def test_what_is_about_no_topic_is_not_sure(question: str) -> None:
    assert not [found for found in find(question) if found.is_named]


@pytest.mark.parametrize(
    ("question", "language", "topic"),
    [
        ("why do I get 2.6799999999999997, did I do something wrong", "en", "float-precision"),
        ("what is this plus equals I keep seeing", "en", "accumulate"),
        ("what is a # for", "en", "comments"),
        ("what is the with in front of open good for", "en", "context-manager"),
        ("Zeig mir merge bitte an einem ganz anderen Beispiel", "de", "merge"),
        ("jak sprawdzić, czy lista zawiera liczbę?", "pl", "in-operator"),
    ],
)
def test_signs_odd_floats_and_keywords_are_known_for_what_they_are(question: str, language: str, topic: str) -> None:
    assert find(question, language)[0].topic.id == topic


def test_a_comparison_tells_both_sides() -> None:
    reply = explain(find("difference between a set and a dictionary"), "difference between a set and a dictionary")
    assert "**set**" in reply and "**dictionary**" in reply


def test_a_reply_is_short_and_names_the_line_of_the_students_code() -> None:
    source = "def f(xs):\n    for i in range(3):\n        print('range')\n"
    for question in ("how does range work", "what is a function", "difference between a set and a dictionary"):
        assert len(explain(find(question), question, source=source).split()) <= 90
    for topic in topics():
        told = explain([Found(topic, SURE)], topic.title, lead="The idea behind it, by itself:")
        assert told.startswith("The idea behind it, by itself:\n\n**") and len(told.split()) <= 90, topic.id
    assert "line 2" in explain(find("how does range work"), "how does range work", source=source)


def test_a_topic_that_is_not_told_in_a_language_is_told_in_english_as_a_whole() -> None:
    found = find("how to read an error message")
    assert not found[0].topic.has("de") and "Beispiel" not in explain(found, "how to read it", "de")


def test_asked_again_it_gives_another_example() -> None:
    first = explain(find("what is a tuple"), "what is a tuple")
    question = "I still don't get it, another example please"
    again = explain(find(question, before=["what is a tuple"]), question, told=[first])
    topic = next(topic for topic in topics() if topic.id == "tuple")
    assert topic.example.code in first and topic.example.code not in again
    assert any(more.code in again for more in topic.more)


def test_frames_are_in_the_language_of_the_student() -> None:
    assert "Ein Beispiel" in explain(find("was ist ein Tupel", "de"), "was ist ein Tupel", "de-CH")


@pytest.mark.full
def test_questions_are_answered_to_the_point_and_not_with_one_reply_for_all() -> None:
    right, replies = 0, Counter[str]()
    cases = yaml.safe_load(BENIGN.read_text(encoding="utf-8"))
    for case in cases:
        (question,) = case["turns"]
        found = find(question, case["language"])
        reply = explain(found, question, case["language"]) if found else ""
        right += bool(found) and found[0].is_named and all(re.search(p, reply, re.I) for p in case["must_mention"])
        replies[reply] += 1
    assert right >= 0.85 * len(cases) and len(cases) >= 80
    assert sum(count for count in replies.values() if count > 1) <= 0.35 * len(cases)


def test_explanations_are_easy_to_read() -> None:
    hard = {topic.id: grade for topic in topics() if (grade := reading_grade(topic.text)) > 9}
    assert hard == {}


def reading_grade(text: str) -> float:
    """Flesch-Kincaid; code in backticks is one word of one syllable."""
    prose = re.sub(r"`[^`]*`", "code", text)
    words = re.findall(r"[A-Za-z']+", prose)
    sentences = max(1, len(re.findall(r"[.!?:;](?:\s|$)", prose)))
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", word.lower())))) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


@pytest.mark.parametrize(
    ("exercise", "question", "there", "not_there"),
    [
        ("even-or-odd", "how do i know if a number is even", "% 7", ("% 2 ==", "[n for")),
        ("even-or-odd", "wann ist eine zahl gerade", "%", ("% 2 ==",)),
        ("fruit-basket", "what is print", 'print("tea", 3, True)', ("*[", 'sep=" + ')),
        ("glued-together", "what is an f-string", 'f"{name} costs', (":>6}", ':.2f}")')),
        ("quotes-or-not", "what is a list comprehension", " for ", ()),
        ("countdown", "what is range", "range(", ()),
        ("larger-one", "what does return do", "print(", ()),
    ],
)
@pytest.mark.full
def test_an_example_is_in_forms_that_were_taught_and_holds_no_answer(
    exercise: str, question: str, there: str, not_there: tuple[str, ...]
) -> None:
    loaded = load_course(ROOT / "courses" / "python-basics")
    assert loaded.course is not None
    level = level_of(loaded.course, loaded.find(exercise)[1])
    told = explain(find(question), question, level=level)
    assert there in told and not [one for one in not_there if one in told.replace("`sep=`", "")]


def test_an_attribute_of_ones_own_is_not_the_method_of_that_name() -> None:
    own, asked = (
        "class Clicks:\n    def click(self):\n        self.count = self.count + 1\n",
        "how does list.count() work",
    )
    assert "In your code" not in explain(find(asked), asked, source=own)
    assert "In your code it is in line 1." in explain(find(asked), asked, source="n = 'aba'.count('a')\n")


@pytest.mark.parametrize(
    "question",
    ["Hi! what is the difference between a list and a tuple?", "i am confused. list or tuple?", "list vs. tuple",
     "is a list the same as a tuple? both have brackets"],
)  # fmt: skip
def test_two_ideas_are_compared_in_whichever_sentence_they_stand(question: str) -> None:
    assert {one.topic.title for one in find(question)[:2] if one.compares} == {"list", "tuple"}


def test_of_two_sentences_the_question_counts() -> None:
    first = find("What is a tuple? I use a list or a set.")[0]
    assert not first.compares
