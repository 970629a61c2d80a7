"""What arrives at a server: where it goes, the key, the headers, and that a stream is wanted."""

from __future__ import annotations

import copy
import warnings
from importlib.metadata import entry_points
from typing import Any

from chimeric import (
    API_VERSION,
    AuthenticationError,
    ChimericError,
    ConfigurationError,
    ModelNotSupportedError,
    WireRequest,
)
from chimeric_testing.harness import NOWHERE, Harness, strings, texts
from chimeric_testing.play import Reply, play, prepare
from chimeric_testing.recorded import Recorded, plain
from chimeric_testing.server import LoopbackServer, SeenRequest

from .conversations import CONVERSATIONS

__all__ = ["WireChecks"]

BUSY = b"HTTP/1.1 500 Busy\r\ncontent-length: 0\r\n\r\n"


class WireChecks(Harness):
    """Requests as a whole."""

    def test_a_conversation_is_sent_whole(self, conversation: dict[str, Any]) -> None:
        name = next(n for n, c in CONVERSATIONS.items() if c is conversation)
        kept = copy.deepcopy({k: v for k, v in conversation.items() if k != "tools"})
        for streaming in (True, False):
            try:
                wire = self._sent(stream=streaming, **conversation)
            except ModelNotSupportedError as refusal:
                self._judge_refusal(name, refusal)
                continue
            self._judge_request(wire)
            for text in texts(conversation["messages"]):
                assert text in strings(self.decode_request(wire)), f"{text!r} was not sent"
        assert {k: v for k, v in conversation.items() if k != "tools"} == kept, "it was changed"

    def test_an_answer_can_be_sent_back(self, stream: Recorded) -> None:
        response = self._stream(stream.body, stream).response
        assert response is not None
        results = [
            {"role": "tool", "tool_call_id": call.id, "name": call.name, "content": f"zdone{n}"}
            for n, call in enumerate(response.tool_calls)
        ]
        more: list[Any] = [*response.messages, *results, {"role": "user", "content": "zmore"}]
        asked = self._ask(stream=True, messages=more)
        assert asked.refusal is None, f"it was refused: {asked.refusal!r}"
        said = strings(asked.body)
        assert "zmore" in said
        if stream.finish_reason != "refusal":
            assert all(word in said for word in stream.text.split()), "the text was lost"
        for number, call in enumerate(response.tool_calls):
            assert f"zdone{number}" in said, "the result of a tool was lost"
            assert asked.says(call.name), f"the call of {call.name} was lost"
            for value in strings(plain(call.arguments.encode())).split("\n"):
                assert value in said, f"{value!r} of the arguments was lost"

    def test_a_plugin_names_only_numbers_of_hooks_that_exist(self) -> None:
        """One that promises to fit hooks of the future is not refused when they change."""
        plugin: Any = self.plugin
        if plugin is None:
            plugin = next(iter(entry_points(group="chimeric", name=self.provider))).load()
        told = getattr(plugin, "chimeric_api", API_VERSION)
        highest = told if isinstance(told, int) else max(told)
        assert highest <= API_VERSION, f"chimeric_api ends at {highest}, hooks at {API_VERSION}"

    def test_extra_body_wins(self) -> None:
        nested = {"x_extra": {"a": [1]}}
        wire = self._sent(stream=True, messages="Hello", extra_body=nested)
        body = self.decode_request(wire)
        if self.sends_json:
            assert body["x_extra"] == {"a": [1]}
            model = self._sent(stream=True, messages="Hello", extra_body={"model": "zmodel"})
            assert self.decode_request(model)["model"] == "zmodel", "extra_body is overruled"
            return
        asked = self._ask(stream=True, extra_body={"x_extra": "zextra"})
        assert asked.says("x_extra"), "extra_body was lost"
        assert asked.says("zextra"), "extra_body was lost"

    def test_a_models_name_cannot_leave_its_place(self) -> None:
        for name in ("../../admin", "a?key=1", "a#b", "a/../../b", "//host/x", "a\r\nx: y"):
            try:
                wire = self._sent(stream=True, messages="Hello", model=name)
            except ConfigurationError:
                continue
            path = wire.url.removeprefix(NOWHERE)
            assert wire.url.startswith(NOWHERE)
            assert ".." not in path.split("/")
            assert "key=1" not in path.partition("?")[2]
            assert "#" not in path
            assert "\n" not in path

    def test_a_models_name_is_all_that_it_changes(self) -> None:
        one, other = self._ask(model="zmodel1"), self._ask(model="zmodel2")
        if one.refusal is not None or other.refusal is not None:
            return
        assert not one.same(other), "the model's name was not sent"
        for asked, name in ((one, "zmodel1"), (other, "zmodel2")):
            assert asked.says(name), f"{name} was not sent"

    def test_a_stream_is_asked_for_where_one_is_wanted(self) -> None:
        stream, whole = self._ask(stream=True), self._ask(stream=False)
        assert not stream.same(whole), "a stream and a whole answer are asked for alike"

    def test_the_key_and_all_headers_arrive(self) -> None:
        def handler(request: SeenRequest) -> list[bytes]:
            return [BUSY]

        keys = (self.key, f"{self.key[:-1]}8")
        with LoopbackServer(handler) as server:
            for key in keys:
                with self._client(server.url, key) as client, warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    try:
                        given = {"X-Contract": "zheader"}
                        client.generate(**self._call(stream=False, extra_headers=given))
                    except ChimericError:
                        pass
        assert len(server.requests) == len(keys), "one request for each call"
        heads: list[dict[str, str]] = []
        for request in server.requests:
            assert request.method == "POST", request.method
            assert request.headers["x-contract"] == "zheader", "extra_headers were lost"
            assert request.headers["content-length"] == str(len(request.body))
            assert self.decode_request(_wire(request)) is not None, "the body cannot be read"
            own = ("content-length", "x-contract")
            heads.append({n: v for n, v in request.headers.items() if n not in own})
        told = [name for name, value in heads[0].items() if value != heads[1].get(name)]
        assert told, "no header depends on the key"
        for head, key in zip(heads, keys, strict=True):
            plainly = [name for name in told if key in head[name]]
            signed = [name for name in told if len(head[name]) >= len(key)]
            assert plainly or signed, "the key was not sent"
            for request in server.requests:
                assert key.encode() not in request.body, "the key stands in the body"
                assert key not in request.path, "the key stands in the URL"

    def test_no_key_leaks(self) -> None:
        client = self._client()
        call = prepare(client, **self._call(stream=True))
        echo = b'{"error":{"message":"bad key %s","type":"auth"}}' % self.key.encode()
        played = play(call, [Reply((echo,), 401)])
        assert isinstance(played.error, AuthenticationError)
        wire = played.requests[0]
        shown = [played.error, vars(played.error), client, wire, played.error.args, call.context]
        for thing in shown:
            assert self.key not in f"{thing!r} {thing!s}"
        assert self.key not in wire.url
        assert self.key.encode() not in wire.body
        assert played.error.__cause__ is None or self.key not in repr(played.error.__cause__)


def _wire(seen: SeenRequest) -> WireRequest:
    """A request that came in, as the one that was sent."""
    from chimeric.values.transport import WireTimeout

    return WireRequest(
        method=seen.method,
        url=NOWHERE + seen.path,
        headers=seen.headers,
        body=seen.body,
        timeout=WireTimeout(None, None),
    )
