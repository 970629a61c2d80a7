"""Whatever was said is in the request, or was told, or nothing was sent."""

from __future__ import annotations

import itertools
import random
from typing import Any

import msgspec
import pytest

from chimeric import ChimericError

from .served import PROVIDERS, ask

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgAAACAAFUok9gAAAAAElFTkSuQmCC"
MARK = {"type": "ephemeral"}


class Speaker:
    """Says random things, each with a word of its own that can be looked for."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.count = itertools.count()
        self.words: list[str] = []
        self.keys: list[str] = []

    def word(self, kind: str = "word") -> str:
        word = f"{kind}-{next(self.count)}-x"
        self.words.append(word)
        return word

    def extra(self) -> dict[str, Any]:
        """Keys that a form may not have."""
        if self.chance.random() < 0.8:
            return {}
        if self.chance.random() < 0.5:
            self.keys.append("cache_control")
            return {"cache_control": MARK}
        key = f"key_{next(self.count)}"
        self.keys.append(key)
        return {key: next(self.count)}

    def part(self) -> dict[str, Any]:
        return self.chance.choice(
            [
                lambda: {"type": "text", "text": self.word(), **self.extra()},
                lambda: {"type": "input_text", "text": self.word()},
                lambda: {"text": self.word()},
            ]
        )()

    def content(self) -> Any:
        if self.chance.random() < 0.5:
            return self.word()
        return [self.part() for _ in range(self.chance.randint(1, 3))]

    def call(self, identity: str) -> dict[str, Any]:
        arguments = msgspec.json.encode({"q": self.word("argument")}).decode()
        function = {"name": "find", "arguments": arguments}
        return {"id": identity, "type": "function", "function": function}

    def round(self) -> list[dict[str, Any]]:
        """Calls and their results, as OpenAI's or Anthropic's dicts."""
        ids = [f"call_{next(self.count)}" for _ in range(self.chance.randint(1, 2))]
        if self.chance.random() < 0.5:
            told: list[dict[str, Any]] = [
                {"role": "assistant", "content": None, "tool_calls": list(map(self.call, ids))}
            ]
            return told + [
                {"role": "tool", "tool_call_id": i, "name": "find", "content": self.content()}
                for i in ids
            ]
        uses = [
            {"type": "tool_use", "id": i, "name": "find", "input": {"q": self.word("argument")}}
            for i in ids
        ]
        results = [
            {"type": "tool_result", "tool_use_id": i, "content": self.content()} for i in ids
        ]
        before = [{"type": "text", "text": self.word()} for _ in range(self.chance.randint(0, 1))]
        return [
            {"role": "assistant", "content": [*before, *uses]},
            {"role": "user", "content": results},
        ]

    def talk(self) -> list[dict[str, Any]]:
        talk: list[dict[str, Any]] = []
        if self.chance.random() < 0.5:
            role = self.chance.choice(("system", "developer"))
            talk.append({"role": role, "content": self.content()})
        for _ in range(self.chance.randint(1, 3)):
            talk.append({"role": "user", "content": self.content(), **self.extra()})
            if self.chance.random() < 0.5:
                talk += self.round()
            talk.append({"role": "assistant", "content": self.content()})
        return [*talk, {"role": "user", "content": self.content()}]

    def tool(self) -> dict[str, Any]:
        schema = {
            "type": "object",
            "properties": {"q": {"type": "string", "description": self.word("described")}},
            "required": ["q"],
        }
        head = {"name": "find", "description": self.word("tool")}
        return self.chance.choice(
            [
                lambda: {"type": "function", "function": {**head, "parameters": schema}},
                lambda: {"type": "function", **head, "parameters": schema, **self.extra()},
                lambda: {**head, "input_schema": schema, **self.extra()},
                lambda: {**head, "inputSchema": schema, "title": "Find"},
            ]
        )()


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
@pytest.mark.parametrize("decade", range(6))
def test_each_thing_that_was_said_is_sent_or_told(provider: str, decade: int) -> None:
    for seed in range(decade * 10, decade * 10 + 10):
        speaker = Speaker(seed)
        talk, tool = speaker.talk(), speaker.tool()
        try:
            sent = ask(PROVIDERS[provider], talk, tools=[tool])
        except ChimericError:
            continue  # nothing was sent, and the caller knows
        body = msgspec.json.encode(sent.body).decode()
        told = " ".join(sent.told)
        lost = [word for word in speaker.words if word not in body]
        assert lost == [], (seed, lost, sent.told)
        silent = [
            k for k in speaker.keys if k not in body and k not in told and "cachePoint" not in body
        ]
        assert silent == [], (seed, silent)
        order = [word for word in speaker.words if word.startswith("word")]
        places = [body.index(word) for word in order if word in body]
        assert len(places) == len(order)
