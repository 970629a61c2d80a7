"""A configuration is read as it was meant, or refused in one line with file, line and key."""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chimeric_gateway.config import ConfigError, ConfigWarning, Settings, load

from chimeric import Endpoint

HASH = hashlib.sha256(b"the key").hexdigest()

GOOD = f"""\
max_body = "1.5MB"
grace = 12

[endpoints.eu]
provider = "openai"
base_url = "http://127.0.0.1:9/v1"
api_key = "env:EU_KEY"
options = {{ api = "chat_completions" }}
headers = {{ "x-team" = "red" }}

[models.fast]
model = "eu:gpt-5.4-mini"
fallbacks = ["anthropic:claude-haiku-4-5", "cheap"]
params = {{ temperature = 0.2 }}

[models.fast.hedge]
models = ["cheap"]
delay = 2

[models.cheap]
model = "sim:story"
fallbacks = ["sim:echo"]
cache = false

[cache]
store = "answers.db"

[limit]
requests = 100

[clients.app]
key_hash = "sha256:{HASH}"
models = ["fast"]
requests_per_minute = 60
"""

Write = Callable[[str], str]


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EU_KEY", "sk-of-the-environment")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str) -> str:
        (tmp_path / "gateway.toml").write_text(text, encoding="utf-8")
        return "gateway.toml"

    return written


def refused(text: str, write: Write) -> str:
    """The one line about a file."""
    with warnings.catch_warnings(), pytest.raises(ConfigError) as caught:
        warnings.simplefilter("ignore")
        load(write(text))
    line = str(caught.value)
    assert "\n" not in line
    return line


def test_a_file_is_read_as_it_was_meant(write: Write) -> None:
    settings = load(write(GOOD))
    assert (settings.max_body, settings.grace) == (1_500_000, 12.0)
    eu = settings.endpoints["eu"]
    assert (eu.provider, eu.base_url) == ("openai", "http://127.0.0.1:9/v1")
    assert (eu.options, eu.headers) == ({"api": "chat_completions"}, {"x-team": "red"})
    key: Any = eu.api_key
    assert key.reveal() == "sk-of-the-environment"
    fast, cheap = settings.models["fast"], settings.models["cheap"]
    assert fast.model == "eu:gpt-5.4-mini"
    assert fast.params == {"temperature": 0.2}
    assert fast.hedge is not None
    assert (fast.hedge.models, fast.hedge.delay) == (("sim:story",), 2)
    assert (fast.cache, cheap.cache) == (settings.cache, None)
    assert fast.limit == cheap.limit == settings.limit
    client = settings.clients["app"]
    assert (client.name, client.key_hash) == ("app", HASH)
    assert (client.models, client.requests_per_minute) == (("fast",), 60)


def test_a_fallback_that_is_a_name_of_the_file_stands_for_all_that_it_would_ask(
    write: Write,
) -> None:
    assert load(write(GOOD)).models["fast"].fallbacks == (
        "anthropic:claude-haiku-4-5",
        "sim:story",
        "sim:echo",
    )


def test_defaults_are_those_of_the_contract() -> None:
    settings = load({})
    assert (settings.max_body, settings.grace, settings.max_retries) == (32_000_000, 30.0, 0)
    assert (settings.models, settings.clients, settings.log_content) == ({}, {}, False)
    assert load(None) == settings == load(settings)


def test_a_mapping_may_bring_endpoints_that_were_made_in_python() -> None:
    mine = Endpoint("openai", base_url="http://127.0.0.1:9/v1", api_key=lambda: "asked for")
    settings = load({"endpoints": {"mine": mine}, "models": {"m": {"model": "mine:gpt-5"}}})
    assert settings.endpoints["mine"] is mine


@pytest.mark.parametrize("name", ["models", "clients", "endpoints", "cache", "limit"])
def test_a_table_that_is_none_is_told(name: str, write: Write) -> None:
    assert refused(f"{name} = 3\n", write).startswith(f"gateway.toml:1: {name}: expected a table")


@pytest.mark.parametrize("name", ["models.a", "clients.a", "endpoints.a"])
def test_an_entry_of_a_table_is_a_table(name: str, write: Write) -> None:
    message = refused(f"# a comment\n{name} = 3\n", write)
    assert message == f"gateway.toml:2: {name}: this must be a table, not a number"


def test_errors_of_a_mapping_name_the_key() -> None:
    with pytest.raises(ConfigError, match=r"configuration: models\.m\.modl: .*'model'"):
        load({"models": {"m": {"modl": "sim:story"}}})


