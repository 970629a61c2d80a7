"""Proxies and certificates of the environment: used, or told by the name of the variable."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import Any

import pytest
from chimeric_testing import LoopbackServer

from chimeric import Chimeric, ConfigurationError

from .streams import ASK, client_of, echo

NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def ask(client: Chimeric, asynchronous: bool) -> str:
    if not asynchronous:
        return client.generate(**ASK).collect().content

    async def main() -> str:
        return (await (await client.agenerate(**ASK)).collect()).content

    return asyncio.run(main())


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("transport", ["httpx", "httpx2"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("all_proxy", "socks://me:hunter2@127.0.0.1:7890/"),
        ("ALL_PROXY", "socks5://me:hunter2@127.0.0.1:7890"),
        ("https_proxy", '"http://me:hunter2@proxy:3128"'),
        ("http_proxy", "http://me:hunter2@proxy:abc"),
        ("SSL_CERT_FILE", "/nonexistent/ca.pem"),
        ("SSL_CERT_FILE", "/etc/hostname"),
        ("SSL_CERT_FILE", "/tmp"),
        ("SSL_CERT_DIR", "/nonexistent"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named_and_its_password_is_not(
    transport: str, asynchronous: bool, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with LoopbackServer(echo) as server, client_of(server, transport=transport) as client:
        if name == "SSL_CERT_DIR":
            assert ask(client, asynchronous)  # a directory may be empty, or come later
            return
        with pytest.raises(ConfigurationError, match=name) as caught:
            ask(client, asynchronous)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("transport", ["httpx", "httpx2", "aiohttp"])
@pytest.mark.parametrize("entry", ["::1", "[::1]", "fd07:b51a:cc66:f0::/64", "10.0.0.0/8", ".org"])
def test_any_entry_of_no_proxy_will_do(
    transport: str, entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", f"localhost,{entry},127.0.0.1")
    with LoopbackServer(echo) as server, client_of(server, transport=transport) as client:
        assert ask(client, True).startswith("Hello ")


@pytest.mark.parametrize("transport", ["httpx", "httpx2", "aiohttp"])
@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_a_proxy_is_used(transport: str, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with LoopbackServer(echo) as proxy:
        monkeypatch.setenv(variable, proxy.url.removeprefix("http://"))
        with Chimeric(
            openai_api_key="k", openai_base_url="http://far.invalid/v1", transport=transport
        ) as client:
            assert ask(client, True).startswith("Hello ")
        (seen,) = proxy.requests
        assert seen.path.startswith("http://far.invalid/v1/")


def test_aiohttp_names_the_variable_of_a_proxy_that_it_cannot_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "socks5://me:hunter2@127.0.0.1:9")
    with LoopbackServer(echo) as server, client_of(server, transport="aiohttp") as client:
        with pytest.raises(ConfigurationError, match="http_proxy") as caught:
            ask(client, True)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("transport", ["httpx", "httpx2", "aiohttp"])
def test_a_port_that_is_none_is_no_foreign_error(transport: str) -> None:
    for asynchronous in {True, transport == "aiohttp"}:
        with Chimeric(base_url="http://127.0.0.1:70000", transport=transport) as client:
            with pytest.raises(ConfigurationError):
                ask_compatible(client, asynchronous)


def ask_compatible(client: Chimeric, asynchronous: bool) -> Any:
    async def main() -> Any:
        return await client.agenerate("compatible:m", "Hi")

    return asyncio.run(main()) if asynchronous else client.generate("compatible:m", "Hi")


@pytest.mark.parametrize("transport", ["httpx", "httpx2", "aiohttp"])
def test_a_service_of_this_process_is_no_proxys_business(transport: str) -> None:
    program = (
        "import asyncio\nfrom chimeric import Chimeric\n"
        "async def main(client): return (await client.agenerate('sim:echo', 'hi')).content\n"
        f"with Chimeric(transport={transport!r}, max_retries=0) as client:\n"
        "    print(asyncio.run(main(client)))\n"
    )
    if transport != "aiohttp":
        program += (
            f"with Chimeric(transport={transport!r}, max_retries=0) as client:\n"
            "    print(client.generate('sim:echo', 'hi').content)\n"
        )
    environment = {**os.environ, "HTTP_PROXY": "http://127.0.0.1:9"}
    environment.pop("NO_PROXY", None)
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60
    )
    assert set(done.stdout.split()) == {"hi"}, done.stderr
