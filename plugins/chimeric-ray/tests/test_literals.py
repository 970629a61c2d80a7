"""Keys that are written in what a job is given are found before it is sent anywhere."""

from __future__ import annotations

import functools
import marshal
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chimeric_ray.job import Job
from chimeric_ray.literals import written_keys
from chimeric_ray.preflight import check_secrets

from chimeric import Chimeric, ConfigurationError, Endpoint

KEY = "a-key-of-the-test"
WRITTEN_API_KEY = KEY


def in_a_variable() -> Chimeric:
    api_key = "a-key-of-the-test"
    return Chimeric(openai_api_key=api_key, max_retries=1)


def in_a_dict() -> Chimeric:
    return Chimeric(api_keys={"openai": "a-key-of-the-test"}, base_urls={"groq": "https://x.test"})


def in_an_endpoint() -> Chimeric:
    endpoints: dict[str, Endpoint] = {}
    for tries in range(1, 3):
        url = f"https://eu{tries}.test/v1" if tries > 1 else "https://eu.test/v1"
        endpoints[f"eu{tries}"] = Endpoint("openai", base_url=url, api_key="a-key-of-the-test")
    return Chimeric(endpoints=endpoints, max_retries=1)


def in_a_header() -> Chimeric:
    return Chimeric(default_headers={"x-team": "search", "authorization": "a-key-of-the-test"})


def in_a_function_inside() -> Chimeric:
    def made(**settings: Any) -> Chimeric:
        return Chimeric(groq_api_key="a-key-of-the-test", **settings)

    return made(max_retries=1)


def in_a_default(*, api_key: str = "a-key-of-the-test") -> Chimeric:
    return Chimeric(openai_api_key=api_key)


def in_a_closure(api_key: str) -> Callable[[], Chimeric]:
    return lambda: Chimeric(openai_api_key=api_key)


def in_a_name_of_the_module() -> Chimeric:
    return Chimeric(openai_api_key=WRITTEN_API_KEY)


class Maker:
    def in_a_method(self) -> Chimeric:
        return Chimeric(openai_api_key="a-key-of-the-test")


WITH_A_KEY: dict[str, Callable[..., Any]] = {
    "an argument": lambda: Chimeric(openai_api_key="a-key-of-the-test"),
    "a partial": functools.partial(Chimeric, openai_api_key=KEY),
    "a closure": in_a_closure(KEY),
    "a method": Maker().in_a_method,
    "a variable": in_a_variable,
    "a dict": in_a_dict,
    "an endpoint": in_an_endpoint,
    "a header": in_a_header,
    "a function inside": in_a_function_inside,
    "a default": in_a_default,
    "a name of the module": in_a_name_of_the_module,
}


@pytest.mark.parametrize("place", WITH_A_KEY)
def test_a_key_is_found_by_the_name_that_it_is_given_to(place: str) -> None:
    assert {key for _, key in written_keys(WITH_A_KEY[place], "client")} == {KEY}


def out_of_a_file() -> Chimeric:
    with open("/run/secrets/a-long-path") as file:
        return Chimeric(openai_api_key=file.read(), base_urls={"openai": "https://x.test/v1"})


def out_of_the_environment() -> Chimeric:
    name = "MY_OPENAI_API_KEY"
    return Chimeric(api_keys={"openai": os.environ[name]}, default_headers={"x-team": "search"})


def of_a_function() -> Chimeric:
    return Chimeric(openai_api_key=lambda: Path("/run/secrets/openai").read_text())


@pytest.mark.parametrize("make", [out_of_a_file, out_of_the_environment, of_a_function])
def test_where_a_key_is_to_be_had_is_no_key(make: Callable[[], Chimeric]) -> None:
    assert list(written_keys(make, "client")) == []


def test_a_key_that_a_function_returns_is_found_where_keys_are_wanted() -> None:
    def given() -> str:
        return "a-key-of-the-test"

    assert list(written_keys(given, "api_key")) == [("api_key", KEY)]
    assert list(written_keys(given, "prompt")) == []


def job_of(client: Callable[[], Chimeric], **params: Any) -> Job:
    return Job(
        model="openai:gpt-5.4-mini",
        prompt="question",
        output="answer",
        key=None,
        per_actor=1,
        checkpoint=None,
        make_client=client,
        params=params,
    )


def test_a_key_in_the_client_of_a_job_is_refused_and_not_repeated() -> None:
    pickled = marshal.dumps(in_a_variable.__code__)
    with pytest.raises(
        ConfigurationError, match="client= holds a key in clear text, as api_key"
    ) as caught:
        check_secrets(job_of(in_a_variable), pickled)
    assert KEY not in str(caught.value)


def test_a_function_of_a_module_that_travels_as_its_name_is_taken() -> None:
    check_secrets(job_of(in_a_variable), b"in_a_variable")


@pytest.mark.parametrize("key", ["sk-proj-0123456789abcdef", "gsk_abcdefghijklmnop0123"])
def test_what_begins_like_a_key_is_refused_wherever_it_stands(key: str) -> None:
    def say(row: dict[str, Any]) -> str:
        return f"{key}: {row}"

    with pytest.raises(ConfigurationError, match="an argument of this job holds a key") as caught:
        check_secrets(job_of(Chimeric), marshal.dumps((say.__code__, key)))
    assert key not in str(caught.value)


@pytest.mark.parametrize("word", ["task-planning-with-20-agents", "sk-learn-and-other-libraries"])
def test_words_are_no_keys(word: str) -> None:
    check_secrets(job_of(Chimeric), marshal.dumps(f"{word} 1234567890"))
