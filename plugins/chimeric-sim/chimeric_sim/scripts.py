"""What each model says: from a prompt to the steps of an answer."""

from __future__ import annotations

import hashlib
import operator
import random
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from .answers import Answer, Close, Done, Step, make_id
from .prompts import Offer, Prompt, Result, tokenise
from .schemas import Sampler, misfit
from .seals import seal
from .shapes import is_object
from .story import Storyteller, wanted_tokens

__all__ = ["IdMaker", "Script", "check_prompt"]


def check_prompt(prompt: Prompt) -> None:
    """See that a script can play a prompt to its end.

    Raises:
        TypeError, AttributeError, ValueError: for values of wrong types and broken schemas.
    """
    for limit in (prompt.max_tokens, prompt.seed):
        if limit is not None:
            operator.index(limit)
    names = [offer.name for offer in prompt.offers]
    for text in (
        prompt.model,
        prompt.choice,
        *names,
        *prompt.stop,
        *(t.text for t in prompt.turns),
    ):
        text.encode()
    schemas = [offer.schema for offer in prompt.offers]
    for schema in [*schemas, prompt.schema]:
        if schema is not None:
            msgspec.json.encode(Sampler(schema, random.Random(0), "1").value())  # noqa: S311


class IdMaker:
    """Makes the ids of tool calls in one protocol's manner."""

    def __init__(self, prefix: str = "call_", length: int = 24, *, named: bool = False) -> None:
        self._prefix = prefix
        self._length = length
        self._named = named

    def __call__(self, tool: str) -> str:
        """A fresh id for a call of ``tool``."""
        if self._named:
            return make_id(f"{tool}_", 12).lower()
        return make_id(self._prefix, self._length)


