"""A tool choice that allows some tools alone: each API's own form, or only those are offered."""

from __future__ import annotations

from typing import Any

import pytest

from chimeric import ConfigurationError, TranslationError

from .served import PROVIDERS, ask


def now() -> str:
    """Tell the time."""
    return "noon"


def today() -> str:
    """Tell the date."""
    return "Monday"


def weather() -> str:
    """Tell the weather."""
    return "rain"


TOOLS = [now, today, weather]
NAMES = ("now", "weather")


def of_responses(mode: str) -> dict[str, Any]:
    tools = [{"type": "function", "name": name} for name in NAMES]
    return {"type": "allowed_tools", "mode": mode, "tools": tools}


def of_chat(mode: str) -> dict[str, Any]:
    tools = [{"type": "function", "function": {"name": name}} for name in NAMES]
    return {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": tools}}


def of_interactions(mode: str) -> dict[str, Any]:
    word = "any" if mode == "required" else mode
    return {"allowed_tools": {"mode": word, "tools": list(NAMES)}}


def of_gemini(mode: str) -> dict[str, Any]:
    word = "ANY" if mode == "required" else "AUTO"
    return {"functionCallingConfig": {"mode": word, "allowedFunctionNames": list(NAMES)}}


FORMS = [of_responses, of_chat, of_interactions, of_gemini]


def offered(body: Any) -> set[str]:
    tools: Any = body.get("tools") or body["toolConfig"]["tools"]
    if "functionDeclarations" in tools[0]:
        tools = tools[0]["functionDeclarations"]
    inner = (tool.get("function") or tool.get("toolSpec") or tool for tool in tools)
    return {tool["name"] for tool in inner}


@pytest.mark.parametrize("mode", ["auto", "required"])
@pytest.mark.parametrize("form", FORMS)
def test_openai_gets_it_in_the_form_of_each_of_its_apis(form: Any, mode: str) -> None:
    sent = ask("openai:gpt-5.4", tools=TOOLS, tool_choice=form(mode))
    assert sent.body["tool_choice"] == of_responses(mode)
    assert offered(sent.body) == {"now", "today", "weather"}
    chat = ask("openai:gpt-5.4", api="chat_completions", tools=TOOLS, tool_choice=form(mode))
    assert chat.body["tool_choice"] == of_chat(mode)
    assert sent.told == chat.told == []


def test_gemini_gets_the_names_where_a_call_is_required() -> None:
    sent = ask("google:gemini-2.5-flash", tools=TOOLS, tool_choice=of_responses("required"))
    called = {"mode": "ANY", "allowedFunctionNames": list(NAMES)}
    assert sent.body["toolConfig"] == {"functionCallingConfig": called}
    assert offered(sent.body) == {"now", "today", "weather"}
    assert sent.told == []


@pytest.mark.parametrize("mode", ["auto", "required"])
@pytest.mark.parametrize("form", FORMS)
def test_the_interactions_api_gets_the_names(form: Any, mode: str) -> None:
    asked = {"api": "interactions", "tools": TOOLS, "tool_choice": form(mode)}
    sent = ask("google:gemini-3.8-flash", **asked)
    assert sent.body["generation_config"]["tool_choice"] == of_interactions(mode)
    assert offered(sent.body) == {"now", "today", "weather"}
    assert sent.told == []


@pytest.mark.parametrize("provider", sorted(set(PROVIDERS) - {"interactions", "openai"}))
def test_elsewhere_only_the_allowed_tools_are_offered_which_is_told(provider: str) -> None:
    sent = ask(PROVIDERS[provider], tools=TOOLS, tool_choice=of_responses("auto"))
    assert offered(sent.body) == {*NAMES}
    assert sum("only now, weather is offered" in told for told in sent.told) == 1
    assert "allowed_tools" not in sent.body
    with pytest.raises(TranslationError, match="allowed"):
        ask(PROVIDERS[provider], tools=TOOLS, tool_choice=of_chat("auto"), strict=True)


@pytest.mark.parametrize("mode", ["auto", "required"])
@pytest.mark.parametrize("tools", [{"name": "now"}, "now", 7])
def test_what_is_allowed_must_be_a_list(tools: Any, mode: str) -> None:
    choice = {"type": "allowed_tools", "mode": mode, "tools": tools}
    with pytest.raises(ConfigurationError, match="not a list of tools"):
        ask("openai:gpt-5.4", tools=TOOLS, tool_choice=choice)


def test_where_all_tools_are_allowed_nothing_is_told() -> None:
    sent = ask("anthropic:claude-sonnet-4-5", tools=[now, weather], tool_choice=of_chat("required"))
    assert sent.body["tool_choice"] == {"type": "any"}
    assert sent.told == []


def test_a_tool_of_the_service_is_allowed_by_what_its_definition_says() -> None:
    search = {"type": "web_search"}
    choice = {"type": "allowed_tools", "mode": "auto", "tools": [search, {"name": "now"}]}
    sent = ask("openai:gpt-5.4", tools=[now, today, search], tool_choice=choice)
    told = [{"type": "function", "name": "now"}, search]
    assert sent.body["tool_choice"]["tools"] == told


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_a_tool_that_is_not_offered_is_an_error_with_the_nearest_name(provider: str) -> None:
    choice = {"type": "allowed_tools", "mode": "auto", "tools": [{"name": "wether"}]}
    with pytest.raises(ConfigurationError, match=r"allows 'wether'.*did you mean 'weather'"):
        ask(PROVIDERS[provider], tools=TOOLS, tool_choice=choice)


def test_after_the_results_of_a_forced_call_the_model_may_answer() -> None:
    call = {"type": "function_call", "call_id": "c1", "name": "now", "arguments": "{}"}
    reply = {"id": "r", "status": "completed", "model": "m", "output": [call]}
    sent = ask("openai:gpt-5.4", replies=[reply], tools=TOOLS, tool_choice=of_chat("required"))
    assert sent.result.content == "ok"
    assert sent.body["tool_choice"] == of_responses("auto")
