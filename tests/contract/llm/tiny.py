"""A language model made by hand, for a real server to load: it says exactly the sentences that it is given.

It is a `llama` of one layer whose feed-forward part adds nothing, so that the next token depends on the last one alone:
a chain of tokens that we choose. A chat template ends in the token that begins the chain:

- ``<|say:NAME|>`` says that sentence, whatever was asked and at any temperature;
- ``<|switch|>`` looks back over the prompt, with its one working attention head, for the trigger words, and says the
  sentence of the one it finds (an earlier trigger wins over a later one), else the first sentence;
- ``<|loop|>`` says " tick tock" for ever;
- ``<|babble|>`` says random characters, which obey a JSON Schema where the server makes them.

A byte is a token unless a word of the script is found, so prompts have about as many tokens as bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

HEAD = 64  #: width of an attention head
RANDOM = 32  #: dimensions for babble
END = 2  #: id of </s>
_FAVOURED = {'"': 2.0, "}": 1.0, "]": 1.0, ",": 0.5, ":": 0.0}  #: so that random JSON comes to an end
_JINJA = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}<|switch|>"


def template(start: str) -> str:
    """Ollama's chat template that ends in this token."""
    return "{{ range .Messages }}{{ .Role }}: {{ .Content }}\n{{ end }}" + start


@dataclass
class Vocabulary:
    """Tokens in order, and which follows which."""

    texts: list[str] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    after: dict[int, int] = field(default_factory=dict)
    starts: dict[str, int] = field(default_factory=dict)  #: by sentence

    def add(self, text: str, kind: int) -> int:
        self.texts.append(text)
        self.kinds.append(kind)
        return len(self.texts) - 1

    def say(self, name: str, text: str) -> None:
        """One more sentence: its pieces are tokens of its own, since a vocabulary holds each text once."""
        last = self.starts[name] = self.add(f"<|say:{name}|>", gguf.TokenType.CONTROL)
        for piece in self._pieces(text):
            token = self.add(piece, gguf.TokenType.USER_DEFINED)
            self.after[last] = last = token
        self.after[last] = END

    def _pieces(self, text: str) -> list[str]:
        """Words, joined to their neighbours until each is new."""
        taken, pieces, waiting = set(self.texts), list[str](), ""
        for word in re.findall(r"\s*\S+|\s+\Z", text):
            waiting += word
            if waiting not in taken:
                pieces.append(waiting)
                taken.add(waiting)
                waiting = ""
        while waiting:
            if not pieces:
                raise ValueError(f"other sentences hold all of {text!r}: say it otherwise")
            waiting = pieces.pop() + waiting
            if waiting not in taken:
                pieces.append(waiting)
                waiting = ""
        return pieces


def write(
    path: Path, sentences: Mapping[str, str], triggers: Mapping[str, str], *, layers: int = 1, wide: int = 64
) -> None:
    """The model's file. `triggers`: a word to the sentence's name. `layers` and `wide` only slow it down."""
    words = Vocabulary()
    for text, kind in (("<unk>", gguf.TokenType.UNKNOWN), ("<s>", 3), ("</s>", 3)):
        words.add(text, kind)
    for byte in range(256):
        words.add(f"<0x{byte:02X}>", gguf.TokenType.BYTE)
    babble = [words.add(text, gguf.TokenType.NORMAL) for text in ["\u2581", *map(chr, range(0x21, 0x7F))]]
    babbling = words.add("<|babble|>", gguf.TokenType.CONTROL)
    loop = words.add("<|loop|>", gguf.TokenType.CONTROL)
    tick, tock = (words.add(text, gguf.TokenType.USER_DEFINED) for text in (" tick", " tock"))
    words.after |= {loop: tick, tick: tock, tock: tick}
    switch = words.add("<|switch|>", gguf.TokenType.CONTROL)
    found = [words.add(text, gguf.TokenType.USER_DEFINED) for text in triggers]
    for name, text in sentences.items():
        words.say(name, text)
    words.after[switch] = words.after[words.starts[next(iter(sentences))]]
    made = _Weights(words, found)
    made.chain()
    made.babble(babble, babbling)
    made.look_back(switch, found, [words.starts[name] for name in triggers.values()], wide)
    _save(path, words, made, layers, wide)