BAD = {
    "unknown field": ("max_body =", "maxbody =", 1, "maxbody", "did you mean 'max_body'?"),
    "unknown field of a model": (
        'model = "eu:', 'modle = "eu:', 12, "models.fast.modle", "did you mean 'model'?",
    ),
    "unknown field of a client": (
        "key_hash", "keyhash", 32, "clients.app.keyhash", "did you mean 'key_hash'?",
    ),
    "unknown field of an endpoint": (
        "base_url", "url", 6, "endpoints.eu.url", "there are provider, base_url",
    ),
    "unknown word of the cache": ("store =", "stoer =", 26, "cache.stoer", "'store'"),
    "unknown word of a limit": (
        "requests = 100", "request = 100", 29, "limit.request", "'requests'",
    ),
    "unknown word of a hedge": ("delay", "dealy", 18, "models.fast.hedge.dealy", "'delay'"),
    "no size": ("1.5MB", "1.5MX", 1, "max_body", "is no size"),
    "a size of nothing": ('"1.5MB"', "0", 1, "max_body", "at least one byte"),
    "seconds that are text": ("grace = 12", 'grace = "12"', 2, "grace", "a number, got a string"),
    "seconds below nothing": ("grace = 12", "grace = -1", 2, "grace", "from 0"),
    "endless seconds": ("grace = 12", "grace = inf", 2, "grace", "from 0"),
    "true for a number": ("delay = 2", "delay = true", 18, "models.fast.hedge.delay", "a number"),
    "text for a list": (
        '["fast"]', '"fast"', 33, "clients.app.models", "expected a list, got a string",
    ),
    "a number in a list of names": (
        '["fast"]', '["fast",\n 1]', 34, "clients.app.models[1]", "expected a string",
    ),
    "a missing field": (
        'model = "sim:story"\n', "", 20, "models.cheap", "needs a field 'model'",
    ),
    "an endpoint of nobody": (
        'model = "eu:', 'model = "ue:', 12, "models.fast.model", "did you mean 'eu'?",
    ),
    "a provider of nobody": (
        '"openai"', '"opnai"', 5, "endpoints.eu.provider", "did you mean 'openai'?",
    ),
    "an endpoint with a provider's name": (
        "endpoints.eu", "endpoints.openai", 4, "endpoints.openai", "that is the provider",
    ),
    "an address that is none": ("http://127", "ftp://127", 4, "endpoints.eu", "http:// or https://"),
    "an option of nobody": ("{ api =", "{ apii =", 4, "endpoints.eu", "no option 'apii'"),
    "a parameter of nobody": (
        "{ temperature", "{ temprature", 14, "models.fast.params", "did you mean 'temperature'?",
    ),
    "a fallback of nobody": (
        '"cheap"]\np', '"chaep"]\np', 13, "models.fast.fallbacks[1]", "did you mean 'cheap'",
    ),
    "a circle of fallbacks": (
        '["sim:echo"]', '["fast"]', 22, "models.cheap.fallbacks[0]",
        "in a circle: fast -> cheap -> fast",
    ),
    "a fallback to itself": (
        '["sim:echo"]', '["cheap"]', 22, "models.cheap.fallbacks[0]", "circle: cheap -> cheap",
    ),
    "a fallback to its own model": (
        '["sim:echo"]', '["sim:story"]', 22, "models.cheap.fallbacks[0]", "the model itself",
    ),
    "a name of the file for a model": (
        'model = "sim:story"', 'model = "fast"', 21, "models.cheap.model",
        "'fast' is a name of this file",
    ),
    "a hedge by itself": (
        'models = ["cheap"]', 'models = ["eu:gpt-5.4-mini"]', 17, "models.fast.hedge.models[0]",
        "the model itself",
    ),
    "a number that a hedge refuses": (
        "delay = 2", "quantile = 2", 16, "models.fast.hedge", "quantile must be",
    ),
    "a limit below nothing": ("requests = 100", "requests = -1", 28, "limit", "from 0"),
    "a folder that is not there": ('"answers.db"', '"no/answers.db"', 26, "cache.store", "folder"),
    "a variable that is not set": (
        "env:EU_KEY", "env:NO_KEY", 7, "endpoints.eu.api_key", "NO_KEY is not set",
    ),
    "a variable without a name": (
        "env:EU_KEY", "env: ", 7, "endpoints.eu.api_key", "needs the name",
    ),
    "a hash of another kind": ("sha256:", "md5:", 32, "clients.app.key_hash", "sha256:"),
    "a hash that is too short": (HASH, HASH[:-1], 32, "clients.app.key_hash", "64 hexadecimal"),
    "the hash of an empty key": (
        HASH, hashlib.sha256(b"").hexdigest(), 32, "clients.app.key_hash", "an empty key",
    ),
    "a model of a client that is not there": (
        '["fast"]', '["fats"]', 33, "clients.app.models[0]", "did you mean 'fast'?",
    ),
    "no requests at all": ("= 60", "= 0", 34, "clients.app.requests_per_minute", "from 1"),
    "no TOML": ("[models.fast]", "[models.fast", 11, "this is no TOML", "expected"),
    "a key twice": ("grace = 12", "grace = 12\ngrace = 13", 3, "this is no TOML", "overwrite"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_fault_is_one_line_with_file_line_and_key(name: str, write: Write) -> None:
    old, new, line, key, told = BAD[name]
    assert old in GOOD
    message = refused(GOOD.replace(old, new), write)
    assert message.startswith(f"gateway.toml:{line}: {key}: "), message
    assert told in message


def test_what_may_be_secret_never_stands_in_an_error(write: Write) -> None:
    secret = "sk-a-secret-that-nobody-may-see"
    bad = {
        "key_hash": GOOD.replace(f"sha256:{HASH}", secret),
        "api_key": GOOD.replace('"env:EU_KEY"', f'["{secret}"]'),
        "address": GOOD.replace("http://127", f"http://me:{secret}@127"),
        "line feed": GOOD.replace("env:EU_KEY", f"{secret}\\nx"),
        "no TOML": GOOD.replace('"env:EU_KEY"', secret),
        "unended": GOOD.replace('"env:EU_KEY"', f'"{secret}'),
        "provider": GOOD.replace("env:EU_KEY", secret).replace('"openai"', '"opnai"'),
        "models": GOOD.replace("env:EU_KEY", secret).replace('model = "sim:story"', ""),
    }
    for name, text in bad.items():
        with warnings.catch_warnings(record=True) as told, pytest.raises(ConfigError) as caught:
            warnings.simplefilter("always")
            load(write(text))
        error = caught.value
        assert secret not in f"{error} {error!r} {error.__cause__!r}", name
        assert not any(secret in str(warning.message) for warning in told), name


def test_a_key_in_clear_text_is_warned_of_and_never_printed(write: Write) -> None:
    text = GOOD.replace("env:EU_KEY", "sk-in-clear-text")
    with pytest.warns(ConfigWarning) as told:
        settings = load(write(text))
    (message,) = (str(warning.message) for warning in told)
    assert message.startswith("gateway.toml:7: endpoints.eu.api_key: a key in clear text")
    assert "sk-in" not in message
    assert "sk-in" not in repr(settings)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('"x-team" = "red"', '"x-api-key" = "hidden"', "endpoints.eu.headers.x-api-key"),
        ('"answers.db"', '"redis://:hidden@127.0.0.1:1/0"', "cache.store"),
    ],
)
def test_headers_and_addresses_that_hold_a_secret_are_warned_of_too(
    old: str, new: str, key: str, write: Write
) -> None:
    with pytest.warns(ConfigWarning, match=re.escape(key)) as told:
        load(write(GOOD.replace(old, new)))
    assert not any("hidden" in str(warning.message) for warning in told)