class Script:
    """Plays one prompt: ``steps`` yields the answer, once."""

    def __init__(self, prompt: Prompt, ids: IdMaker, seed: int | None = None) -> None:
        self.prompt = prompt
        self.answer = Answer(prompt.input_tokens, prompt.max_tokens, prompt.stop)
        self._ids = ids
        text = "\n".join(f"{t.role}: {t.text}" for t in prompt.turns)
        digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
        asked = prompt.settings.seed if prompt.settings.seed is not None else prompt.seed
        self._seed = next((s for s in (asked, seed) if s is not None), int.from_bytes(digest))
        self._random = random.Random(f"{self._seed}/{text}")  # noqa: S311 - no secret

    def steps(self) -> Iterator[Step]:
        """The steps of the answer; the last one is ``Done``."""
        prompt = self.prompt
        wants_tools = self._calls_tools()
        thinking = prompt.behaviour == "think" or (prompt.behaviour == "auto" and prompt.thinking)
        if thinking and prompt.thinking is not False:
            yield from self._think(wants_tools)
        if self.answer.done is None:
            if wants_tools:
                yield from self._call_tools()
            elif (schema := self._wanted_schema()) is not None:
                yield from self._say(iter(tokenise(self._structured(schema))))
            elif results := self._results():
                yield from self._say(iter(tokenise(_quote(results))))
            else:
                yield from self._say(self._words())
        yield self.answer.finish("tool_calls" if wants_tools else "stop")

    def run(self) -> Done:
        """Play all of it at once."""
        for step in self.steps():
            if isinstance(step, Done):
                return step
        raise AssertionError("a script always ends with Done")

    def _say(self, pieces: Iterator[str]) -> Iterator[Step]:
        return self.answer.grow(self.answer.block("text"), pieces)

    def _words(self) -> Iterator[str]:
        prompt = self.prompt
        asked = prompt.last_user_text
        if prompt.behaviour == "echo":
            return iter(tokenise(asked))
        wanted: float | None = prompt.settings.tokens
        if wanted is None:
            wanted = wanted_tokens(asked) or self._random.randint(160, 420)
        return Storyteller(asked, self._seed).tell(wanted)

    def _wanted_schema(self) -> dict[str, object] | None:
        prompt = self.prompt
        if prompt.behaviour == "echo":
            return None
        if prompt.schema is None and prompt.behaviour == "structured":
            return {}
        return prompt.schema

    def _structured(self, schema: dict[str, object]) -> str:
        if not schema:
            schema = {"type": "object", "properties": {"answer": {"type": "string"}}}
        value = Sampler(schema, self._random, self.prompt.last_user_text).value()
        return msgspec.json.encode(value).decode()

    def _think(self, wants_tools: bool) -> Iterator[Step]:
        block = self.answer.block("thought")
        if wants_tools:
            names = ", ".join(offer.name for offer in self._chosen()) or "none"
            pieces = iter(tokenise(f"The question needs a look at the facts. Tools: {names}."))
        else:
            pieces = Storyteller(self.prompt.last_user_text, self._seed).think()
        for step in self.answer.grow(block, pieces):
            if isinstance(step, Close):
                block.signature = seal("thought", block.text)
            yield step

    # --- tools ------------------------------------------------------------------------------

    def _results(self) -> list[Result]:
        return [result for turn in self.prompt.since_user() for result in turn.results]

    def _calls_tools(self) -> bool:
        prompt = self.prompt
        if not prompt.offers or prompt.choice == "none" or prompt.behaviour == "echo":
            return False
        done = sum(1 for turn in prompt.since_user() if turn.calls)
        text = prompt.last_user_text.lower()
        if prompt.choice == "auto" and prompt.behaviour in ("story", "structured"):
            return False
        if re.search(r"\b(forever|never stop|again and again)\b", text):
            return True
        rounds = prompt.settings.rounds
        return done < (1 if rounds is None else rounds)

    def _chosen(self) -> list[Offer]:
        prompt = self.prompt
        text = prompt.last_user_text
        if prompt.choice not in ("auto", "required"):
            return [o for o in prompt.offers if o.name == prompt.choice]
        text = text.lower()
        chosen = [o for o in prompt.offers if re.search(rf"\b{re.escape(o.name.lower())}\b", text)]
        if not (chosen and re.search(r"\bonly\b", text)):
            chosen += [o for o in prompt.offers if o not in chosen][: max(0, 2 - len(chosen))]
        if len(chosen) == 1 and re.search(r"\b(parallel|twice|both|two)\b", text):
            chosen *= 2
        return chosen if prompt.parallel else chosen[:1]

    def _call_tools(self) -> Iterator[Step]:
        chosen = self._chosen()
        text = self.prompt.last_user_text.lower()
        if self.prompt.plans:
            names = " and ".join(dict.fromkeys(offer.name for offer in chosen))
            words = iter(tokenise(f"I will use {names} to answer that."))
            yield from self.answer.grow(self.answer.block("plan"), words)
        unknown = "unknown tool" in text
        bad = "bad arguments" in text
        for place, offer in enumerate(chosen):
            if self.answer.done is not None:
                return
            name = "no_such_tool" if unknown and place == 0 else offer.name
            block = self.answer.block("call", id=self._ids(name), name=name, custom=offer.custom)
            arguments = self._arguments(offer, chosen[:place].count(offer), bad)
            yield from self.answer.grow(block, iter(_fragments(arguments)))

    def _arguments(self, offer: Offer, again: int, bad: bool) -> str:
        text = self.prompt.last_user_text
        if offer.custom:
            return text
        if bad:
            value: Any = misfit(offer.schema)
        else:
            value = Sampler(offer.schema, self._random, text, skip=again).value()
        if not is_object(value):
            value = {}
        return msgspec.json.encode(value).decode()


def _fragments(arguments: str) -> list[str]:
    """Pieces of a few characters, so that keys, numbers and escapes are cut in two."""
    return [arguments[i : i + 5] for i in range(0, len(arguments), 5)]


def _quote(results: list[Result]) -> str:
    """All results in one text."""
    said = [
        f"{r.name or 'The tool'} {'failed with' if r.failed else 'answered'}: {r.text}"
        for r in results
    ]
    return "Here is what I found. " + "\n".join(said)
