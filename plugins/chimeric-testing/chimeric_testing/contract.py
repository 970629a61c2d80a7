"""The provider contract as a test suite: recorded bytes in, every promise checked.

A provider that passes it sends what was said or tells what it cannot send, streams the same
answer however the bytes are cut or spelt, never takes a cut-off stream for a whole one, gives
sync and async callers the same, and leaks no key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .checks import (
    AnswerChecks,
    ApprovedChecks,
    ConversationChecks,
    ErrorChecks,
    FormChecks,
    JoinedChecks,
    OrderChecks,
    ParameterChecks,
    RandomChecks,
    SpoiltChecks,
    ToolChecks,
    WireChecks,
)
from .checks.conversations import CONVERSATIONS

__all__ = ["ProviderContract"]


class ProviderContract(
    AnswerChecks,
    JoinedChecks,
    OrderChecks,
    SpoiltChecks,
    FormChecks,
    RandomChecks,
    ErrorChecks,
    ParameterChecks,
    ToolChecks,
    ConversationChecks,
    WireChecks,
    ApprovedChecks,  # pytest runs the last one first, and this one tells most
):
    """Derive from it, fill in what was recorded, and run pytest.

    Attributes:
        provider: the provider's name.
        streams: streamed answers by a name of your own.
        answers: whole answers.
        stream_errors: streams that tell an error.
        errors: error answers (status 400 and above).
        error_kinds: the table of errors that the service documents, a row each: each is played as
            an error answer, and inside a stream where ``error_event`` says how it is told there.
        model: a model's name.
        models: a page of the model list, and the ids that stand in it.
        options: options of every call (``{"api": "responses"}``).
        client_options: more for the client, such as ``{"acme_region": "eu"}``.
        plugin: the plugin, when it is not installed, or in place of one that is.
        key: the key to use.
        noise: raw frames of your protocol that add nothing to an answer (pings, unknown frames,
            nulls); they are put between all others.
        spelling: ``sse`` or ``ndjson`` for a framing of your own that is spelt like one of these.
        refuses: conversations that cannot be sent although the provider declares what they
            need, by name, each with the reason.
        exempt: checks that cannot hold, by name of the test, each with the reason.
        every: recordings are split and cut off at most at every so many bytes, where the contract
            of another provider, with the same parser, does it at each.
        follows: names of members of a request whose value goes by other members' (a version).
        failed_results: whether the protocol has a field for the result of a tool that failed.
        forms: the forms of conversations that the provider reads itself (``contents``), besides
            those that the core reads; random conversations are made in them, too.
        cases: how many random conversations are tried, unless ``CHIMERIC_CASES`` says so.
        approved: a file that keeps what is sent and told. ``CHIMERIC_APPROVE=1`` writes it anew;
            it is yours to read before you keep it.
        families: other models, whose requests are kept in ``approved`` where they differ.
        calls: arguments of more calls, by name, whose requests are kept in ``approved``.
        count: a provider's reply that tells how many tokens a request has; the requests that ask
            for it, and the number, are kept in ``approved``.
        oddities: bodies by name; what is made of each as a stream, as a whole answer and as an
            error, and with other words for how things went, is kept in ``approved``, and nothing
            else is asked of it.
        joined: a stream that can be joined again where it was cut; the requests for its rest are
            kept in ``approved``.
        joined_call: arguments of the call for it, such as ``{"background": True}``.

    Override ``error_body`` where the body of an error is another than ``{"error": {"message",
    "type", "code"}}``, and ``error_event`` where errors are told inside streams.

    For a wire that is no JSON, override ``decode_request``, ``decode_event``, ``encode_event``
    and, for a framing of your own, ``frame_event``.

    Example:
        .. code-block:: python

            class TestAcme(ProviderContract):
                provider = "acme"
                streams = {"text": Recorded(body=STORY, text="Once", finish_reason="stop")}
                answers = {"text": Recorded(body=REPLY, text="Once")}
    """

    # --- how pytest runs it ----------------------------------------------------------------------

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Run each check once for everything that was recorded for it."""
        if not hasattr(type(self), "provider"):
            return
        tables: dict[str, Mapping[str, Any]] = {
            "stream": self.streams,
            "answer": self.answers,
            "stream_error": self.stream_errors,
            "error": self.errors,
            "error_kind": self.error_kinds,
            "conversation": CONVERSATIONS,
        }
        for argument, table in tables.items():
            if argument in metafunc.fixturenames:
                metafunc.parametrize(argument, list(table.values()), ids=list(table))

    def setup_method(self, method: Any) -> None:
        """Skip what is exempt."""
        reason = self.exempt.get(method.__name__)
        if reason is not None:
            import pytest

            pytest.skip(reason)
