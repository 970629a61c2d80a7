"""The official SDKs of OpenAI and Anthropic."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from anthropic import Anthropic
from lines import serve
from openai import OpenAI

Answer = dict[str, Any]


def told(text: str | None, calls: list[Answer], usage: Any, pieces: int, reply: Any) -> Answer:
    """One answer; ``reply`` is what goes into the next turn."""
    return {"text": text or "", "calls": calls, "usage": usage, "pieces": pieces, "reply": reply}


def call(identity: str, name: str, arguments: Any) -> Answer:
    return {"id": identity, "name": name, "arguments": arguments}


class Chat:
    """Chat completions."""

    def __init__(self, task: Answer, client: OpenAI) -> None:
        self._task, self._client = task, client
        self.history: list[Any] = []
        self.more: Answer = {}
        if task["case"] == "turns":
            self.history.append({"role": "system", "content": task["system"]})
        if task["case"] == "tools":
            self.more["tools"] = task["tools"]
        if task["case"] == "structured":
            form = {"name": "recipe", "schema": task["schema"], "strict": True}
            self.more["response_format"] = {"type": "json_schema", "json_schema": form}

    def say(self, text: str) -> None:
        self.history.append({"role": "user", "content": text})

    def result(self, identity: str, text: str) -> None:
        self.history.append({"role": "tool", "tool_call_id": identity, "content": text})

    def open(self) -> Any:
        asked = {"model": self._task["model"], "messages": self.history, **self.more}
        return self._client.chat.completions.create(**asked, stream=True)

    def ask(self, stream: bool) -> Answer:
        asked = {"model": self._task["model"], "messages": self.history, **self.more}
        pieces = 1
        if stream:
            pieces = 0
            usage = {"include_usage": True}
            with self._client.chat.completions.stream(**asked, stream_options=usage) as events:
                for event in events:
                    pieces += event.type == "content.delta"
                found: Any = events.get_final_completion()
        else:
            found = self._client.chat.completions.create(**asked)
        message = found.choices[0].message
        self.history.append(message.to_dict())
        calls = [
            call(c.id, c.function.name, json.loads(c.function.arguments))
            for c in message.tool_calls or ()
        ]
        return told(message.content, calls, found.usage.to_dict(), pieces, None)


class Responses:
    """OpenAI Responses."""

    def __init__(self, task: Answer, client: OpenAI) -> None:
        self._task, self._client = task, client
        self.history: list[Any] = []
        self.more: Answer = {}
        if task["case"] == "turns":
            self.more["instructions"] = task["system"]
        if task["case"] == "tools":
            self.more["tools"] = [
                {"type": "function", "strict": False, **tool["function"]} for tool in task["tools"]
            ]
        if task["case"] == "structured":
            form = {"type": "json_schema", "name": "recipe", "schema": task["schema"]}
            self.more["text"] = {"format": {**form, "strict": True}}

    def say(self, text: str) -> None:
        self.history.append({"role": "user", "content": text})

    def result(self, identity: str, text: str) -> None:
        said = {"type": "function_call_output", "call_id": identity, "output": text}
        self.history.append(said)

    def open(self) -> Any:
        asked = {"model": self._task["model"], "input": self.history, **self.more}
        return self._client.responses.create(**asked, stream=True)

    def ask(self, stream: bool) -> Answer:
        asked = {"model": self._task["model"], "input": self.history, **self.more}
        pieces = 1
        if stream:
            pieces = 0
            with self._client.responses.stream(**asked) as events:
                for event in events:
                    pieces += event.type == "response.output_text.delta"
                found: Any = events.get_final_response()
        else:
            found = self._client.responses.create(**asked)
        names = {"parsed_arguments", "parsed"}
        for item in found.output:
            plain = item.to_dict()
            for part in plain.get("content") or ():
                part.pop("parsed", None)
            self.history.append({n: v for n, v in plain.items() if n not in names})
        calls = [
            call(item.call_id, item.name, json.loads(item.arguments))
            for item in found.output
            if item.type == "function_call"
        ]
        return told(found.output_text, calls, found.usage.to_dict(), pieces, None)


class Messages:
    """Anthropic's Messages."""

    def __init__(self, task: Answer, client: Anthropic) -> None:
        self._task, self._client = task, client
        self.history: list[Any] = []
        self.more: Answer = {"max_tokens": 4000}
        if task["case"] == "turns":
            self.more["system"] = task["system"]
        if task["case"] == "tools":
            self.more["tools"] = [
                {
                    "name": tool["function"]["name"],
                    "description": tool["function"]["description"],
                    "input_schema": tool["function"]["parameters"],
                }
                for tool in task["tools"]
            ]
        if task["case"] == "structured":
            form = {"type": "json_schema", "schema": task["schema"]}
            self.more["output_config"] = {"format": form}

    def say(self, text: str) -> None:
        self._user({"type": "text", "text": text})

    def result(self, identity: str, text: str) -> None:
        self._user({"type": "tool_result", "tool_use_id": identity, "content": text})

    def _user(self, block: Answer) -> None:
        if not self.history or self.history[-1]["role"] != "user":
            self.history.append({"role": "user", "content": []})
        self.history[-1]["content"].append(block)

    def open(self) -> Any:
        asked = {"model": self._task["model"], "messages": self.history, **self.more}
        return self._client.messages.create(**asked, stream=True)

    def ask(self, stream: bool) -> Answer:
        asked = {"model": self._task["model"], "messages": self.history, **self.more}
        pieces = 1
        if stream:
            with self._client.messages.stream(**asked) as events:
                pieces = sum(1 for _ in events.text_stream)
                found: Any = events.get_final_message()
        else:
            found = self._client.messages.create(**asked)
        self.history.append({"role": "assistant", "content": [b.to_dict() for b in found.content]})
        calls = [call(b.id, b.name, b.input) for b in found.content if b.type == "tool_use"]
        text = "".join(b.text for b in found.content if b.type == "text")
        return told(text, calls, found.usage.to_dict(), pieces, None)


def conversation(task: Answer) -> Any:
    """A conversation in the task's protocol."""
    settings = {
        "api_key": task["key"],
        "default_headers": task["headers"],
        "max_retries": 0,
        "timeout": 30,
    }
    if task["protocol"] == "anthropic":
        return Messages(task, Anthropic(base_url=task["url"], **settings))
    kind: Callable[..., Any] = Responses if task["protocol"] == "responses" else Chat
    return kind(task, OpenAI(base_url=task["url"] + "/v1", **settings))


def answer(task: Answer) -> Answer:
    """Do one task."""
    talk = conversation(task)
    talk.say(task["prompt"])
    if task["case"] == "abort":
        events = talk.open()
        for number, _ in enumerate(events):
            if number == 8:
                events.close()
                return {"left": True}
        return {"left": False}
    found: Answer = talk.ask(task["stream"])
    if task["case"] == "structured":
        return {"value": json.loads(found["text"]), "usage": found["usage"]}
    if found["calls"]:
        for made in found["calls"]:
            talk.result(made["id"], task["results"][made["name"]])
        found["last"] = talk.ask(task["stream"])
    if task["case"] == "turns":
        talk.say(task["then"])
        found["last"] = talk.ask(task["stream"])
    return found


if __name__ == "__main__":
    serve(answer)
