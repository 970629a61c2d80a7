"""What each model says: from a prompt to the steps of an answer."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from chimeric_dialects import Close, Done, Offer, Prompt, ServerTool, Signer, Step, Tool, ToolResult
from chimeric_dialects.json_values import is_object

from chimeric_sim.prompts import tokenise
from chimeric_sim.schemas import Sampler, misfit, schema_in
from chimeric_sim.settings import Settings
from chimeric_sim.story import Storyteller, topic_of, wanted_tokens

from . import facts
from .acts import ACTS, Acts, quoting
from .answer import LimitedAnswer
from .waits import Wait

__all__ = ["Script"]


class Script:
    """Plays one prompt: ``steps`` yields the answer, once.

    Args:
        prompt: what is asked.
        behaviour: ``story``, ``echo``, ``tools``, ``think``, ``structured``, ``audio``, one of
            ``ACTS``, or ``auto``.
        settings: what is asked of the simulator itself.
        new_id: makes the id of a call of a tool.
        new_server_id: makes the id of a call of a tool that the service runs.
        signer: signs thoughts.
        seed: seed where neither settings nor prompt have one.
    """

    def __init__(
        self,
        prompt: Prompt,
        behaviour: str,
        settings: Settings,
        *,
        new_id: Callable[[str], str],
        new_server_id: Callable[[ServerTool], str],
        signer: Signer,
        seed: int | None = None,
    ) -> None:
        self.prompt = prompt
        self.answer = LimitedAnswer(prompt)
        self._begun = prompt.begun
        if self._begun:
            prompt.turns = prompt.turns[:-1]  # the answer is the one to the question
        self._behaviour = behaviour
        self._settings = settings
        self._new_id = new_id
        self._signer = signer
        text = "\n".join(f"{t.role}: {t.text}" for t in prompt.turns)
        digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
        asked = settings.seed if settings.seed is not None else prompt.seed
        self._seed = next((s for s in (asked, seed) if s is not None), int.from_bytes(digest))
        self._acts = Acts(prompt, self.answer, settings, new_id=new_server_id, seed=self._seed)
        self._random = random.Random(f"{self._seed}/{text}")  # noqa: S311 - no secret

    def steps(self) -> Iterator[Step | Wait]:
        """The steps of the answer; the last one is ``Done``."""
        prompt = self.prompt
        wants_tools = self._calls_tools()
        thinking = self._behaviour in ("think", "show") or (
            self._behaviour == "auto" and prompt.thinking
        )
        if thinking and prompt.thinking is not False:
            yield from self._think(wants_tools)
        acted = False
        for offer in self._offers():
            if self.answer.done is None:
                acted = True
                yield from self._acts.play(offer)
        if self.answer.done is None:
            if wants_tools:
                yield from self._call_tools()
            elif not acted or self._behaviour == "show":
                yield from self._answered()
        asks = any(block.kind == "approval" for block in self.answer.blocks)
        yield self.answer.finish("tool_calls" if wants_tools and not asks else "stop")

    def _offers(self) -> list[Offer]:
        """What the service's own tools do in this answer: they run once for each question."""
        since = self.prompt.since_user()
        asked = any(turn.asked for turn in since)
        ran = any(turn.ran or turn.calls for turn in since)
        if self._behaviour == "echo" or (ran and not asked):
            return []
        offers = self._acts.offers(self._behaviour)
        return [offer for offer in offers if offer.kind == "mcp"] if asked else offers

    def _answered(self) -> Iterator[Step | Wait]:
        """The words of the answer."""
        prompt = self.prompt
        if (schema := self._wanted_schema()) is not None:
            yield from self._say(iter(tokenise(self._structured(schema))))
        elif results := self._results():
            yield from self._say(iter(tokenise(_quote(results))))
        elif any(turn.ran for turn in prompt.since_user()):
            found = facts.pages(topic_of(prompt.last_user_text))
            yield from self._acts.say(*quoting(found[:2]))
        elif prompt.documents and self._behaviour in ("auto", "search"):
            yield from self._acts.say(*quoting(list(prompt.documents)))
        elif prompt.sound or self._behaviour == "audio":
            told = "".join(Storyteller(prompt.last_user_text, self._seed).tell(20))
            yield from self._acts.speak(told)
        elif self._behaviour == "show":
            yield from self._say(iter(tokenise("That was all of it.")))
        else:
            yield from self._say(self._words())

    def run(self) -> tuple[Done, float]:
        """Play all of it at once; also tells the seconds that it would have waited."""
        waited = 0.0
        for step in self.steps():
            if isinstance(step, Done):
                return step, waited
            if isinstance(step, Wait):
                waited += step.seconds
        raise AssertionError("a script always ends with Done")

    def _say(self, pieces: Iterator[str]) -> Iterator[Step]:
        return self.answer.grow(self.answer.block("text"), self._rest(pieces))

    def _rest(self, pieces: Iterator[str]) -> Iterator[str]:
        """What comes behind the beginning that was given: all, where it is of another text."""
        left, known = self._begun, list[str]()
        if self.prompt.echoes and left:
            first = next(pieces, "")
            if not left.startswith(first):
                yield from tokenise(left)
            yield first
            left = ""
        for piece in pieces:
            if not left:
                yield piece
            elif left.startswith(piece):
                left = left[len(piece) :]
                known.append(piece)
            elif piece.startswith(left):
                yield piece[len(left) :]
                left = ""
            else:
                yield from (*known, piece)
                left = ""

    def _words(self) -> Iterator[str]:
        prompt = self.prompt
        asked = prompt.last_user_text
        if self._behaviour == "echo":
            return iter(tokenise(asked))
        wanted: float | None = self._settings.tokens
        if wanted is None:
            wanted = wanted_tokens(asked) or self._random.randint(160, 420)
        return Storyteller(asked, self._seed).tell(wanted)

    def _wanted_schema(self) -> dict[str, object] | None:
        prompt = self.prompt
        if self._behaviour == "echo":
            return None
        if not prompt.schema and self._behaviour in ("auto", "structured"):
            asking = [turn.text for turn in prompt.turns if turn.role == "system"]
            for text in (*asking, prompt.last_user_text):
                if (schema := schema_in(text)) is not None:
                    return schema
        if prompt.schema is None and self._behaviour == "structured":
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
            names = ", ".join(tool.name for tool in self._chosen()) or "none"
            pieces = iter(tokenise(f"The question needs a look at the facts. Tools: {names}."))
        else:
            pieces = Storyteller(self.prompt.last_user_text, self._seed).think()
        for step in self.answer.grow(block, pieces):
            if isinstance(step, Close):
                block.signature = self._signer.sign("thought", block.text)
            yield step

    # --- tools ------------------------------------------------------------------------------

    def _results(self) -> list[ToolResult]:
        return [result for turn in self.prompt.since_user() for result in turn.results]

    def _calls_tools(self) -> bool:
        prompt = self.prompt
        if not prompt.tools or prompt.choice == "none" or self._behaviour == "echo":
            return False
        done = sum(1 for turn in prompt.since_user() if turn.calls)
        text = prompt.last_user_text.lower()
        if prompt.choice == "auto" and self._behaviour in ("story", "structured", *ACTS):
            return False
        if re.search(r"\b(forever|never stop|again and again)\b", text):
            return True
        rounds = self._settings.rounds
        return done < (1 if rounds is None else rounds)

    def _chosen(self) -> list[Tool]:
        prompt = self.prompt
        text = prompt.last_user_text
        if prompt.choice not in ("auto", "required"):
            return [o for o in prompt.tools if o.name == prompt.choice]
        text = text.lower()
        chosen = [o for o in prompt.tools if re.search(rf"\b{re.escape(o.name.lower())}\b", text)]
        if not (chosen and re.search(r"\bonly\b", text)):
            chosen += [o for o in prompt.tools if o not in chosen][: max(0, 2 - len(chosen))]
        if len(chosen) == 1 and re.search(r"\b(parallel|twice|both|two)\b", text):
            chosen *= 2
        return chosen if prompt.parallel else chosen[:1]

    def _call_tools(self) -> Iterator[Step]:
        chosen = self._chosen()
        text = self.prompt.last_user_text.lower()
        if self.prompt.plans:
            names = " and ".join(dict.fromkeys(tool.name for tool in chosen))
            words = iter(tokenise(f"I will use {names} to answer that."))
            yield from self.answer.grow(self.answer.block("plan"), words)
        unknown = "unknown tool" in text
        bad = "bad arguments" in text
        for place, tool in enumerate(chosen):
            if self.answer.done is not None:
                return
            name = "no_such_tool" if unknown and place == 0 else tool.name
            block = self.answer.block("call", id=self._new_id(name), name=name, custom=tool.custom)
            arguments = self._arguments(tool, chosen[:place].count(tool), bad)
            yield from self.answer.grow(block, iter(_fragments(arguments)))

    def _arguments(self, tool: Tool, again: int, bad: bool) -> str:
        text = self.prompt.last_user_text
        if tool.custom:
            return text
        if bad:
            value: Any = misfit(tool.schema)
        else:
            value = Sampler(tool.schema, self._random, text, skip=again).value()
        if not is_object(value):
            value = {}
        return msgspec.json.encode(value).decode()


def _fragments(arguments: str) -> list[str]:
    """Pieces of a few characters, so that keys, numbers and escapes are cut in two."""
    return [arguments[i : i + 5] for i in range(0, len(arguments), 5)]


def _quote(results: list[ToolResult]) -> str:
    """All results in one text."""
    said = [
        f"{r.name or 'The tool'} {'failed with' if r.failed else 'answered'}: {r.text}"
        for r in results
    ]
    return "Here is what I found. " + "\n".join(said)
