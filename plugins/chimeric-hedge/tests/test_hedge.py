"""A second model when the first is slow, over real loopback HTTP."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from chimeric_hedge import Hedge, HedgeWarning, Race
from chimeric_sim import Simulator

from chimeric import (
    AsyncStream,
    AuthenticationError,
    Chimeric,
    ConfigurationError,
    Context,
    RefusedError,
    Request,
    ServerError,
    Stream,
    StreamInterruptedError,
    TranslationWarning,
    hookimpl,
)

from .conftest import Server, ask, run


def outcomes(response: Any) -> dict[str, str]:
    """What became of each model that was asked."""
    asked = response.metadata["hedge"]["asked"]
    return {entry["model"].partition(":")[2]: entry["outcome"] for entry in asked}


def test_a_model_that_answers_in_time_is_asked_alone(server: Server, mode: str) -> None:
    response = ask(mode, server.hedge("good", "other", delay=20), "good", stream=True)
    assert response.content == "good says so"
    told = response.metadata["hedge"]
    assert told["winner"] == "compatible:good"
    assert told["hedged"] is False
    assert told["delay"] == 20
    assert server.asked == ["good"]


@pytest.mark.parametrize("slow", ["silent", "mute"])
def test_the_second_answers_when_the_first_has_no_content(
    server: Server, mode: str, slow: str
) -> None:
    response = ask(mode, server.hedge(slow, "together"), slow, stream=True)
    assert response.content == "together"
    assert sorted(server.asked) == sorted([slow, "together"])
    assert server.closed_early == 1  # the loser's socket, while it had 30 seconds to go
    told = response.metadata["hedge"]
    assert told["winner"] == "compatible:together"
    assert told["hedged"] is True
    assert outcomes(response) == {slow: "lost", "together": "won"}
    first, second = told["asked"]
    assert first["after"] < second["after"]
    assert second["after"] >= 0.02
    assert first["waited"] >= second["waited"] > 0
    assert told["waited"] == pytest.approx(second["after"] + second["waited"], abs=1e-4)


def test_whole_answers_are_hedged_by_their_first_content(server: Server, mode: str) -> None:
    response = ask(mode, server.hedge("silent", "together"), "silent")
    assert response.content == "together"
    assert response.finish_reason == "stop"
    assert response.usage.total_tokens == 6
    assert outcomes(response) == {"silent": "lost", "together": "won"}
    assert server.closed_early == 1


def test_the_first_may_still_win(server: Server, mode: str) -> None:
    response = ask(mode, server.hedge("together", "silent"), "together", stream=True)
    assert response.content == "together"
    assert outcomes(response) == {"together": "won", "silent": "lost"}
    assert server.closed_early == 1


def test_the_result_is_a_stream_with_all_chunks(server: Server) -> None:
    hedge = server.hedge("silent", "good")
    with hedge.client, hedge.generate("compatible:silent", "Hi", stream=True) as stream:
        assert type(stream) is Stream
        chunks = list(stream)
    assert [chunk.delta for chunk in chunks if chunk.delta] == ["good ", "says so"]
    assert chunks[-1].metadata["hedge"] == stream.response.metadata["hedge"]
    first = next(chunk for chunk in chunks if chunk.delta)
    assert first.metadata["hedge"]["winner"] == "compatible:good"
    hedge = server.hedge("silent", "good")
    with hedge.client:
        assert list(hedge.generate("compatible:silent", "Hi", stream=True).text()) == [
            "good ",
            "says so",
        ]


def test_the_asynchronous_result_is_one_too(server: Server) -> None:
    async def main() -> None:
        hedge = server.hedge("silent", "good")
        async with hedge.client:
            stream = await hedge.agenerate("compatible:silent", "Hi", stream=True)
            assert type(stream) is AsyncStream
            async with stream:
                assert [text async for text in stream.text()] == ["good ", "says so"]

    run("asyncio", main)
    run("trio", main)


def test_structured_output_is_read_item_by_item(server: Server) -> None:
    hedge = server.hedge("silent", "json")
    with hedge.client:
        wanted = {"type": "json_object"}
        stream = hedge.generate(
            "compatible:silent", "Give JSON", stream=True, response_format=wanted
        )
        assert list(stream.items("items")) == ["a", "b"]


def test_an_answer_without_content_wins_when_it_ends(server: Server, mode: str) -> None:
    response = ask(mode, server.hedge("silent", "empty"), "silent", stream=True)
    assert response.content == ""
    assert response.finish_reason == "stop"
    assert outcomes(response) == {"silent": "lost", "empty": "won"}


def test_a_third_model_is_asked_after_a_second_delay(server: Server, mode: str) -> None:
    hedge = server.hedge("silent", "mute", "together-3", max_extra=2)
    response = ask(mode, hedge, "silent", stream=True)
    assert outcomes(response) == {"silent": "lost", "mute": "lost", "together-3": "won"}
    assert server.closed_early == 2
    after = [entry["after"] for entry in response.metadata["hedge"]["asked"]]
    assert after[1] >= 0.02
    assert after[2] - after[1] >= 0.0199


def test_models_that_are_not_named_are_the_clients_alone(server: Server) -> None:
    response = ask("sync", server.hedge("silent", "good"), "plain", stream=True)
    assert response.content == "plain says so"
    assert "hedge" not in response.metadata


def test_others_for_all_models_leave_out_the_one_that_is_asked(server: Server) -> None:
    hedge = Hedge(server.client(), {"*": ["compatible:good", "compatible:silent"]}, delay=0.02)
    response = ask("sync", hedge, "silent", stream=True)
    assert outcomes(response) == {"silent": "lost", "good": "won"}


def test_a_model_that_is_named_apart_from_its_provider_is_not_asked_beside_itself(
    server: Server,
) -> None:
    race = Race(server.client(), {"*": ["compatible:good"]})
    with race.client:
        response = race.generate("good", "Hi", provider="compatible")
    assert "hedge" not in response.metadata
    assert len(server.asked) == 1


def test_a_race_asks_all_at_once(server: Server, mode: str) -> None:
    names = ["compatible:mute", "compatible:together-3"]
    race = Race(server.client(), {"compatible:silent": names})
    response = ask(mode, race, "silent", stream=True)
    assert response.content == "together"
    assert sorted(server.asked) == ["mute", "silent", "together-3"]
    assert outcomes(response) == {"silent": "lost", "mute": "lost", "together-3": "won"}
    assert server.closed_early == 2


def test_two_protocols_hedge_each_other(server: Server, mode: str) -> None:
    with Simulator() as sim:
        settings = {"anthropic_base_url": sim.base_url("anthropic"), "anthropic_api_key": "any"}
        pairs = {"compatible:silent": ["anthropic:claude-echo"]}
        hedge = Hedge(server.client(**settings), pairs, delay=0.02)
        response = ask(mode, hedge, "silent", "Hello", stream=True)
        assert response.content == "Hello"
        assert response.metadata["provider"] == "anthropic"
        assert server.closed_early <= 1  # it may not have been heard

        slow = {"extra_body": {"sim": {"delay": 20}}}
        pairs = {"anthropic:claude-echo": ["compatible:good"]}
        hedge = Hedge(server.client(**settings), pairs, delay=0.02)
        with pytest.warns(TranslationWarning, match="extra_body: given for anthropic:claude-echo"):
            response = ask(mode, hedge, "anthropic:claude-echo", stream=True, **slow)
        assert response.content == "good says so"
        assert response.metadata["provider"] == "compatible"
        assert sim.traffic.finished == 1  # the other was given up


# --- failures ------------------------------------------------------------------------------------


def test_a_model_that_fails_is_replaced_at_once(server: Server, mode: str) -> None:
    hedge = server.hedge("status-503", "good", delay=60, max_extra=0)
    response = ask(mode, hedge, "status-503", stream=True)
    assert response.content == "good says so"
    assert outcomes(response) == {"status-503": "failed", "good": "won"}
    first = response.metadata["hedge"]["asked"][0]
    assert first["error"].startswith("ServerError: ")


def test_the_first_goes_on_when_the_second_fails(server: Server, mode: str) -> None:
    response = ask(mode, server.hedge("together", "status-503"), "together", stream=True)
    assert response.content == "together"
    assert outcomes(response)["together"] == "won"


def test_when_all_fail_the_error_is_the_first_ones(server: Server, mode: str) -> None:
    hedge = server.hedge("status-401", "status-503", delay=60)
    with pytest.raises(AuthenticationError) as caught:
        ask(mode, hedge, "status-401", stream=True)
    assert caught.value.model == "status-401"
    assert any("compatible:status-503 failed, too: ServerError" in n for n in notes(caught))
    cause = caught.value.__cause__
    assert isinstance(cause, ExceptionGroup)
    assert [type(error) for error in cause.exceptions] == [ServerError]
    assert server.asked == ["status-401", "status-503"]


def notes(caught: Any) -> list[str]:
    return getattr(caught.value, "__notes__", [])


def test_after_the_first_content_the_winners_error_is_raised(server: Server, mode: str) -> None:
    with pytest.raises(StreamInterruptedError) as caught:
        ask(mode, server.hedge("silent", "cut-2"), "silent", stream=True)
    assert caught.value.partial is not None
    assert caught.value.partial.content.startswith("Once ")
    assert sorted(server.asked) == ["cut-2", "silent"]
    assert notes(caught) == []


class LetGo:
    """Lets the server answer when a call has failed, or one is refused."""

    def __init__(self, server: Server, *refused: str) -> None:
        self._server = server
        self._refused = refused
        server.slow = 1.0  # until the failure is noted

    @hookimpl
    def chimeric_stream_failed(self, context: Context, error: BaseException) -> None:
        self._server.let_go.set()

    @hookimpl
    def chimeric_prepare_request(self, request: Request, context: Context) -> None:
        if request.model in self._refused:
            raise RefusedError(f"{request.model} is not to be asked")


UNASKABLE = ["anthropic:claude-x", "nowhere:x"]


@pytest.mark.parametrize("first", UNASKABLE)
def test_a_model_that_cannot_be_asked_is_told_and_replaced(
    server: Server, mode: str, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    hedge = Hedge(server.client(), {first: ["compatible:good"]}, delay=60)
    with pytest.warns(HedgeWarning, match=f"{first} could not be asked, compatible:good answered"):
        response = ask(mode, hedge, first, stream=True)
    assert response.content == "good says so"
    assert response.metadata["hedge"]["asked"][0]["outcome"] == "failed"


@pytest.mark.parametrize("second", UNASKABLE)
def test_the_first_goes_on_when_the_second_cannot_be_asked(
    server: Server, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    hedge = Hedge(server.client(LetGo(server)), {"compatible:held": [second]}, delay=0.02)
    with pytest.warns(HedgeWarning, match=f"{second} could not be asked, compatible:held answe"):
        response = ask("sync", hedge, "held", stream=True)
    assert response.content == "At last"
    assert response.metadata["hedge"]["asked"][1]["outcome"] == "failed"


def test_a_warning_that_is_an_error_closes_the_winner(server: Server, mode: str) -> None:
    hedge = server.hedge("status-401", "endless", delay=60)
    with warnings.catch_warnings():
        warnings.simplefilter("error", HedgeWarning)
        with pytest.raises(HedgeWarning, match="status-401 could not be asked"):
            ask(mode, hedge, "status-401", stream=True)
    assert server.closed_early == 1


def test_the_first_goes_on_when_a_plugin_refuses_the_second(server: Server, mode: str) -> None:
    pairs = {"compatible:held": ["compatible:good"]}
    hedge = Hedge(server.client(LetGo(server, "compatible:good")), pairs, delay=0.02)
    with warnings.catch_warnings():
        warnings.simplefilter("error", HedgeWarning)
        response = ask(mode, hedge, "held", stream=True)
    assert outcomes(response) == {"held": "won", "good": "refused"}


def test_the_second_is_asked_at_once_when_a_plugin_refuses_the_first(
    server: Server, mode: str
) -> None:
    pairs = {"compatible:held": ["compatible:good"]}
    hedge = Hedge(server.client(LetGo(server, "compatible:held")), pairs, delay=60)
    response = ask(mode, hedge, "held", stream=True)
    assert outcomes(response) == {"held": "refused", "good": "won"}


def test_two_that_are_refused_are_a_refusal(server: Server, mode: str) -> None:
    pairs = {"compatible:good": ["compatible:other"]}
    refusing = LetGo(server, "compatible:good", "compatible:other")
    with pytest.raises(RefusedError, match="compatible:good is not to be asked"):
        ask(mode, Hedge(server.client(refusing), pairs, delay=0.02), "good")
    assert server.asked == []


def test_the_callers_own_mistake_is_raised_as_it_is(server: Server, mode: str) -> None:
    with pytest.raises(ConfigurationError, match="messages"):
        ask(mode, server.hedge("good", "other"), "good", [{"role": 7}])


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("models", "settings", "error", "words"),
    [
        ({"a": "b"}, {}, TypeError, "must be a list"),
        ({"a": ["a"]}, {}, ValueError, "'a' is to be asked beside itself"),
        ({"a": ["b", "b"]}, {}, ValueError, "'b' is to be asked beside itself"),
        ({"a": []}, {}, ValueError, "no model is named to ask beside 'a'"),
        ({}, {}, ValueError, "no model is named"),
        ({"a": ["b"]}, {"delay": 0}, ValueError, "use Race"),
        ({"a": ["b"]}, {"delay": -1}, ValueError, "delay must be seconds"),
        ({"a": ["b"]}, {"delay": float("nan")}, ValueError, "delay must be seconds"),
        ({"a": ["b"]}, {"delay": float("inf")}, ValueError, "delay must be seconds"),
        ({"a": ["b"]}, {"delay": True}, ValueError, "delay must be seconds"),
        ({"a": ["b"]}, {"delay": "2"}, ValueError, "delay must be seconds"),
        ({"a": ["b"]}, {"quantile": 1}, ValueError, "quantile"),
        ({"a": ["b"]}, {"initial": -1}, ValueError, "initial"),
        ({"a": ["b"]}, {"bounds": (2, 1)}, ValueError, "bounds"),
        ({"a": ["b"]}, {"max_extra": -0.1}, ValueError, "max_extra"),
        ({"a": ["b"]}, {"max_extra": float("nan")}, ValueError, "max_extra"),
    ],
)
def test_a_set_up_that_makes_no_sense_is_refused(
    models: Any, settings: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        Hedge(Chimeric(), models, **settings)


def test_a_race_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="beside itself"):
        Race(Chimeric(), {"sim:echo": ["sim:echo"]})
