"""The contract suite for a service that speaks no JSON: binary frames and MessagePack."""

from __future__ import annotations

import struct
from typing import Any, ClassVar

import msgspec
import pytest
from chimeric_testing import ProviderContract, Recorded, RecordedError

from chimeric import (
    Capabilities,
    Delta,
    ErrorInfo,
    Event,
    HTTPRequest,
    HTTPResponse,
    ImagePart,
    ModelNotSupportedError,
    Provider,
    ProviderConfig,
    RateLimitError,
    Request,
    TextPart,
    ToolCallDelta,
    ToolName,
    Usage,
    WireRequest,
    hookimpl,
)

pack, unpack = msgspec.msgpack.encode, msgspec.msgpack.decode


def frame(data: bytes) -> bytes:
    """A frame of the Beacon protocol: four bytes of length, and so many of MessagePack."""
    return struct.pack("!I", len(data)) + data


class Frames:
    """Cuts them apart."""

    def __init__(self, limit: int) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Event]:
        self._rest += data
        events: list[Event] = []
        while len(self._rest) >= 4:
            (length,) = struct.unpack("!I", self._rest[:4])
            if len(self._rest) < 4 + length:
                break
            events.append(Event(self._rest[4 : 4 + length]))
            self._rest = self._rest[4 + length :]
        return events

    def end(self) -> list[Event]:
        return []


class Beacon:
    """A service of binary frames, with pictures as they are."""

    @hookimpl
    def chimeric_provider(self) -> Provider:
        return Provider(
            name="beacon",
            base_url="https://beacon.test/v1",
            framing="beacon",
            auth_header="x-beacon",
            auth_scheme="",
            capabilities=Capabilities(images=True, structured_output=True),
        )

    @hookimpl
    def chimeric_framings(self) -> Any:
        return {"beacon": Frames}

    @hookimpl
    def chimeric_build_request(self, request: Request, provider: ProviderConfig) -> HTTPRequest:
        dropped: list[str] = []
        body: dict[str, Any] = {"m": request.model, "live": request.stream}
        body["turns"] = [self.turn(message, dropped) for message in request.messages]
        body |= self.tools(request, dropped)
        told = {
            "heat": request.temperature,
            "nucleus": request.top_p,
            "limit": request.max_tokens,
            "ends": list(request.stop) or None,
            "seed": request.seed,
            "think": request.reasoning_effort,
        }
        body |= {name: value for name, value in told.items() if value is not None}
        form = request.response_format
        if form is not None and form.kind != "text":
            body["form"] = {"name": form.name, "schema": form.schema}
        return HTTPRequest(
            url=f"{provider.base_url}/talk",
            headers={"content-type": "application/msgpack"},
            body=pack({**body, **request.extra, **request.extra_body}),
            dropped=tuple(dropped),
        )

    def turn(self, message: Any, dropped: list[str]) -> dict[str, Any]:
        said: list[Any] = []
        for part in message.parts:
            if isinstance(part, ImagePart) and part.data:
                data = part.data
                said.append({"kind": part.media_type, "data": data})
            elif isinstance(part, TextPart):
                said.append(part.text)
            else:
                raise ModelNotSupportedError("beacon takes text and pictures by value")
            self.extras(part, dropped)
        turn: dict[str, Any] = {"who": message.role, "said": said}
        if message.tool_calls:
            turn["calls"] = [
                {"id": call.id, "tool": call.name, "input": call.parsed()}
                for call in message.tool_calls
            ]
        if message.role == "tool":
            turn |= {"of": message.tool_call_id, "failed": message.is_error}
        if message.reasoning:
            dropped.append("beacon takes no reasoning of before")
        if message.refusal:
            turn["refused"] = message.refusal
        self.extras(message, dropped)
        for call in message.tool_calls:
            self.extras(call, dropped)
        return turn

    def extras(self, said: Any, dropped: list[str]) -> None:
        dropped += [f"beacon has no {name!r}" for name in getattr(said, "extra", None) or ()]

    def tools(self, request: Request, dropped: list[str]) -> dict[str, Any]:
        if request.parallel_tool_calls is not None:
            dropped.append("beacon has no parallel_tool_calls")
        if not request.tools:
            return {}
        if any(tool.strict for tool in request.tools):
            dropped.append("beacon knows no strict tools")
        for tool in request.tools:
            self.extras(tool, dropped)
        choice = request.tool_choice
        named = {"tool": choice.name} if isinstance(choice, ToolName) else choice
        return {
            "tools": [
                dict(tool.native or ())
                or {"tool": tool.name, "about": tool.description, "input": dict(tool.parameters)}
                for tool in request.tools
            ],
            **({} if named is None else {"choice": named}),
        }

    @hookimpl
    def chimeric_parse_event(self, event: Event) -> Delta | str | None:
        told = unpack(event.data)
        match told.get("k"):
            case "say":
                return str(told["t"])
            case "call":
                text = msgspec.json.encode(told["input"]).decode()
                call = ToolCallDelta(
                    id=told["id"], name=told["tool"], arguments=text, complete=True
                )
                return Delta(tool_calls=(call,))
            case "oops":
                return Delta(error=ErrorInfo(message=told["t"], kind="rate_limit"))
            case "bye":
                used = Usage.of(told["in"], told["out"])
                reason: Any = {"done": "stop", "call": "tool_calls"}.get(told["why"], "other")
                return Delta(done=True, finish_reason=reason, usage=used)
        return None

    @hookimpl
    def chimeric_parse_response(self, response: HTTPResponse) -> Delta:
        told = unpack(response.body, type=dict[str, Any])
        return Delta(text=told["say"], done=True, finish_reason="stop")

    @hookimpl
    def chimeric_parse_error(self, response: HTTPResponse) -> ErrorInfo | None:
        told = unpack(response.body, type=dict[str, Any])
        return ErrorInfo(message=told["oops"], code=told.get("code"))