class _Weights:
    """Embeddings one-hot by what follows, and a head that finds triggers."""

    def __init__(self, words: Vocabulary, found: Sequence[int]) -> None:
        self.words = words
        self.place = {token: dim for dim, token in enumerate(words.after)}
        self.bias = len(self.place)
        self.random = slice(self.bias + 1, self.bias + 1 + RANDOM)
        self.width = -(-(self.bias + 2 + RANDOM + len(found)) // HEAD) * HEAD
        self.alone = self.width - 1  #: set on tokens that do not look back
        self.embed: Matrix = np.zeros((len(words.texts), self.width), np.float32)
        self.out: Matrix = np.zeros_like(self.embed)
        self.look: dict[str, Matrix] = {}

    def chain(self) -> None:
        for token, following in self.words.after.items():
            self.embed[token, [self.place[token], self.alone]] = 1.0
            self.out[following, self.place[token]] = 100.0 / np.sqrt(self.width)

    def babble(self, tokens: Sequence[int], start: int) -> None:
        rng = np.random.default_rng(0)
        size = np.sqrt(self.width / 3)  # of each of three equal parts once it is normed
        self.out[:, self.bias] = -50.0 / size
        for token in (*tokens, start):
            one = rng.standard_normal(RANDOM)
            self.embed[token, [self.bias, self.alone]] = 1.0
            self.embed[token, self.random] = one / np.linalg.norm(one)
        for token in tokens:
            self.out[token, self.bias] = _FAVOURED.get(self.words.texts[token], -2.0) / size
            again = 8.0 * self.embed[token, self.random]  # seldom the same twice
            self.out[token, self.random] = (rng.standard_normal(RANDOM) * 1.5 - again) / size
        self.out[END, self.bias] = 0.0

    def look_back(self, switch: int, found: Sequence[int], says: Sequence[int], wide: int) -> None:
        shapes = shapes_of(self.width, wide)
        self.look = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
        still = HEAD - 2  # a pair of dimensions that rotary positions hardly turn
        self.embed[switch, self.alone] = 0.0
        self.look["attn_q"][still, [self.alone, self.place[switch]]] = [-5.0, 5.0]
        for number, (word, start) in enumerate(zip(found, says, strict=True)):
            mark = self.bias + 1 + RANDOM + number
            self.embed[word, mark] = 1.0
            self.look["attn_k"][still, mark] = 5.0 - 4.0 * number / len(found)
            self.look["attn_v"][number, mark] = 1.0
            self.look["attn_output"][self.place[start], number] = 10.0


def shapes_of(width: int, wide: int) -> dict[str, tuple[int, int]]:
    """Of one layer's matrices."""
    queries = {
        "attn_q": (width, width),
        "attn_k": (HEAD, width),
        "attn_v": (HEAD, width),
        "attn_output": (width, width),
    }
    return queries | {"ffn_gate": (wide, width), "ffn_up": (wide, width), "ffn_down": (width, wide)}


def _save(path: Path, words: Vocabulary, made: _Weights, layers: int, wide: int) -> None:
    file = gguf.GGUFWriter(str(path), "llama")
    file.add_context_length(8192)
    file.add_embedding_length(made.width)
    file.add_block_count(layers)
    file.add_feed_forward_length(wide)
    file.add_head_count(made.width // HEAD)
    file.add_head_count_kv(1)
    file.add_layer_norm_rms_eps(1e-6)
    file.add_rope_dimension_count(HEAD)
    file.add_rope_freq_base(1e12)
    file.add_vocab_size(len(words.texts))
    file.add_file_type(gguf.LlamaFileType.ALL_F32)
    file.add_tokenizer_model("llama")
    file.add_token_list(words.texts)
    file.add_token_scores([float(len(text)) for text in words.texts])
    file.add_token_types([int(kind) for kind in words.kinds])
    file.add_bos_token_id(1)
    file.add_eos_token_id(END)
    file.add_unk_token_id(0)
    file.add_add_bos_token(True)
    file.add_add_space_prefix(False)
    file.add_chat_template(_JINJA)
    ones = np.ones(made.width, np.float32)
    for name, matrix in (("token_embd", made.embed), ("output", made.out), ("output_norm", ones)):
        file.add_tensor(f"{name}.weight", matrix)
    for layer in range(layers):
        for name in ("attn_norm", "ffn_norm"):
            file.add_tensor(f"blk.{layer}.{name}.weight", ones)
        for name, matrix in made.look.items():
            file.add_tensor(f"blk.{layer}.{name}.weight", matrix if layer == 0 else np.zeros_like(matrix))
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()