def test_without_secrets_nothing_is_warned_of(write: Write) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(write(GOOD))


def test_each_client_has_a_key_of_its_own(write: Write) -> None:
    twice = f'{GOOD}\n[clients.other]\nkey_hash = "sha256:{HASH.upper()}"\n'
    message = refused(twice, write)
    assert message.startswith("gateway.toml:37: clients.other.key_hash: ")
    assert "'app'" in message
    assert HASH not in message


def test_clients_without_models_of_the_file_may_name_what_the_core_routes() -> None:
    client = {"key_hash": f"sha256:{HASH}", "models": ["sim:story"]}
    assert load({"clients": {"app": client}}).clients["app"].models == ("sim:story",)
    with pytest.raises(ConfigError, match=r"clients\.app\.models\[0\]: no provider named 'smi'"):
        load({"clients": {"app": {**client, "models": ["smi:story"]}}})


@pytest.mark.parametrize(
    "name", ["model", "messages", "stream", "tools", "use", "native", "api_key", "base_url"]
)
def test_params_hold_no_argument_that_is_the_clients_or_the_gateways(
    name: str, write: Write
) -> None:
    message = refused(GOOD.replace("{ temperature = 0.2 }", f'{{ {name} = "sk-x" }}'), write)
    assert message.startswith(f"gateway.toml:14: models.fast.params.{name}: params cannot hold")
    assert "sk-x" not in message


@pytest.mark.parametrize("value", ["1979-05-27", "[1]", "{ a = 1 }", '"x"', "true", "nan"])
def test_a_value_of_another_type_is_told(value: str, write: Write) -> None:
    assert refused(f"grace = {value}", write).startswith("gateway.toml:1: grace: ")


@pytest.mark.parametrize(
    ("told", "size"),
    [(5, 5), ("5", 5), ("5B", 5), ("32MB", 32_000_000), ("1 GiB", 2**30), ("64KiB", 65_536)],
)
def test_a_size_is_a_number_or_one_with_a_unit(told: int | str, size: int) -> None:
    assert load({"max_body": told}).max_body == size


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "No such file"),
        (b"\xff\xfe", "UTF-8"),
        (b"\x00", "no TOML"),
        (b"a = [" * 9999, "TOML"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error_too(
    content: bytes | None, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "other.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=told) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="directory"):
        load(tmp_path)


def test_an_empty_file_is_a_gateway_of_every_model(write: Write) -> None:
    settings = load(write("\ufeff# nothing yet\n"))
    assert settings == Settings(source="gateway.toml")


def test_time_limits_are_those_of_the_core() -> None:
    assert load({"timeout": {"first": 60}}).timeout.first == 60
    assert load({"timeout": 5}).timeout.gap == 5
    for bad in ({"first": 0}, {"frist": 1}, 0, {"total": float("nan")}):
        with pytest.raises(ConfigError, match="timeout"):
            load({"timeout": bad})
