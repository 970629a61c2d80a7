"""When nothing can come of a batch, it ends with the reason, and not with a million failures."""

from __future__ import annotations

import pytest
from chimeric_batch import concerns_every_request, generate_many, read_results
from chimeric_sim import Simulator

from chimeric import (
    AuthenticationError,
    BadRequestError,
    Chimeric,
    ConfigurationError,
    NotFoundError,
    ProviderNotFoundError,
    UnknownParameterError,
)

MANY = [f"prompt {n}" for n in range(300)]


def test_a_model_that_does_not_exist_ends_the_batch_soon(answer, sim):
    with pytest.raises(NotFoundError) as raised:
        answer(iter(MANY), model="sim:nope", concurrency=4)
    assert len(sim.requests) <= 8 + 4
    (note,) = raised.value.__notes__
    assert note.startswith("8 requests failed")
    assert "give_up_after=None" in note


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"model": "nobody:x"}, ProviderNotFoundError),
        ({"temprature": 1}, UnknownParameterError),
        ({"temperature": "hot"}, ConfigurationError),
    ],
)
def test_what_is_known_without_the_network_ends_it_before_anything_is_sent(
    answer, sim, wrong, kind
):
    with pytest.raises(kind):
        answer(MANY, **wrong)
    assert not sim.requests


def test_a_wrong_key_ends_the_batch_soon():
    with (
        Simulator(keys=["right"]) as sim,
        Chimeric(sim_base_url=sim.base_url("sim"), sim_api_key="wrong") as client,
    ):
        batch = generate_many(client, MANY, model="sim:echo", concurrency=4, give_up_after=3)
        with pytest.raises(AuthenticationError):
            list(batch)
        assert len(sim.requests) <= 3 + 4


def test_another_failure_in_between_does_not_hide_the_reason(answer, sim):
    late = {"messages": "x", "timeout": 1e-6}
    with pytest.raises(NotFoundError):
        answer([late, *MANY], model="sim:nope", concurrency=1)
    assert len(sim.requests) <= 8 + 1


def test_failures_are_values_where_something_was_answered(answer):
    requests = ["good", *({"messages": "x", "model": "sim:nope"} for _ in range(30))]
    results = answer(requests, concurrency=1)
    assert [type(result.error) for result in results] == [type(None)] + [NotFoundError] * 30


def test_a_batch_goes_on_where_that_is_wanted(answer):
    results = answer(MANY[:20], model="sim:nope", give_up_after=None)
    assert all(isinstance(result.error, NotFoundError) for result in results)
    assert len(results) == 20


def test_few_failures_are_values(answer):
    assert len(answer(MANY[:7], model="sim:nope")) == 7


def test_failures_of_a_batch_that_was_given_up_are_in_the_file(answer, tmp_path):
    path = tmp_path / "answers.jsonl"
    with pytest.raises(NotFoundError):
        answer(MANY, model="sim:nope", results=path)
    assert len(list(read_results(path))) == 8
    answer(MANY[:20], results=path)
    assert all(result.error is None for result in read_results(path))


def test_bad_requests_that_are_left_over_are_values(answer, sim, tmp_path):
    path = tmp_path / "answers.jsonl"
    requests = ["good", *({"messages": []} for _ in range(20))]
    answer(requests, results=path, concurrency=1)
    again = answer(requests, results=path)
    assert len(again) == 20
    assert all(isinstance(result.error, ConfigurationError) for result in again)


@pytest.mark.parametrize("wrong", [{"give_up_after": 0}, {"progress": 5}, {"concurrency": None}])
def test_an_argument_that_cannot_be_meant_is_refused_at_the_call(client, wrong):
    with pytest.raises(ConfigurationError, match=next(iter(wrong))):
        generate_many(client, MANY, **wrong)


def bad(message: str, **told: str | int) -> BadRequestError:
    """A 400 as a service said it."""
    return BadRequestError(message, status_code=400, **told)


@pytest.mark.parametrize(
    ("error", "every"),
    [
        (bad("Unknown Model, please check the model code.", code="1211"), True),
        (bad("Model does not exist. Please check it carefully.", code=20012), True),
        (bad("The requested model 'x' does not exist.", code="model_not_found"), True),
        (bad("Invalid model: x", type="invalid_model", code="1500"), True),
        (bad("Model Not Exist", type="invalid_request_error"), True),
        (bad("x/y is not a valid model ID", code=400), True),
        (bad("too many tokens", code="context_length_exceeded"), False),
        (bad("Invalid value: 'x'", type="invalid_request_error", code=400), False),
        (ValueError("model_not_found"), False),
    ],
    ids=str,
)
def test_a_400_speaks_of_every_request_where_it_speaks_of_the_model(error, every):
    assert concerns_every_request(error) is every
