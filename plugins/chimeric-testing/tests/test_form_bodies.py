"""The contract of a service whose requests are forms, and whose answers are lines of text."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

import msgspec
from chimeric_testing import ProviderContract, Recorded

from chimeric import (
    Delta,
    Event,
    HTTPRequest,
    HTTPResponse,
    ModelNotSupportedError,
    Provider,
    ProviderConfig,
    Request,
    TextPart,
    WireRequest,
    hookimpl,
)


class Postbox:
    """A service that takes a form, one field for all that was said, and answers in lines."""

    @hookimpl
    def chimeric_provider(self) -> Provider:
        return Provider(name="postbox", base_url="https://postbox.test", framing="lines")

    @hookimpl
    def chimeric_framings(self) -> Any:
        return {"lines": Lines}

    @hookimpl
    def chimeric_build_request(self, request: Request, provider: ProviderConfig) -> HTTPRequest:
        if request.tools or request.response_format:
            raise ModelNotSupportedError("postbox has no tools and no formats")
        dropped: list[str] = []
        lines: list[str] = []
        for message in request.messages:
            if message.tool_calls or message.role == "tool":
                raise ModelNotSupportedError("postbox has no tools")
            if any(not isinstance(part, TextPart) for part in message.parts):
                raise ModelNotSupportedError("postbox takes text only")
            lines.append(f"{message.role}> {message.text or message.refusal or ''}")
            extras = [message.extra, *(getattr(part, "extra", None) for part in message.parts)]
            dropped += [f"postbox has no {name}" for extra in extras for name in extra or ()]
            if message.reasoning:
                dropped.append("postbox has no reasoning")
        fields: dict[str, Any] = {
            "model": request.model,
            "prompt": "\n".join(lines),
            "stream": "yes" if request.stream else "no",
        }
        for name in ("temperature", "top_p", "max_tokens", "seed"):
            if (value := getattr(request, name)) is not None:
                fields[name] = value
        if request.stop:
            fields["stop"] = request.stop
        if request.reasoning_effort:
            dropped.append("postbox has no reasoning_effort")
        body = urlencode({**fields, **request.extra, **request.extra_body}, doseq=True).encode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        url = f"{provider.base_url}/post"
        return HTTPRequest(url=url, headers=headers, body=body, dropped=tuple(dropped))

    @hookimpl
    def chimeric_parse_event(self, event: Event) -> Delta | str | None:
        kind, _, text = event.data.decode().partition(" ")
        if kind == "end":
            return Delta(done=True, finish_reason="stop")
        return text.replace("\\n", "\n") if kind == "say" else None

    @hookimpl
    def chimeric_parse_response(self, response: HTTPResponse) -> Delta:
        text, _, end = response.body.decode().rpartition("\n")
        if end != "end":
            raise msgspec.DecodeError("it does not end")
        return Delta(text=text, done=True, finish_reason="stop")


class Lines:
    """Lines that end."""

    def __init__(self, limit: int) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Event]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [Event(line) for line in lines]

    def end(self) -> list[Event]:
        return []


class TestPostbox(ProviderContract):
    """Forms and plain text."""

    provider = "postbox"
    plugin = Postbox()
    streams: ClassVar[dict[str, Recorded]] = {
        "text": Recorded(body=b"say Once\nsay  upon\nend\n", text="Once upon")
    }
    answers: ClassVar[dict[str, Recorded]] = {"text": Recorded(body=b"Once\nend", text="Once")}
    noise = (b"tick\n", b"\n")
    refuses: ClassVar[dict[str, str]] = dict.fromkeys(
        (
            *("a tool", "a forced tool", "no tool allowed", "a schema", "tool results"),
            "parallel tool results, one of them an error",
        ),
        "postbox takes text only",
    )

    @staticmethod
    def decode_request(wire: WireRequest) -> Any:
        fields: dict[str, Any] = {}
        for name, value in parse_qsl(wire.body.decode(), keep_blank_values=True):
            fields[name] = [*fields[name], value] if name in fields else [value]
        return {name: value[0] if len(value) == 1 else value for name, value in fields.items()}
