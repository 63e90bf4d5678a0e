"""Hugging Face transformers in this very process: an optional extra, for a machine that has a GPU or much patience.

The model runs in a thread, one answer at a time; nothing is ever fetched while a student waits.
"""

import asyncio
import importlib.util
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .base import Away, CutOff, LlmError, Overloaded, Piece, Pieces, Prompt, Pulled, Readiness, Refused, TooLong, Usage
from .profiles import Profile, profile_of, shaped, without_thoughts

#: Tokens, of a model that does not say how many it takes.
CONTEXT = 2048
INSTALL = "pip install 'codegym-jlab[transformers]'"


@dataclass(slots=True)
class _Loaded:
    tokenizer: Any
    model: Any
    context: int  #: tokens


@dataclass(slots=True)
class _Saying:
    """One answer under way; the thread puts texts, then None or an error."""

    loop: asyncio.AbstractEventLoop
    come: asyncio.Queue[str | Exception | None] = field(default_factory=asyncio.Queue)
    stopped: threading.Event = field(default_factory=threading.Event)
    usage: Usage = Usage(0, 0)
    cut: bool = False

    def put(self, one: str | Exception | None) -> None:
        """From the thread; nobody listens any more where the loop is closed."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.come.put_nowait, one)


class Transformers:
    """A model of a folder, or of those that were fetched from Hugging Face's hub before."""

    here = True

    def __init__(
        self, model: str, *, profile: Profile | None = None, context: int | None = None, name: str = ""
    ) -> None:
        self.name = name or f"transformers:{Path(model).name}"
        self._model, self._most = model, context
        self._profile = profile or profile_of(Path(model).name)
        self._thread: ThreadPoolExecutor | None = None
        self._loaded: _Loaded | None = None

    async def stream(self, prompt: Prompt) -> Pieces:
        """Its answer; closing this stops it at the next token. Raises LlmError."""
        self._refuse_without_library()
        asked = shaped(prompt, self._profile)
        saying = _Saying(asyncio.get_running_loop())
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "codegym-transformers")
        self._thread.submit(self._say, asked, saying)
        try:
            async for text in without_thoughts(_texts(saying)):
                yield Piece(text, self.name)
        finally:
            saying.stopped.set()
        if saying.cut:
            raise CutOff(self.name, f"the reply is longer than {prompt.max_tokens} tokens", by="length")
        yield Piece("", self.name, saying.usage)

    def _say(self, prompt: Prompt, saying: _Saying) -> None:
        began = False

        def tell(text: str) -> None:
            nonlocal began
            began = began or bool(text)
            saying.put(text)

        try:
            if not saying.stopped.is_set():
                self._generate(prompt, saying, tell)
            saying.put(None)
        except LlmError as error:
            saying.put(error)
        except Exception as error:
            saying.put(self._why(error, began))

    def _why(self, error: Exception, began: bool) -> LlmError:
        if "out of memory" in str(error).lower():
            return Overloaded(self.name, "the memory does not hold this model beside what runs there")
        kind = CutOff if began else Away
        return kind(self.name, f"the model failed: {type(error).__name__}")

    def _generate(self, prompt: Prompt, saying: _Saying, tell: Any) -> None:
        import torch
        from transformers import StoppingCriteriaList, TextStreamer

        class Told(TextStreamer):  # type: ignore[misc]
            def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
                tell(text)

        loaded = self._load()
        ids = self._ids(loaded, prompt)
        length = int(ids.shape[-1])
        if length + prompt.max_tokens > loaded.context:
            room = loaded.context - prompt.max_tokens
            raise TooLong(self.name, f"the prompt has {length} tokens, and this model has {room} for it")
        how: dict[str, Any] = {"do_sample": False}
        if prompt.temperature > 0:
            how = {"do_sample": True, "temperature": prompt.temperature}
        if prompt.stop:
            how |= {"stop_strings": list(prompt.stop), "tokenizer": loaded.tokenizer}
        with torch.inference_mode():
            said = loaded.model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=prompt.max_tokens,
                pad_token_id=loaded.tokenizer.pad_token_id or loaded.tokenizer.eos_token_id,
                streamer=Told(loaded.tokenizer, skip_prompt=True, skip_special_tokens=True),
                stopping_criteria=StoppingCriteriaList([lambda ids, scores, **_: _done(saying, ids)]),
                **how,
            )[0][length:]
        saying.usage = Usage(length, len(said))
        ended = len(said) > 0 and int(said[-1]) == loaded.tokenizer.eos_token_id
        saying.cut = len(said) >= prompt.max_tokens and not ended

    def _ids(self, loaded: _Loaded, prompt: Prompt) -> Any:
        turns = [{"role": message.role, "content": message.text} for message in prompt.messages]
        if self._profile.chat and loaded.tokenizer.chat_template:
            text = loaded.tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        else:
            text = "\n\n".join(message.text for message in prompt.messages)
        ids = loaded.tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"]
        return ids.to(loaded.model.device)

    def _load(self) -> _Loaded:
        if self._loaded is None:
            import torch
            from transformers import AutoModelForCausalLM, AutoTokenizer

            try:
                tokenizer = AutoTokenizer.from_pretrained(self._model, local_files_only=True)
                model = AutoModelForCausalLM.from_pretrained(self._model, local_files_only=True, dtype="auto")
            except (OSError, ValueError) as error:
                raise Refused(self.name, f"{self._model} is not there: codegym models pull {self.name}") from error
            model.to("cuda" if torch.cuda.is_available() else "cpu")
            own = int(getattr(model.config, "max_position_embeddings", 0) or CONTEXT)
            self._loaded = _Loaded(tokenizer, model, min(own, self._most or own))
        return self._loaded

    def _refuse_without_library(self) -> None:
        if importlib.util.find_spec("transformers") is None or importlib.util.find_spec("torch") is None:
            raise Refused(self.name, f"this needs packages more: {INSTALL}")

    async def look(self) -> Readiness:
        """Whether it is there; it is not loaded for that."""
        if self._loaded is not None:
            return Readiness(self.name, "loaded", "", self._loaded.context)
        try:
            self._refuse_without_library()
        except Refused as error:
            return Readiness(self.name, "refused", error.text)
        there = (Path(self._model) / "config.json").is_file() or await asyncio.to_thread(_fetched, self._model)
        if there:
            return Readiness(self.name, "ready", "is loaded at the first question")
        return Readiness(self.name, "absent", f"fetch it: codegym models pull {self.name}")

    async def pull(self) -> AsyncIterator[Pulled]:
        """From Hugging Face's hub; how far it is, it does not say. Raises Refused."""
        self._refuse_without_library()
        from huggingface_hub import snapshot_download

        yield Pulled(f"fetching {self._model}")
        try:
            await asyncio.to_thread(snapshot_download, self._model)
        except (OSError, ValueError) as error:
            raise Refused(self.name, f"{self._model} cannot be fetched: {type(error).__name__}") from error
        yield Pulled("success", 1, 1)

    async def close(self) -> None:
        """Lets go of the memory, once the answer under way has stopped."""
        thread, self._thread, self._loaded = self._thread, None, None
        if thread is not None:
            await asyncio.to_thread(thread.shutdown, cancel_futures=True)


def _done(saying: _Saying, ids: Any) -> Any:
    import torch

    return torch.full((ids.shape[0],), saying.stopped.is_set(), dtype=torch.bool, device=ids.device)


def _fetched(model: str) -> bool:
    from huggingface_hub import try_to_load_from_cache

    try:
        return isinstance(try_to_load_from_cache(model, "config.json"), str)
    except ValueError:  # no name that the hub could have
        return False


async def _texts(saying: _Saying) -> AsyncIterator[str]:
    while (one := await saying.come.get()) is not None:
        if isinstance(one, Exception):
            raise one
        yield one
