"""Certificates that cannot be verified."""

from __future__ import annotations

import asyncio
import ssl

import pytest
from chimeric_aiohttp.transport import AiohttpTransport, translate

from chimeric import ConfigurationError, ConnectionFailedError, WireRequest, WireTimeout


def test_a_server_without_tls_is_told_as_a_connection_that_failed() -> None:
    async def main() -> None:
        server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        transport = AiohttpTransport()
        request = WireRequest(
            method="GET",
            url=f"https://127.0.0.1:{port}/",
            headers={},
            body=b"",
            timeout=WireTimeout(5, 5),
        )
        with pytest.raises(ConnectionFailedError):
            await transport.open(request, lambda abort: None)
        await transport.aclose()
        server.close()
        await server.wait_closed()

    asyncio.run(main())


def test_a_certificate_that_nobody_vouches_for_is_no_fault_of_a_header() -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed: self-signed certificate")
    told = translate(error)
    assert type(told) is ConnectionFailedError
    assert "self-signed" in told.message


@pytest.mark.parametrize("error", [UnicodeError("label too long"), OverflowError("port")])
def test_a_host_or_port_that_is_none_is_no_fault_of_a_header(error: Exception) -> None:
    told = translate(error)
    assert type(told) is ConfigurationError
    assert "header" not in told.message
