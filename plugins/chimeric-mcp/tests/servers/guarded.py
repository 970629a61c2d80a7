"""A server that asks: for a token (``http PORT``), or the user and a model (over stdio)."""

from __future__ import annotations

import sys
from typing import Annotated, Any

from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import Context, Elicit, ListRoots, MCPServer, Resolve, Sample
from mcp.types import CreateMessageResult, ListRootsResult, SamplingMessage, TextContent
from pydantic import AnyHttpUrl, BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse

TOKEN = "token-of-the-test"


class Seat(BaseModel):
    seat: str


async def which_seat() -> Any:
    return Elicit("Which seat?", Seat)


async def a_summary() -> Any:
    asked = SamplingMessage(role="user", content=TextContent(type="text", text="Sum it up."))
    return Sample(messages=[asked], max_tokens=100)


async def the_roots() -> Any:
    return ListRoots()


class Verifier:
    async def verify_token(self, token: str) -> AccessToken | None:
        return AccessToken(token=token, client_id="us", scopes=["use"]) if token == TOKEN else None


def made(port: int = 0) -> MCPServer:
    """The server, with or without a guard."""
    url = f"http://127.0.0.1:{port}"
    guard: dict[str, Any] = {}
    if port:
        settings = AuthSettings(
            issuer_url=AnyHttpUrl(url),
            resource_server_url=AnyHttpUrl(f"{url}/mcp"),
            required_scopes=["use"],
            validate_token_resource=False,
        )
        guard = {"auth": settings, "token_verifier": Verifier()}
    server = MCPServer("guarded", **guard)

    @server.tool()
    def book(seat: Annotated[Seat, Resolve(which_seat)]) -> str:
        """Book a seat."""
        return f"booked {seat.seat}"

    @server.tool()
    def summary(answer: Annotated[CreateMessageResult, Resolve(a_summary)]) -> str:
        """Sum it up."""
        return f"in short: {answer.content.text}"  # type: ignore[union-attr]

    @server.tool()
    def folders(roots: Annotated[ListRootsResult, Resolve(the_roots)]) -> str:
        """Tell the folders."""
        return ", ".join(str(root.uri) for root in roots.roots)

    @server.tool()
    async def header(name: str, ctx: Context[Any, Any]) -> str:
        """Tell a header of the request."""
        request: Any = ctx.request_context.request
        return str(request.headers.get(name))

    @server.custom_route("/.well-known/oauth-authorization-server", methods=["GET"])
    async def metadata(request: Request) -> JSONResponse:
        return JSONResponse(
            {
                "issuer": f"{url}/",
                "authorization_endpoint": f"{url}/authorize",
                "token_endpoint": f"{url}/token",
                "response_types_supported": ["code"],
                "grant_types_supported": ["client_credentials"],
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        )

    @server.custom_route("/token", methods=["POST"])
    async def token(request: Request) -> JSONResponse:
        form = await request.form()
        if form.get("client_secret") != "secret-of-the-test":
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        return JSONResponse({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 600})

    return server


if __name__ == "__main__":
    if sys.argv[1:2] == ["http"]:
        import uvicorn

        port = int(sys.argv[2])
        app = made(port).streamable_http_app()
        uvicorn.run(app, port=port, log_level="error", http="h11", loop="asyncio")
    else:
        made().run("stdio")
