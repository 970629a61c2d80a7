"""What is wrong for every row is told before anything is sent, or after the first answers."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("ray", reason="Ray is not installed")
import ray
from chimeric_ray import answer, summary

from chimeric import (
    AuthenticationError,
    BadRequestError,
    Chimeric,
    ConfigurationError,
    ProviderNotFoundError,
    UnknownParameterError,
)

ECHO = "openai:sim-echo"


def rows(count: int) -> Any:
    return ray.data.from_items([{"id": n, "question": f"row {n}"} for n in range(count)])


def broken(row: dict[str, Any]) -> str:
    return str(row["questoin"])


@pytest.mark.parametrize(
    ("arguments", "kind", "told"),
    [
        ({"prompt": "questoin"}, ConfigurationError, "no column 'questoin'; it has id, question"),
        ({"prompt": broken}, ConfigurationError, "failed for the first row .KeyError"),
        ({"output": "question"}, ConfigurationError, "has a column 'question' already"),
        ({"key": "ids", "checkpoint": "/tmp/x"}, ConfigurationError, "no column 'ids'"),
        ({"key": "id"}, ConfigurationError, "pass checkpoint="),
        ({"checkpoint": "/tmp/x"}, ConfigurationError, "a checkpoint needs key="),
        ({"model": "no-such-model"}, ProviderNotFoundError, "no installed provider"),
        ({"temprature": 1}, UnknownParameterError, "did you mean 'temperature'"),
        ({"response_format": list[int]}, ConfigurationError, "is no object with fields"),
        ({"model": "groq:llama"}, ConfigurationError, "GROQ_API_KEY|groq"),
        ({"api_key": "sk-in-clear-text"}, ConfigurationError, "api_key must be a callable"),
        (
            {"extra_headers": {"authorization": "Bearer x"}},
            ConfigurationError,
            "extra_headers must not hold 'authorization'",
        ),
        ({"concurrency": 0}, ConfigurationError, "concurrency must be a number from 1"),
        ({"concurrency": (3, 2)}, ConfigurationError, "the least and the most"),
        ({"per_actor": 0}, ConfigurationError, "per_actor must be a number from 1"),
        ({"messages": "Hi"}, ConfigurationError, "messages cannot be set"),
        ({"client": (n for n in ())}, ConfigurationError, "cannot be sent to the actors"),
        ({"client": dict}, ConfigurationError, "client must make a Chimeric, not dict"),
    ],
)
def test_what_is_wrong_for_every_row_is_told_before_anything_is_sent(
    provider, arguments, kind, told
):
    with pytest.raises(kind, match=told):
        answer(rows(3), **{"model": ECHO, "prompt": "question", **arguments})
    assert provider.asked() == {}


def test_a_key_in_a_closure_is_found(provider, key, monkeypatch):
    monkeypatch.setenv("MY_API_KEY", key)
    with pytest.raises(ConfigurationError, match="the value of MY_API_KEY is in") as caught:
        answer(rows(3), model=ECHO, prompt="question", client=lambda: Chimeric(openai_api_key=key))
    assert key not in str(caught.value)


def test_a_key_in_the_code_of_a_function_is_found(provider):
    with pytest.raises(
        ConfigurationError, match="client= holds a key in clear text, as openai_api_key"
    ):
        answer(
            rows(3),
            model=ECHO,
            prompt="question",
            client=lambda: Chimeric(openai_api_key="written-in-the-code", max_retries=1),
        )
    assert provider.asked() == {}


def refused() -> str:
    return "bad-key"


def test_a_key_that_is_refused_ends_the_job_with_the_providers_error(provider):
    answered = answer(rows(500), model=ECHO, prompt="question", api_key=refused, per_actor=8)
    with pytest.raises(AuthenticationError) as caught:
        answered.take_all()
    assert caught.value.status_code == 401
    assert len(provider.asked()) < 100


def test_a_model_that_the_provider_does_not_have_ends_the_job(provider):
    answered = answer(rows(500), model="openai:nothing", prompt="question", per_actor=8)
    with pytest.raises(BadRequestError, match="does not exist"):
        answered.take_all()
    assert len(provider.asked()) < 100


def test_actors_that_would_take_all_cpus_are_told(provider):
    with pytest.warns(UserWarning, match="5 actors with 1 CPUs each leave less than one of the 5"):
        answer(
            rows(3),
            model=ECHO,
            prompt="question",
            concurrency=5,
            ray_remote_args={"num_cpus": 1},
        )


def test_an_empty_dataset_has_no_answers(provider):
    answered = answer(ray.data.from_items([]), model=ECHO, prompt="question")
    assert answered.take_all() == []
    assert summary(answered).rows == 0


def test_a_summary_is_of_what_answer_returned(provider):
    with pytest.raises(ConfigurationError, match="not one that was made of it"):
        summary(rows(1))
