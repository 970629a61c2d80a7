"""What was read and approved once stays as it is: requests, and what is made of answers."""

from __future__ import annotations

import base64
import hashlib
import warnings
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from chimeric import (
    Chimeric,
    ChimericError,
    Message,
    Provider,
    ProviderError,
    StreamChunk,
    TranslationWarning,
)
from chimeric_testing.approved import Approved
from chimeric_testing.harness import NOWHERE, Harness, environment, told
from chimeric_testing.play import (
    Played,
    Reply,
    play,
    play_count,
    play_info,
    play_listing,
    prepare,
)
from chimeric_testing.recorded import Recorded, is_array, is_object
from chimeric_testing.saying import say

from .calls import CALLS
from .conversations import CONVERSATIONS
from .endings import cuts, disturbed, endings, gone_on, kinds_of
from .random_checks import FORMS
from .schemas import SCHEMA_CALLS

__all__ = ["ApprovedChecks"]

OWN_HEADERS: Final = {"user-agent", "accept-encoding", "authorization", "x-amz-date"}
"""Headers that change with the version, the key or the time."""

KEY_HEADERS: Final = ("authorization", "x-api-key", "api-key", "x-goog-api-key")
"""Headers that services take keys in."""

ODD: Final = Recorded(body=b"")
"""No headers, nothing expected."""

RANDOM: Final = 120
"""So many conversations of the generator; of their requests a mark is kept."""


