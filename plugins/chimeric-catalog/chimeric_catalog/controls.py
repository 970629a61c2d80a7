"""Rows and bodies that several services share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from chimeric_chat_completions.strings import join_texts
from chimeric_models import Asked, Rule

from chimeric import ModelNotSupportedError, Request

__all__ = [
    "easier_choice",
    "named_choice",
    "own_pictures",
    "pinned",
    "string_content",
    "switch",
    "switch_field",
    "template_switch",
]

Put = Callable[[Asked, bool], None]


def switch(
    put: Put, *, field: str, models: str, source: str, holds: Callable[[Asked], bool] | None = None
) -> Rule:
    """A row for models that think or do not, and know no levels: the effort becomes a switch.

    Args:
        put: sets the switch.
        field: the switch, in words.
        models: of which models, in words.
        source: where the fact comes from.
        holds: whether a request is of these models; all, if None.
    """

    def change(asked: Asked) -> str | None:
        effort: Any = asked.body.pop("reasoning_effort")
        if effort is None:
            return None
        put(asked, effort != "none")
        if effort == "none":
            return None
        return f"reasoning_effort={effort!r}: {asked.model} knows no levels; thinking is on"

    return Rule(
        said="`reasoning_effort`",
        models=models,
        done="changed",
        how=f"sent as {field}",
        source=source,
        on=("reasoning_effort",),
        holds=holds,
        change=change,
    )


def thinking(asked: Asked, on: bool) -> None:
    """Moonshot's, Z.ai's, MiniMax' and Volcengine's way."""
    asked.body.setdefault("thinking", {"type": "enabled" if on else "disabled"})


def switch_field(name: str) -> Put:
    """A switch that is a field of its own; ``thinking`` holds its word in an object."""
    if name == "thinking":
        return thinking
    return lambda asked, on: asked.body.setdefault(name, on)


def template_switch(*names: str) -> Put:
    """A switch that the model's chat template reads."""

    def put(asked: Asked, on: bool) -> None:
        told = asked.object("chat_template_kwargs")
        asked.body["chat_template_kwargs"] = {**dict.fromkeys(names, on), **told}

    return put


def easier_choice(
    *, models: str = "all", source: str, holds: Callable[[Asked], bool] | None = None
) -> Rule:
    """A row for services that let no one force a tool: ``auto`` is sent."""

    def change(asked: Asked) -> str | None:
        wanted: Any = asked.body["tool_choice"]
        if wanted in ("auto", "none"):
            return None
        asked.body["tool_choice"] = "auto"
        return f"tool_choice: {asked.model} at {asked.service} takes no forced call; sent as auto"

    return Rule(
        said="a forced tool",
        models=models,
        done="changed",
        how="`auto` is sent",
        source=source,
        on=("tool_choice",),
        holds=holds,
        change=change,
    )


def named_choice(*, source: str) -> Rule:
    """A row for servers that know no tool by its name: it alone is sent, and must be called."""

    def change(asked: Asked) -> str | None:
        name = _called(asked.body["tool_choice"])
        tools: list[Any] = asked.get("tools") or []
        if name is None or not tools:
            return None
        asked.body["tools"] = [tool for tool in tools if _called(tool) == name]
        asked.body["tool_choice"] = "required"
        return f"tool_choice: {asked.service} takes no name; only {name} is offered, and required"

    return Rule(
        said="a tool by its name",
        done="changed",
        how="it alone is offered, and required",
        source=source,
        on=("tool_choice",),
        change=change,
    )


def _called(tool: Any) -> str | None:
    """The name of a function, in the form of chat completions or of Responses."""
    if not isinstance(tool, Mapping):
        return None
    said = cast("Mapping[str, Any]", tool)
    name = said.get("name") or _called(said.get("function"))
    return name if isinstance(name, str) else None


def pinned(
    *names: str, models: str, source: str, holds: Callable[[Asked], bool] | None = None
) -> Rule:
    """A row for models that refuse any value but their own of a field: it is left out."""
    said = ", ".join(f"`{name}`" for name in names)
    return Rule(said=said, models=models, done="left out", source=source, on=names, holds=holds)


def string_content(body: dict[str, Any], request: Request) -> dict[str, Any]:
    """Text alone as a string, and no null, for servers that take neither lists nor null."""
    join_texts(body["messages"])
    for message in body["messages"]:
        if message.get("content") is None:
            message["content"] = ""
    return body


def own_pictures(body: dict[str, Any], request: Request, service: str) -> dict[str, Any]:
    """Refuse pictures by their URL, for servers that fetch none.

    Raises:
        ModelNotSupportedError: for one.
    """
    for message in body["messages"]:
        parts: Any = message.get("content")
        for part in parts if isinstance(parts, list) else ():  # pyright: ignore[reportUnknownVariableType]
            image: Any = cast("dict[str, Any]", part).get("image_url")
            url = str(image.get("url")) if isinstance(image, dict) else ""  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
            if url.startswith(("http://", "https://")):
                raise ModelNotSupportedError(
                    f"{request.model} at {service} fetches no picture: pass its bytes"
                )
    return body
