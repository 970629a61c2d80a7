"""What some of the services refuse of a body's fields."""

from __future__ import annotations

from typing import Any, Final, cast

from chimeric_models import Asked, Rule, Rules, inlining, levels, not_taken

from chimeric_catalog.controls import (
    easier_choice,
    named_choice,
    switch,
    switch_field,
    template_switch,
)

__all__ = ["TABLES"]


def _plain_tools(asked: Asked) -> list[str]:
    if not asked.body.get("tools"):
        return []
    del asked.body["response_format"]
    return [f"response_format: {asked.service} takes it, or tools, not both; tools were sent"]


def _schema(asked: Asked) -> str | None:
    if asked.object("response_format").get("type") != "json_object":
        return None
    asked.body["response_format"] = {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": {"type": "object"}},
    }
    return f"response_format: {asked.service} has no json_object; a schema of any object is sent"


def _any_schema(asked: Asked) -> None:
    _schema(asked)  # nothing is lost, and nothing is to be told


def _any_object(source: str) -> Rule:
    return Rule(
        said="`response_format='json_object'`",
        done="changed",
        how="a schema of any object is sent",
        source=source,
        on=("response_format",),
        change=_schema,
    )


def _at_the_top(asked: Asked) -> None:
    text = asked.object("text")
    wanted = text.pop("format", None)
    if not isinstance(wanted, dict):
        return
    form = cast("dict[str, Any]", wanted)
    kind = form.pop("type", None)
    if kind == "json_object":
        kind, form = "json_schema", {"name": "answer", "schema": {"type": "object"}}
    if kind == "json_schema":
        asked.body["response_format"] = {"type": kind, "json_schema": form}
    if text:
        asked.body["text"] = text
    else:
        asked.pop("text")


LLAMA: Final = "llama-server itself (build b10434)"


def _template(source: str) -> Rule:
    """Hybrid models behind local servers are switched by their chat templates."""
    return Rule(
        said="`reasoning_effort='none'`",
        models="all but gpt-oss",
        done="changed",
        how="sent as `chat_template_kwargs`",
        source=source,
        on=("reasoning_effort",),
        holds=lambda asked: (
            asked.get("reasoning_effort") == "none" and "gpt-oss" not in asked.model
        ),
        change=_off,
    )


def _off(asked: Asked) -> None:
    asked.pop("reasoning_effort")
    template_switch("enable_thinking", "thinking")(asked, False)


TABLES: Final = {
    "deepinfra": Rules(easier_choice(source="LiteLLM: only `auto` and `none`")),
    "featherless": Rules(easier_choice(source="LiteLLM: only `auto` and `none`")),
    "meta": Rules(easier_choice(source="pydantic-ai")),
    "siliconflow": Rules(
        levels(
            lambda asked, effort: (
                {"xhigh": "max", "max": "max"}.get(effort, "high") if effort != "none" else None
            ),
            said="efforts but `high` and `max`",
            models="all",
            source="SiliconFlow's API reference",
        ),
        switch(
            switch_field("enable_thinking"),
            field="`enable_thinking`",
            models="all, to switch it off",
            source="SiliconFlow's API reference",
            holds=lambda asked: asked.get("reasoning_effort") == "none",
        ),
    ),
    "friendli": Rules(
        Rule(
            said="a response format beside tools",
            done="left out",
            how="tools are sent",
            source="a 422 (neurolink's calls of the service)",
            on=("response_format",),
            change=_plain_tools,
        )
    ),
    "volcengine": Rules(
        switch(switch_field("thinking"), field="`thinking`", models="all", source="LiteLLM")
    ),
    "llamacpp": Rules(
        Rule(
            said="`response_format='json_object'`",
            done="changed",
            how="a schema of any object is sent",
            source=f"{LLAMA}: without a schema nothing is enforced",
            on=("response_format",),
            change=_any_schema,
        ),
        Rule(
            said="`text.format` of Responses",
            done="changed",
            how="sent as `response_format`",
            source=f"{LLAMA}: reads that of chat completions",
            on=("text",),
            change=_at_the_top,
        ),
        named_choice(source=f"{LLAMA}: reads the words alone"),
    ),
    "lmstudio": Rules(_any_object("LM Studio knows `json_schema` and `text`")),
    "vllm": Rules(_template("the chat templates of Qwen, GLM and DeepSeek read it")),
    "tgi": Rules(
        not_taken("parallel_tool_calls", source="text-generation-inference has none"),
        inlining(source="schemas with references fail (evalstate/fast-agent#332)"),
    ),
}
"""By the service's name."""
