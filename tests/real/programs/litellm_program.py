"""litellm's ``completion`` and ``responses``."""

from __future__ import annotations

import json
from typing import Any

import litellm
from lines import serve

litellm.suppress_debug_info = True

PREFIXES = {"chat": "openai", "compatible": "openai", "google": "gemini", "cohere": "cohere_chat"}
PATHS = {"chat": "/v1", "compatible": "/v1", "xai": "/v1", "mistral": "/v1", "deepseek": "/v1",
         "openrouter": "/api/v1", "groq": "/openai/v1", "cohere": "/v2/chat"}  # fmt: skip


def how(task: dict[str, Any]) -> dict[str, Any]:
    """Where a protocol is spoken, in litellm's words."""
    protocol = task["protocol"]
    url = task["url"] + PATHS.get(protocol, "")
    if protocol == "google":
        url += "/v1beta"
    model = f"{PREFIXES.get(protocol, protocol)}/{task['model']}"
    more: dict[str, Any] = {"max_tokens": 4000} if protocol == "anthropic" else {}
    if task["case"] == "thinking":
        more["reasoning_effort"] = "low"
    return {
        "model": model, "api_base": url, "api_key": task["key"], "num_retries": 0,
        "max_retries": 0, "extra_headers": task["headers"], "timeout": 30, **more,
    }  # fmt: skip


def told(message: Any, usage: Any = None) -> dict[str, Any]:
    """What an answer says."""
    calls = [
        {"name": c.function.name, "arguments": json.loads(c.function.arguments)}
        for c in message.tool_calls or ()
    ]
    return {"text": message.content or "", "calls": calls, "usage": usage and usage.model_dump()}


def ask(settings: dict[str, Any], messages: list[Any], stream: bool) -> tuple[Any, dict[str, Any]]:
    """The answer's message and what it says."""
    if not stream:
        whole = litellm.completion(messages=messages, **settings)
        message = whole.choices[0].message
        return message, {**told(message, whole.usage), "pieces": 1}
    chunks = list(litellm.completion(messages=messages, stream=True, **settings))
    whole = litellm.stream_chunk_builder(chunks, messages=messages)
    message = whole.choices[0].message
    pieces = sum(bool(c.choices and c.choices[0].delta.content) for c in chunks)
    return message, {**told(message, whole.usage), "pieces": pieces}


def respond(task: dict[str, Any]) -> dict[str, Any]:
    """Do one task over Responses."""
    settings = {
        "model": f"openai/{task['model']}", "api_base": f"{task['url']}/v1", "api_key": task["key"],
        "extra_headers": task["headers"], "timeout": 30,
    }  # fmt: skip
    case = task["case"]
    if case in ("tools", "thinking"):
        settings["tools"] = [{"type": "function", **t["function"]} for t in task["tools"]]
    if case == "thinking":
        settings["reasoning"] = {"effort": "low", "summary": "auto"}
        settings["include"] = ["reasoning.encrypted_content"]
    if case == "structured":
        form = {"type": "json_schema", "name": "recipe", "schema": task["schema"], "strict": True}
        settings["text"] = {"format": form}
    if case == "turns":
        settings["instructions"] = task["system"]
    items: list[Any] = [{"role": "user", "content": task["prompt"]}]
    first, found = item_answer(settings, items, task["stream"])
    if case == "structured":
        return {"value": json.loads(found["text"])}
    items += [i.model_dump(exclude_none=True) for i in first.output]
    if case == "turns":
        items.append({"role": "user", "content": task["then"]})
    elif found["calls"]:
        for item in first.output:
            if item.type == "function_call":
                output = task["results"][item.name]
                items.append(
                    {"type": "function_call_output", "call_id": item.call_id, "output": output}
                )
    else:
        return found
    _, last = item_answer(settings, items, task["stream"])
    return {**found, "last": last}


def item_answer(
    settings: dict[str, Any], items: list[Any], stream: bool
) -> tuple[Any, dict[str, Any]]:
    """The response and what it says."""
    pieces = 1
    if stream:
        events = list(litellm.responses(input=items, stream=True, **settings))
        pieces = sum(e.type == "response.output_text.delta" for e in events)
        whole = next(e.response for e in events if e.type == "response.completed")
    else:
        whole = litellm.responses(input=items, **settings)
    texts = [p.text for i in whole.output if i.type == "message" for p in i.content]
    calls = [
        {"name": i.name, "arguments": json.loads(i.arguments)}
        for i in whole.output
        if i.type == "function_call"
    ]
    return whole, {"text": "".join(texts), "calls": calls, "pieces": pieces}


def answer(task: dict[str, Any]) -> dict[str, Any]:
    """Do one task."""
    if task["protocol"] == "responses":
        return respond(task)
    settings, case = how(task), task["case"]
    messages: list[Any] = [{"role": "user", "content": task["prompt"]}]
    if case == "structured":
        form = {"name": "recipe", "schema": task["schema"], "strict": True}
        settings["response_format"] = {"type": "json_schema", "json_schema": form}
        _, found = ask(settings, messages, task["stream"])
        return {"value": json.loads(found["text"])}
    if case in ("tools", "thinking"):
        settings["tools"] = task["tools"]
    if case == "turns":
        messages.insert(0, {"role": "system", "content": task["system"]})
    first, found = ask(settings, messages, task["stream"])
    messages.append(first.model_dump(exclude_none=True) if task["stream"] else first)
    if case == "turns":
        messages.append({"role": "user", "content": task["then"]})
    elif first.tool_calls:
        for call in first.tool_calls:
            result = task["results"][call.function.name]
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    else:
        return found
    _, last = ask(settings, messages, task["stream"])
    return {**found, "last": last}


if __name__ == "__main__":
    serve(answer)