def decoded(data: bytes) -> Any:
    try:
        return unpack(data)
    except ValueError:
        return None


def say(text: str) -> bytes:
    return frame(pack({"k": "say", "t": text}))


def bye(why: str) -> bytes:
    return frame(pack({"k": "bye", "why": why, "in": 9, "out": 4}))


CALL = frame(pack({"k": "call", "id": "c1", "tool": "weather", "input": {"city": "Oslo"}}))


class TestBeacon(ProviderContract):
    """Binary frames, MessagePack both ways, nothing is installed."""

    provider = "beacon"
    plugin = Beacon()
    failed_results = True
    streams: ClassVar[dict[str, Recorded]] = {
        "text": Recorded(
            body=say("Once") + say(" upon a tïme \n") + bye("done"),
            text="Once upon a tïme \n",
            usage=Usage.of(9, 4),
        ),
        "a tool": Recorded(
            body=CALL + bye("call"),
            tool_calls=(("c1", "weather", '{"city":"Oslo"}'),),
            finish_reason="tool_calls",
        ),
    }
    answers: ClassVar[dict[str, Recorded]] = {
        "text": Recorded(body=pack({"say": "Once"}), text="Once")
    }
    stream_errors: ClassVar[dict[str, RecordedError]] = {
        "busy": RecordedError(
            body=say("Once") + frame(pack({"k": "oops", "t": "too much"})),
            message="too much",
            error=RateLimitError,
            text="Once",
        )
    }
    errors: ClassVar[dict[str, RecordedError]] = {
        "429": RecordedError(
            body=pack({"oops": "slower", "code": 7}),
            message="slower",
            error=RateLimitError,
            status=429,
            code=7,
        )
    }
    noise = (frame(pack({"k": "tick"})), frame(pack({})))

    @staticmethod
    def decode_request(wire: WireRequest) -> Any:
        return decoded(wire.body)

    @staticmethod
    def decode_event(data: bytes) -> Any:
        return decoded(data)

    @staticmethod
    def encode_event(value: Any) -> bytes:
        return pack(value)

    @staticmethod
    def frame_event(event: Event) -> bytes:
        return frame(event.data)


def checked(plugin: object) -> Any:
    return type("Checked", (TestBeacon,), {"plugin": plugin})()


class Nameless(Beacon):
    def tools(self, request: Request, dropped: list[str]) -> dict[str, Any]:
        told = super().tools(request, dropped)
        for tool in told.get("tools", ()):
            tool.pop("about")
        return told


class Alike(Beacon):
    def turn(self, message: Any, dropped: list[str]) -> dict[str, Any]:
        return {**super().turn(message, dropped), "who": "user"}


class Untied(Beacon):
    def turn(self, message: Any, dropped: list[str]) -> dict[str, Any]:
        told = super().turn(message, dropped)
        told.pop("of", None)
        return told


class Cheerful(Beacon):
    def turn(self, message: Any, dropped: list[str]) -> dict[str, Any]:
        told = super().turn(message, dropped)
        told.pop("failed", None)
        return told


@pytest.mark.parametrize(
    ("plugin", "check"),
    [
        (Nameless(), "test_a_tool_is_sent_with_all_of_its_schema"),
        (Alike(), "test_each_message_is_sent_in_its_order_and_its_role"),
        (Alike(), "test_who_says_it_makes_a_difference"),
        (Untied(), "test_calls_are_sent_with_their_results"),
        (Cheerful(), "test_a_result_that_failed_is_told_apart"),
    ],
)
def test_what_is_lost_in_a_binary_body_is_rejected(plugin, check):
    getattr(TestBeacon(), check)()
    with pytest.raises(AssertionError):
        getattr(checked(plugin), check)()