class ApprovedChecks(Harness):
    """Requests and answers, compared with a file."""

    def test_requests_are_as_they_were_approved(self) -> None:
        approved = self._approved()
        calls: dict[str, Mapping[str, Any]] = {**CONVERSATIONS, **CALLS, **self.calls}
        usual: dict[str, Any] = {}
        for model in (self.model, *self.families):
            asked = {name: self._request(model, call) for name, call in calls.items()}
            for name in ("a line", "every parameter", "tool results"):
                asked[f"{name}, whole"] = self._request(model, calls[name], stream=False)
            # Of other models, what is sent otherwise.
            other = {name: one for name, one in asked.items() if one != usual.get(name)}
            approved.check(f"requests to {model}", other)
            usual = usual or asked

    def test_schemas_are_sent_as_it_was_approved(self) -> None:
        """Names below keywords that hold names, and rare keywords; of each call a mark."""
        approved = self._approved()
        for model in (self.model, *self.families):
            marks = {n: _digest(self._request(model, call)) for n, call in SCHEMA_CALLS.items()}
            approved.check(f"schemas to {model}", marks)

    def test_what_is_left_of_conversations_is_sent_as_it_was_approved(self) -> None:
        """Callers cut conversations where they are too long: of each cut a mark is kept."""
        approved = self._approved()
        calls: dict[str, Mapping[str, Any]] = {**CONVERSATIONS, **CALLS, **self.calls}
        for model in (self.model, *self.families):
            marks = {
                name: " ".join(_digest(self._request(model, cut)) for cut in cuts(call))
                for name, call in calls.items()
            }
            approved.check(
                f"requests to {model}, cut", {name: mark for name, mark in marks.items() if mark}
            )

    def test_disturbed_conversations_are_sent_as_it_was_approved(self) -> None:
        """Messages in another order, missing, and others between them; of each call a mark."""
        approved = self._approved()
        calls: dict[str, Mapping[str, Any]] = {**CONVERSATIONS, **CALLS, **self.calls}
        kinds = {kinds_of(call): (name, call) for name, call in reversed(calls.items())}
        for model in (self.model, *self.families):
            marks = {
                name: _digest([self._request(model, odd) for odd in disturbed(call)])
                for name, call in kinds.values()
                if any(True for _ in disturbed(call))
            }
            approved.check(f"requests to {model}, disturbed", marks)

    def test_random_requests_are_as_they_were_approved(self) -> None:
        approved = self._approved()
        forms = (*FORMS, *self.forms)
        for model in (self.model, *self.families):
            marks: dict[str, str] = {}
            for seed in range(RANDOM if model == self.model else RANDOM // 3):
                request = self._request(model, say(seed, forms=forms).arguments())
                told = {**request, "refused": request.get("refused", "").partition(":")[0]}
                marks[str(seed)] = _digest(told)
            approved.check(f"random requests to {model}", marks)

    def test_the_declaration_is_as_it_was_approved(self) -> None:
        approved, declared = self._approved(), self._declared()
        kept = {
            name: _plain(value)
            for name in declared.__struct_fields__
            if not callable(value := getattr(declared, name))
        }
        approved.check("declaration", kept)

    def test_answers_are_as_they_were_approved(self) -> None:
        approved = self._approved()
        streams = {name: self._shown(recorded) for name, recorded in self.streams.items()}
        approved.check("streams", streams)
        natives = {
            name: [_native(chunk.native) for chunk in self._natives(recorded)]
            for name, recorded in self.streams.items()
        }
        approved.check("native events", natives)
        answers: dict[str, Any] = {}
        for name, answer in self.answers.items():
            played = self._whole(answer.body, answer)
            native = played.response.native if played.response else None
            answers[name] = {**self._outcome(played), "native": _native(native)}
        approved.check("answers", answers)
        approved.check("errors", self._errors())
        if self.models is not None:
            replies = [Reply((self.models[0],))]
            played, found = play_listing(self._client_once, self.provider, replies)
            paths = [(request.method, request.url) for request in played.requests]
            name = f"{self.provider}:{self.models[1][0]}"
            one, info = play_info(self._client_once, name, [*replies, *replies])
            asked = [(request.method, request.url) for request in one.requests]
            told = {"requests for one": asked, "one": info, "error of one": _error(one.error)}
            approved.check("models", {"requests": paths, "models": found, **told})

    def test_oddities_are_as_they_were_approved(self) -> None:
        """Of each only marks are kept: as a stream, as an answer, as an error, sent back."""
        approved = self._approved()
        found: dict[str, Any] = {}
        sent: set[bytes] = set()
        for name, body in self.oddities.items():
            played, whole = self._stream(body, ODD), self._whole(body, ODD)
            chunks = [_chunk(chunk) for chunk in played.chunks]
            streamed = [chunks, self._outcome(played), _error(played.error)]
            call = prepare(self._client_once, **self._call())
            failed = _error(play(call, [self._reply(body, ODD, 418)]).error)
            outcomes: list[Any] = [streamed, self._outcome(whole), failed]
            said = [] if played.response is None else [*played.response.messages]
            if said and (key := msgspec.json.encode(said, enc_hook=_encoded)) not in sent:
                sent.add(key)
                outcomes.append(self._request(self.model, gone_on(said)))
            made = _made_up(body, played, whole)
            found[name] = " ".join(_digest(_without(outcome, made)) for outcome in outcomes)
        approved.check("oddities", found)

    def test_answers_are_sent_back_as_it_was_approved(self) -> None:
        approved = self._approved()
        answers: dict[str, list[Message]] = {}
        played = {name: self._stream(one.body, one) for name, one in self.streams.items()}
        played |= {f"{n}, whole": self._whole(one.body, one) for n, one in self.answers.items()}
        for name, one in played.items():
            if one.response is not None and one.response.messages:
                answers[name] = [*one.response.messages]
        usual: dict[str, Any] = {}
        for model in (self.model, *self.families):
            asked = {name: self._request(model, gone_on(said)) for name, said in answers.items()}
            other = {name: one for name, one in asked.items() if one != usual.get(name)}
            approved.check(f"answers sent back to {model}", other)
            usual = usual or asked
            marks = {
                f"{name}, {how}": _digest(self._request(model, call))
                for name, said in answers.items()
                for how, call in endings(said).items()
            }
            approved.check(f"answers sent back to {model} in other ways", marks)

    def test_other_base_urls_are_as_they_were_approved(self) -> None:
        """Where it is sent when the base URL has a path, a version, a slash at its end."""
        approved = self._approved()
        declared = self._declared()
        found: dict[str, str] = {}
        for tail in ("/", *declared.version_paths, *(f"{p}/" for p in declared.version_paths)):
            for path in (tail, f"/zproxy{tail}"):
                with self._client(f"{NOWHERE}{path}") as client:
                    asked = self._ask(client)
                found[path] = asked.path if asked.refusal is None else type(asked.refusal).__name__
        approved.check("base URLs", found)

    def test_keys_are_sent_as_it_was_approved(self) -> None:
        """At other addresses and the service's own, beside headers of the caller's, and by name."""
        approved, declared = self._approved(), self._declared()
        own = dict.fromkeys(("", declared.auth_header, *KEY_HEADERS))
        found: dict[str, Any] = {}
        for url in (NOWHERE, declared.base_url or ""):
            if url:
                with self._client(url) as client:
                    for name in own:
                        found[f"{url} {name}"] = self._heads(client, name)
        for name in declared.key_env:
            with environment(name, self.key), self._client(api_keys={}) as client:
                found[name] = self._heads(client, "")
        approved.check("keys", found)

    def _heads(self, client: Chimeric, own: str) -> Any:
        """The headers that tell who calls, one of which the caller may have set."""
        asked = self._ask(client, extra_headers={own: "zown"} if own else {})
        if asked.wire is None:
            return type(asked.refusal).__name__
        heads = asked.wire.headers.items()
        shown = {name: value.replace(self.key, "<key>") for name, value in heads}
        return {name: value for name, value in shown.items() if "<key>" in value or "zown" in value}

    def test_counts_are_as_they_were_approved(self) -> None:
        approved = self._approved()
        if self.count is None:
            return
        calls: dict[str, Mapping[str, Any]] = {**CONVERSATIONS, **self.calls}
        found: dict[str, Any] = {}
        for name, call in calls.items():
            replies = [Reply((self.count,))]
            asked = self._call(**call)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", TranslationWarning)
                played, number = play_count(self._client_once, replies, **asked)
            found[name] = {"count": number, "error": _error(played.error)}
            for wire in played.requests:
                path = wire.url.removeprefix(NOWHERE)
                found[name] |= {"path": path, "body": _plain(self.decode_request(wire))}
        approved.check("counts", found)

    def _declared(self) -> Provider:
        call = prepare(self._client_once, **self._call())
        return call.route(call.request).config.declaration

    # --- what is compared ------------------------------------------------------------------------

    def _approved(self) -> Approved:
        if self.approved is None:
            import pytest

            pytest.skip("no file of what was approved is named")
        return Approved(self.approved)

    def _request(
        self, model: str, call: Mapping[str, Any], *, stream: bool = True
    ) -> dict[str, Any]:
        asked = self._ask(**{"model": model, "stream": stream, **call})
        if asked.refusal is not None or asked.wire is None:
            return {"refused": f"{type(asked.refusal).__name__}: {asked.refusal}"}
        headers = {
            name: value.replace(self.key, "<key>")
            for name, value in asked.wire.headers.items()
            if name not in OWN_HEADERS
        }
        told = {"told": [*asked.told]} if asked.told else {}
        sent = {"path": asked.path, "headers": headers, "body": _plain(asked.body), **told}
        renamed: dict[str, Any] = _renamed(sent, model)
        return renamed

    def _shown(self, recorded: Recorded) -> dict[str, Any]:
        played = self._stream(recorded.body, recorded)
        chunks = [_chunk(chunk) for chunk in played.chunks]
        return {"chunks": chunks, **self._outcome(played)}

    def _natives(self, recorded: Recorded) -> list[StreamChunk]:
        call = prepare(self._client_once, **self._call(stream=True, native=True))
        return play(call, [self._reply(recorded.body, recorded)]).chunks

    def _outcome(self, played: Played) -> dict[str, Any]:
        response = played.response
        if played.error is not None or response is None:
            return {"error": _error(played.error)}
        return {
            "content": response.content,
            "reasoning": response.reasoning,
            "finish_reason": response.finish_reason,
            "usage": _plain(response.usage),
            "metadata": _plain(response.metadata),
            "parts": [_plain(part) for part in response.parts],
            "messages": [_plain(message) for message in response.messages],
        }

    def _errors(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, error in self.errors.items():
            call = prepare(self._client_once, **self._call())
            found[name] = _error(play(call, [self._reply(error.body, error, error.status)]).error)
        for name, error in self.stream_errors.items():
            found[f"{name}, in a stream"] = _error(self._stream(error.body, error).error)
        return found


def _digest(value: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:6]


def _made_up(body: bytes, *played: Played) -> list[str]:
    """Ids of calls that the body does not tell: others each time."""
    responses = [one.response for one in played if one.response is not None]
    ids = [call.id for response in responses for call in response.tool_calls]
    return [made for made in ids if made and made.encode() not in body]


def _without(value: Any, made: list[str]) -> Any:
    text = msgspec.json.encode(value).decode()
    for number, one in enumerate(made):
        text = text.replace(one, f"<made {number}>")
    return text


def _renamed(value: Any, model: str) -> Any:
    """With a word for the model's name, so that requests to two models can be compared."""
    if isinstance(value, str):
        return value.replace(model, "<model>")
    if is_object(value):
        return {name: _renamed(item, model) for name, item in value.items()}
    return [_renamed(item, model) for item in value] if is_array(value) else value


def _chunk(chunk: StreamChunk) -> dict[str, Any]:
    plain: dict[str, Any] = _plain(told(chunk))
    return plain


def _error(error: ChimericError | None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "class": type(error).__name__,
        "message": getattr(error, "message", ""),
    }
    if isinstance(error, ProviderError):
        for name in ("code", "type", "status_code", "retry_after", "retryable", "request_id"):
            shown[name] = getattr(error, name)
    return shown


def _native(value: Any) -> Any:
    """What it says, and as which struct: an event that is not known is plain data."""
    return {type(value).__name__: _plain(value)}


def _plain(value: Any) -> Any:
    """As JSON has it; ids that are made up anew each time are left out."""
    return msgspec.to_builtins(value, enc_hook=_encoded, str_keys=True)


def _encoded(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)
