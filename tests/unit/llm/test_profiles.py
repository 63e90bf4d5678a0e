"""What families of models need, tokens counted without a tokenizer, and models from settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from codegym_jlab.llm import base
from codegym_jlab.llm.base import Message, Prompt
from codegym_jlab.llm.chain import Link
from codegym_jlab.llm.profiles import PROFILES, named, profile_of, shaped, without_thoughts
from codegym_jlab.llm.registry import NotAnLlm, chain_of, chain_or_less, link_of
from codegym_jlab.llm.scripted import Line, read_lines
from codegym_jlab.settings import CodeGym

TALK = Prompt(
    (
        Message("system", "Be kind."),
        Message("user", "One"),
        Message("assistant", "Two"),
        Message("user", "Three"),
        Message("user", "Four"),
    )
)


@pytest.mark.parametrize(
    ("model", "profile"),
    [
        ("qwen2.5:3b", "qwen2.5"),
        ("Qwen/Qwen2.5-Coder-3B-Instruct", "qwen2.5"),
        ("qwen3:4b", "qwen-4b"),
        ("Qwen/Qwen3-4B", "qwen-4b"),
        ("starcoder2:3b", "starcoder"),
        ("bigcode/starcoder", "starcoder"),
        ("mistral:7b-instruct", "mistral"),
        ("mistralai/Mistral-7B-Instruct-v0.3", "mistral"),
        ("tinyllama", "tinyllama"),
        ("TinyLlama/TinyLlama-1.1B-Chat-v1.0", "tinyllama"),
        ("gpt-5-mini", "plain"),
    ],
)
def test_a_model_is_known_by_its_name(model: str, profile: str) -> None:
    assert profile_of(model).name == profile


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_no_shape_loses_the_systems_words_or_the_last(profile: object) -> None:
    shape = shaped(TALK, profile)  # type: ignore[arg-type]
    everything = "\n".join(message.text for message in shape.messages)
    assert "Be kind." in everything and "Four" in everything


def test_where_there_is_no_system_its_words_come_first_and_turns_alternate() -> None:
    shape = shaped(TALK, named("mistral"))
    assert [message.role for message in shape.messages] == ["user", "assistant", "user"]
    assert shape.messages[0].text.startswith("Be kind.") and shape.messages[2].text == "Three\n\nFour"


def test_what_only_continues_texts_gets_headings() -> None:
    (one,) = shaped(TALK, named("starcoder")).messages
    assert one.text.startswith("### Instruction\nBe kind.") and one.text.endswith("### Response\n")
    assert "### Instruction" in shaped(TALK, named("starcoder")).stop


def test_a_small_model_gets_the_brief_words() -> None:
    prompt = replace(TALK, brief="Kind.")
    (small, *_), (large, *_) = (shaped(prompt, named(name)).messages for name in ("tinyllama", "plain"))
    assert (small.text, large.text) == ("Kind.", "Be kind.")


@pytest.mark.anyio
@pytest.mark.parametrize("cuts", [1, 2, 5, 100])
async def test_what_is_thought_aloud_first_is_left_out(cuts: int) -> None:
    async def texts(text: str) -> AsyncIterator[str]:
        for at in range(0, len(text), cuts):
            yield text[at : at + cuts]

    async def said(text: str) -> str:
        return "".join([part async for part in without_thoughts(texts(text))])

    assert await said("<think>if x</think>\n\nLook there.") == "Look there."
    assert await said("Look: <think> is a tag.") == "Look: <think> is a tag."
    assert await said("<thin") == "<thin"
    assert await said("<think>for ever") == ""


def test_tokens_are_bounded() -> None:
    prompt = Prompt((Message("user", "def add(a, b):\n    return a + b\n" * 20),))
    assert base.at_least(prompt) < base.at_most(prompt) <= base.bytes_of(prompt)
    assert base.tokens("") == 0 and base.tokens("12345") == 5
    assert base.tokens("日本語") >= 3


@pytest.mark.parametrize(
    ("spec", "name", "shown"),
    [
        ("ollama:qwen2.5:3b", "ollama:qwen2.5:3b", "qwen2.5:3b"),
        ("ollama:http://gpu:11434#mistral", "ollama:mistral", "mistral"),
        ("openai:https://host/v1#gpt-5", "openai:gpt-5", "gpt-5"),
        ({"llm": "openai:https://h/v1#m", "label": "class server", "key_env": "K"}, "openai:m", "class server"),
    ],
)
def test_a_setting_names_a_model(spec: object, name: str, shown: str) -> None:
    link: Link = link_of(spec)  # type: ignore[arg-type]
    assert (link.llm.name, link.shown) == (name, shown)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("qwen2.5", "names no model"),
        ("openai:gpt-5", "https://HOST/v1#MODEL"),
        ("openai:https://me:secret@host/v1#m", "does not belong into the URL"),
        ({"llm": "openai:https://h/v1#m", "key": "sk-1"}, "key_env"),
        ({"llm": "ollama:m", "contxt": 3}, "unexpected keyword argument 'contxt'"),
        ({"llm": "ollama:m", "profile": "gpt"}, "there is no profile"),
        ("scripted:/no/such/file", "cannot be read"),
    ],
)
def test_a_setting_that_names_none_says_what_to_write(spec: object, says: str) -> None:
    with pytest.raises(NotAnLlm, match=says) as caught:
        link_of(spec)  # type: ignore[arg-type]
    assert "sk-1" not in str(caught.value)


def test_a_server_goes_on_without_what_names_none(caplog: pytest.LogCaptureFixture) -> None:
    chain = chain_or_less(["nonsense", "ollama:m"])
    assert [link.llm.name for link in chain.links] == ["ollama:m"] and "nonsense" in caplog.text


def test_none_turns_every_model_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert CodeGym().settings(tmp_path).llms == ("ollama:qwen2.5:3b",)
    monkeypatch.setenv("CODEGYM_LLM", "ollama:a, openai:https://h/v1#b")
    assert len(chain_of(CodeGym().settings(tmp_path).llms).links) == 2
    monkeypatch.setenv("CODEGYM_LLM", "none")
    assert CodeGym(llms=["ollama:a"]).settings(tmp_path).llms == ()


def test_a_script_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "script.yaml"
    path.write_text("- Hello there.\n- {when: x, say: y, fault: away, after: 1}\n")
    assert read_lines(path) == [Line("Hello there."), Line("y", "x", fault="away", after=1)]
    path.write_text("- {when: x, says: y}\n")
    with pytest.raises(ValueError, match="'says'"):
        read_lines(path)
    path.write_text("- {say: y, fault: gone}\n")
    with pytest.raises(ValueError, match="no fault 'gone'"):
        read_lines(path)
