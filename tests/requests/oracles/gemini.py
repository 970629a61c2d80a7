"""Gemini's requests, judged by google-genai: its types, and what it sends for the same words."""

from __future__ import annotations

import functools
from typing import Any

from google.genai import Client, _common, models, types
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from .strict import Strict

__all__ = ["Gemini"]

PARAMETERS = {
    "cachedContent",
    "labels",
    "safetySettings",
    "serviceTier",
    "store",
    "systemInstruction",
    "toolConfig",
    "tools",
}


class Generation(types.GenerationConfig):
    """What ``generationConfig`` gets: a parameter of the SDK goes there that its type lacks."""

    image_config: types.ImageConfig | None = None


class Body(BaseModel):
    """What ``generateContent`` gets: the SDK has a type for each part, but none for the whole."""

    model_config = ConfigDict(alias_generator=to_camel)

    contents: list[types.Content]
    system_instruction: types.Content | None = None
    generation_config: Generation | None = None
    tools: list[types.Tool] | None = None
    tool_config: types.ToolConfig | None = None
    safety_settings: list[types.SafetySetting] | None = None
    cached_content: str | None = None
    labels: dict[str, str] | None = None
    service_tier: types.ServiceTier | None = None
    store: bool | None = None


class Gemini:
    """Judges a body by the SDK's types, and by the body that the SDK makes of the same.

    The SDK's parameters are no wire format: it moves, renames and refuses some on their way. So
    the body is read back into parameters, these are sent through the SDK's own transformers, and
    what comes out has to be the body again.

    Args:
        vertex: whether the transformers of Vertex are asked, instead of those of Gemini's API.
    """

    def __init__(self, *, vertex: bool = False) -> None:
        self._types = Strict(Body)
        self._send: Any = models._GenerateContentParameters_to_mldev
        if vertex:
            self._send = models._GenerateContentParameters_to_vertex

    def __call__(self, body: Any) -> list[str]:
        body = camel(body)
        wrong = self._types(body)
        if wrong:
            return wrong
        try:
            made = camel(self._sent_by_the_sdk(body))
        except ValueError as error:
            return [f"the SDK refuses it: {error}"]
        return differences(in_order(body), in_order(made), "")

    def _sent_by_the_sdk(self, body: Any) -> Any:
        config = {**body.get("generationConfig", {})}
        config |= {k: v for k, v in body.items() if k in PARAMETERS}
        said = types._GenerateContentParameters(
            model="m",
            contents=[types.Content.model_validate(c) for c in body["contents"]],
            config=types.GenerateContentConfig.model_validate(config),
        )
        made = self._send(client(), said, None, said)
        made = _common.encode_unserializable_types(_common.convert_to_dict(made))
        return {k: v for k, v in made.items() if not k.startswith("_") and k != "config"}


@functools.cache
def client() -> Any:
    """The SDK's transformers ask it whose service is meant. Nothing is sent."""
    return Client(api_key="none")._api_client


def camel(value: Any) -> Any:
    """Keys in one case: the service takes both (protobuf's JSON), and the SDK sends both."""
    if isinstance(value, dict):
        kept = {to_camel(k): camel(v) for k, v in value.items()}
        return {k: v for k, v in kept.items() if k != "generationConfig" or v}
    return [camel(item) for item in value] if isinstance(value, list) else value


def in_order(body: Any) -> Any:
    """The SDK puts functions behind the other tools, which means the same."""
    tools = sorted(body.get("tools", ()), key=lambda tool: sorted(tool))
    return {**body, "tools": tools}


def differences(ours: Any, theirs: Any, place: str) -> list[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [
            found
            for key in sorted({*ours, *theirs})
            for found in differences(ours.get(key), theirs.get(key), f"{place}.{key}")
        ]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True))
        return [found for n, (a, b) in pairs for found in differences(a, b, f"{place}.{n}")]
    same = ours == theirs or one_alphabet(ours) == one_alphabet(theirs)
    return [] if same else [f"{place[1:]}: {ours!r} is {theirs!r} from the SDK"]


def one_alphabet(value: Any) -> Any:
    """Base64 of both alphabets is taken (protobuf's JSON); the SDK sends that of URLs."""
    return value.replace("-", "+").replace("_", "/") if isinstance(value, str) else value
