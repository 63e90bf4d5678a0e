"""A tiny model for transformers, made by hand as that of `tiny.py`: a chain of tokens, begun by its chat template."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from absent import Absent
from contract import outside

CONTEXT = 8192


def bring() -> None:
    """Make transformers importable, from here or from `make parts`: what both have is this environment's."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            places = sorted(outside.cache().glob("transformers-*/lib/python*/site-packages"))
            sys.path.extend(str(place) for place in places[-1:])
            import torch
            import transformers

            torch.set_num_threads(1)
            transformers.logging.set_verbosity_error()
            transformers.logging.disable_progress_bar()
    except ImportError as error:
        raise Absent(f"no transformers: make parts ({error})") from error


def write(folder: Path, sentences: Mapping[str, str], triggers: Mapping[str, str]) -> None:
    """A folder as from_pretrained takes it. A trigger in the last message chooses the sentence."""
    import torch
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    texts, after = _tokens(sentences)
    characters = [chr(code) for code in range(0x20, 0x7F)] + ["\n"]
    vocabulary = {text: number for number, text in enumerate([*texts, *(c for c in characters if c not in texts)])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.decoder = decoders.Fuse()
    tokenizer.add_special_tokens([AddedToken(text, special=True) for text in texts if text.startswith("<")])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>")
    fast.chat_template = _template(next(iter(sentences)), triggers)
    fast.save_pretrained(folder)
    width = -(-(len(after) + 2) // 64) * 64
    config: Any = LlamaConfig(
        vocab_size=len(vocabulary), hidden_size=width, intermediate_size=64, num_hidden_layers=1,
        num_attention_heads=width // 64, num_key_value_heads=1, max_position_embeddings=CONTEXT,
        bos_token_id=1, eos_token_id=2, tie_word_embeddings=False,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.model.norm.weight.fill_(1.0)
        for dim, (token, following) in enumerate(after.items()):
            model.model.embed_tokens.weight[token, dim] = 1.0
            model.lm_head.weight[following, dim] = 10.0
    model.save_pretrained(folder)


def _tokens(sentences: Mapping[str, str]) -> tuple[list[str], dict[int, int]]:
    texts, after = ["<unk>", "<s>", "</s>", "<tick>", "tick ", "tock "], {3: 4, 4: 5, 5: 4}
    for name, text in sentences.items():
        last = len(texts)
        texts.append(f"<say:{name}>")
        for number, word in enumerate(text.split(" ")):
            piece = f" {word}" if number else word
            while piece in texts:  # a vocabulary holds each text once: this one shows as the same
                piece += "\u200b"
            texts.append(piece)
            after[last] = last = len(texts) - 1
        after[last] = 2
    return texts, after


def _template(first: str, triggers: Mapping[str, str]) -> str:
    chosen = "".join(
        f"{{% elif {json.dumps(word)} in messages[-1].content %}}<say:{name}>" for word, name in triggers.items()
    )
    turns = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    return f'{turns}{{% if "ENDLESS" in messages[-1].content %}}<tick>{chosen}{{% else %}}<say:{first}>{{% endif %}}'
