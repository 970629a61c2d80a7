"""LangChain's chat models."""

from __future__ import annotations

from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.tools import StructuredTool
from lines import serve


def model(task: dict[str, Any]) -> BaseChatModel:
    """The model of a protocol; integrations are imported when they are asked for."""
    protocol, url, key = task["protocol"], task["url"], task["key"]
    common: dict[str, Any] = {"model": task["model"], "max_retries": 0}
    headers = {"default_headers": task["headers"]}
    if protocol in ("chat", "responses"):
        from langchain_openai import ChatOpenAI

        api = {"use_responses_api": protocol == "responses"}
        if task["case"] == "thinking":
            api["reasoning"] = {"effort": "medium", "summary": "auto"}
        return ChatOpenAI(base_url=f"{url}/v1", api_key=key, **common, **headers, **api)
    if protocol == "anthropic":
        from langchain_anthropic import ChatAnthropic

        more: dict[str, Any] = {}
        if task["case"] == "thinking":
            more["thinking"] = {"type": "enabled", "budget_tokens": 1024}
        return ChatAnthropic(
            base_url=url, api_key=key, max_tokens=4000, **common, **headers, **more
        )
    if protocol == "google":
        from langchain_google_genai import ChatGoogleGenerativeAI

        more = {"additional_headers": task["headers"], "include_thoughts": True}
        return ChatGoogleGenerativeAI(base_url=url, api_key=key, **common, **more)
    if protocol == "mistral":
        from langchain_mistralai import ChatMistralAI

        mistral = ChatMistralAI(endpoint=f"{url}/v1", api_key=key, **common)
        mistral.client.headers.update(task["headers"])
        return mistral
    if protocol == "groq":
        from langchain_groq import ChatGroq

        return ChatGroq(base_url=url, api_key=key, **common, **headers)
    import cohere
    import httpx
    from langchain_cohere import ChatCohere

    made = ChatCohere(base_url=url, cohere_api_key=key, model=task["model"])
    # It has no argument for headers.
    sent = httpx.Client(headers=task["headers"], timeout=30)
    made.client = cohere.Client(key, base_url=url, httpx_client=sent)
    return made


def tool(name: str, description: str, parameters: dict[str, Any]) -> StructuredTool:
    """A tool of LangChain's; its calls are answered by hand."""
    return StructuredTool(name=name, description=description, args_schema=parameters, func=print)


def told(message: AIMessage) -> dict[str, Any]:
    """What an answer says."""
    calls = [{"name": c["name"], "arguments": c["args"]} for c in message.tool_calls]
    return {"text": message.text, "calls": calls, "usage": message.usage_metadata}


def ask(chat: Any, messages: list[BaseMessage], stream: bool) -> tuple[AIMessage, int]:
    """The answer, and in how many pieces its text came."""
    if not stream:
        return chat.invoke(messages), 1
    whole: Any = None
    pieces = 0
    for chunk in chat.stream(messages):
        whole = chunk if whole is None else whole + chunk
        pieces += bool(chunk.text)
    return whole, pieces


def answer(task: dict[str, Any]) -> dict[str, Any]:
    """Do one task."""
    chat, stream = model(task), task["stream"]
    messages: list[BaseMessage] = [HumanMessage(task["prompt"])]
    if task["case"] == "structured":
        return {
            "value": chat.with_structured_output(task["schema"], method=task["way"]).invoke(
                messages
            )
        }
    if task["case"] in ("tools", "thinking"):
        chat = chat.bind_tools([tool(**offer["function"]) for offer in task["tools"]])
    if task["case"] == "turns":
        messages.insert(0, SystemMessage(task["system"]))
    first, pieces = ask(chat, messages, stream)
    found = {**told(first), "pieces": pieces}
    if task["case"] == "turns":
        messages += [first, HumanMessage(task["then"])]
    elif first.tool_calls:
        messages.append(first)
        for call in first.tool_calls:
            result = task["results"][call["name"]]
            messages.append(ToolMessage(result, tool_call_id=call["id"], name=call["name"]))
    else:
        return found
    last, pieces = ask(chat, messages, stream)
    return {**found, "last": {**told(last), "pieces": pieces}}


if __name__ == "__main__":
    serve(answer)
