"""What one call may say that is else the client's: key, base URL, retries, plugins, user."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from typing import Any

import pytest
from chimeric_testing import LoopbackServer

from chimeric import (
    Chimeric,
    ChimericError,
    ConfigurationError,
    Context,
    NotFoundError,
    PluginError,
    Request,
    Secret,
    ServerError,
    StreamChunk,
    hookimpl,
)

from .servers import answering, failing, keys_of, refusing


class Louder:
    """Shouts, and notes for whom."""

    def __init__(self) -> None:
        self.users: list[Any] = []

    @hookimpl
    def chimeric_process_chunk(self, chunk: StreamChunk, context: Context) -> StreamChunk:
        self.users.append(context.user)
        return chunk.replace(delta=chunk.delta.upper()) if chunk.delta else chunk


class GoesOn:
    """Asks another model when one fails."""

    def __init__(self, model: str) -> None:
        self.model = model

    @hookimpl
    def chimeric_recover(self, error: ChimericError, context: Context) -> Request | None:
        if context.request.model == self.model.partition(":")[2]:
            return None
        return context.request.replace(model=self.model, provider=None)


@pytest.mark.parametrize("key", ["sk-of-the-call", Secret("sk-of-the-call")])
def test_a_call_has_a_key_and_a_base_url_of_its_own(key: str | Secret) -> None:
    with answering() as server, Chimeric(openai_api_key="sk-client", max_retries=0) as client:
        said = {"api": "chat_completions", "base_url": f"{server.url}/v1"}
        client.generate("openai:gpt-4o", "Hi", api_key=key, **said)
        client.generate("openai:gpt-4o", "Hi", **said)
    assert [keys_of(seen) for seen in server.requests] == [
        ["Bearer sk-of-the-call"],
        ["Bearer sk-client"],
    ]


def test_a_key_of_the_environment_does_not_follow_a_base_url(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    with answering() as server, Chimeric() as client:
        with pytest.raises(ConfigurationError, match=r"OPENAI_API_KEY.*a key of its own"):
            client.generate("openai:gpt-4o", "Hi", base_url=server.url)
    assert not server.requests


def test_a_key_of_the_environment_goes_to_the_base_url_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    with answering() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        with Chimeric(api="chat_completions") as client:
            client.generate("openai:gpt-4o", "Hi")
            client.generate("openai:gpt-4o", "Hi", base_url=f"{server.url}/other")
    assert [seen.path for seen in server.requests] == [
        "/v1/chat/completions",
        "/other/chat/completions",
    ]


def test_an_optional_key_of_the_environment_is_left_out_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COMPATIBLE_API_KEY", "sk-environment")
    with answering() as server, Chimeric(base_url="http://127.0.0.1:9") as client:
        client.generate("compatible:m", "Hi", base_url=server.url)
    assert keys_of(server.requests[0]) == []


def test_retries_of_one_call() -> None:
    with failing() as server, Chimeric(base_url=server.url, max_retries=5) as client:
        for retries in (0, 1):
            with pytest.raises(ServerError):
                client.generate("compatible:m", "Hi", max_retries=retries)
        assert len(server.requests) == 3
        with pytest.raises(ConfigurationError, match="max_retries"):
            client.generate("compatible:m", "Hi", max_retries=-1)


def test_a_plugin_of_one_call_acts_in_that_call_alone_and_reads_the_user() -> None:
    plugin, user = Louder(), object()
    with answering() as server, Chimeric(base_url=server.url) as client:
        heard = client.generate("compatible:m", "Hi", use=[plugin], user_context=user)
        assert heard.content == "HELLO"
        assert client.generate("compatible:m", "Hi").content == "Hello"
        again = asyncio.run(client.agenerate("compatible:m", "Hi", use=[plugin]))
        assert again.content == "HELLO"
    assert user in plugin.users
    assert all(b"user" not in seen.body.replace(b'"role":"user"', b"") for seen in server.requests)


def test_the_clients_plugins_and_those_of_the_call_both_act() -> None:
    class Dotted:
        @hookimpl
        def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk:
            return chunk.replace(delta=chunk.delta + ".") if chunk.delta else chunk

    louder = Louder()
    with answering() as server, Chimeric(base_url=server.url, plugins=[louder]) as client:
        assert client.generate("compatible:m", "Hi", use=[Dotted(), louder]).content == "HELLO."


def test_plugins_of_one_call_are_not_kept_alive() -> None:
    with answering() as server, Chimeric(base_url=server.url) as client:
        plugin = Louder()
        client.generate("compatible:m", "Hi", use=[plugin])
        gone = weakref.ref(plugin)
        del plugin
        gc.collect()
        assert gone() is None


class _BringsTools:
    @hookimpl
    def chimeric_register_tools(self, register: Any) -> None: ...


class _Old:
    chimeric_api = 99

    @hookimpl
    def chimeric_prepare_request(self, request: Request) -> None: ...


@pytest.mark.parametrize("plugin", [_BringsTools(), _Old(), object()])
def test_what_is_no_plugin_of_a_call_is_refused(plugin: object) -> None:
    with Chimeric() as client, pytest.raises(PluginError, match="cannot be used for one call"):
        client.generate("sim:echo", "Hi", use=[plugin])


@pytest.mark.parametrize("use", ["louder", Louder(), {"a": 1}, 3])
def test_use_takes_a_list(use: Any) -> None:
    with Chimeric() as client, pytest.raises(ConfigurationError, match="use must be a list"):
        client.generate("sim:echo", "Hi", use=use)


def test_credentials_of_a_call_stay_with_the_provider_that_they_were_given_for() -> None:
    headers = {"Authorization": "Bearer sk-tenant", "X-Tenant": "t-1", "x-trace": "7"}
    with failing() as first, answering() as second:
        client = Chimeric(
            openai_api_key="sk-openai",
            openai_base_url=first.url,
            groq_api_key="sk-groq",
            groq_base_url=second.url,
            default_headers={"x-api-key": "sk-default", "x-team": "blue"},
            plugins=[GoesOn("groq:llama-3.1-8b-instant")],
            max_retries=0,
        )
        with client:
            client.generate("openai:gpt-4o", "Hi", extra_headers=headers, api_key="sk-call")
    (failed,), (answered,) = first.requests, second.requests
    assert failed.headers["authorization"] == "Bearer sk-tenant"
    assert failed.headers["x-tenant"] == "t-1"
    assert failed.headers["x-api-key"] == "sk-default"
    assert answered.headers["authorization"] == "Bearer sk-groq"
    assert not {"x-tenant", "x-api-key"} & set(answered.headers)
    assert (answered.headers["x-trace"], answered.headers["x-team"]) == ("7", "blue")


def test_a_key_of_a_call_does_not_go_to_another_provider() -> None:
    with failing() as first, answering() as second:
        client = Chimeric(
            openai_base_url=first.url,
            groq_base_url=second.url,
            groq_api_key="sk-groq",
            plugins=[GoesOn("groq:llama-3.1-8b-instant")],
            max_retries=0,
        )
        with client:
            client.generate("openai:gpt-4o", "Hi", api_key="sk-call")
    assert keys_of(first.requests[0]) == ["Bearer sk-call"]
    assert keys_of(second.requests[0]) == ["Bearer sk-groq"]


def test_a_missing_key_is_told_before_anything_is_sent() -> None:
    with refusing() as server, Chimeric(groq_base_url=server.url) as client:
        with pytest.raises(ConfigurationError, match="groq needs an API key: set GROQ_API_KEY"):
            client.generate("groq:m", "Hi")
        with pytest.raises(ConfigurationError, match="needs an API key"):
            client.list_models("groq")
    assert not server.requests


@pytest.mark.parametrize("key", [b"sk-bytes", 7, ["sk"], str])
def test_a_key_of_another_type_is_refused_wherever_it_is_given(key: Any) -> None:
    with pytest.raises(ConfigurationError):
        Chimeric(openai_api_key=key)
    with Chimeric() as client, pytest.raises(ConfigurationError, match="api_key must be"):
        client.generate("openai:gpt-4o", "Hi", api_key=key)


def test_a_callable_is_a_key_everywhere() -> None:
    def ask() -> str:
        return "sk-asked"

    with Chimeric(openai_api_key=ask, api_keys={"groq": ask}) as client:
        for model in ("openai:gpt-4o", "groq:m"):
            route = client._engine.route(Request(model=model, messages=()))
            assert route.ask_key is ask
            assert route.key_given
            assert route.key_missing is None


def test_a_404_names_the_url_that_was_asked() -> None:
    with refusing() as server:
        client = Chimeric(anthropic_base_url=f"{server.url}/gw?code=hidden", anthropic_api_key="k")
        with client, pytest.raises(NotFoundError) as caught:
            client.generate("anthropic:claude-sonnet-4-5", "Hi")
    assert f"POST {server.url}/gw/v1/messages?***" in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_one_client_from_many_threads_and_loops_at_once() -> None:
    with answering() as server, Chimeric(base_url=server.url, max_retries=0) as client:
        failed: list[BaseException] = []

        def ask(number: int) -> None:
            try:
                for turn in range(5):
                    said: dict[str, Any] = {"api_key": f"sk-{number}-{turn}", "use": [Louder()]}
                    if number % 2:
                        asyncio.run(client.agenerate("compatible:m", "Hi", **said))
                    else:
                        client.with_options(timeout=20).generate("compatible:m", "Hi", **said)
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert not failed
    sent = sorted(key for seen in server.requests for key in keys_of(seen))
    assert sent == sorted(f"Bearer sk-{n}-{t}" for n in range(8) for t in range(5))


def test_a_server_of_the_test_kit_is_at_this_machine(recwarn: pytest.WarningsRecorder) -> None:
    server: LoopbackServer
    with answering() as server, Chimeric(base_url=server.url, api_key="sk-local") as client:
        client.generate("compatible:m", "Hi")
    assert not [w for w in recwarn if "clear text" in str(w.message)]


@pytest.mark.parametrize("said", [{}, {"api_key": "sk-call"}])
def test_a_running_call_keeps_a_client_that_nobody_else_has(said: dict[str, Any]) -> None:
    stream = Chimeric().with_options(timeout=20).generate("sim:story", "Hi", stream=True, **said)
    gc.collect()
    assert stream.collect().finish_reason == "stop"
