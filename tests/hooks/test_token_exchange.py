"""Tokens out of an exchange: one for each tenant, kept until it ends, anew after a 401."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest
from chimeric_testing import SeenRequest, Step

from chimeric import AuthenticationError, Chimeric

from .acme import Service, answer
from .modes import WAYS, Way
from .third_party.token_exchange import TokenExchange

GRANTS = {"anna": "grant-of-anna-0001", "ben": "grant-of-ben-000002"}


class Tokens:
    """The token endpoint: a new token for each request."""

    def __init__(self) -> None:
        self.given: list[str] = []
        self.ends = 3600.0

    def __call__(self, request: SeenRequest) -> Iterable[Step]:
        grant = request.json()["subject_token"]
        if grant not in GRANTS.values():
            return answer({"error": f"{grant} is unknown"}, 403)
        self.given.append(f"token-{len(self.given)}-of-{grant}")
        return answer({"access_token": self.given[-1], "expires_in": self.ends})


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def service(tokens: Tokens) -> Iterator[Service]:
    with Service(token=tokens) as service:
        yield service


@pytest.fixture
def client(service: Service) -> Callable[..., Chimeric]:
    def made(grants: dict[str, str] = GRANTS) -> Chimeric:
        plugin = TokenExchange(f"{service.url}/token", "acme", grants)
        return service.client(plugin, key=None)

    return made


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_token_is_asked_for_once_for_each_tenant(
    service: Service, tokens: Tokens, client: Callable[..., Chimeric], way: Way
) -> None:
    way.ask_all(client(), [{"user_context": user} for user in ("anna", "anna", "ben", "anna")])
    anna, ben = tokens.given
    assert service.keys == [anna, anna, ben, anna]
    assert service.count("/token") == 2


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_token_that_ends_soon_is_not_used_again(
    service: Service, tokens: Tokens, client: Callable[..., Chimeric], way: Way
) -> None:
    tokens.ends = 20
    way.ask_all(client(), [{"user_context": "anna"}] * 2)
    assert service.keys == tokens.given
    assert len(tokens.given) == 2


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_token_that_is_refused_is_asked_for_anew_once(
    service: Service, tokens: Tokens, client: Callable[..., Chimeric], way: Way
) -> None:
    service.refused = {"token-0-of-grant-of-anna-0001"}
    way.ask_all(client(), [{"user_context": "anna"}] * 2)
    first, second = tokens.given
    assert service.keys == [first, second, second]
    service.refused = {f"token-{number}-of-grant-of-anna-0001" for number in range(4)}
    with pytest.raises(AuthenticationError) as caught:
        way.ask(client(), "Hi", user_context="anna")
    assert "token-" not in f"{caught.value} {caught.value!r} {caught.value.body}"


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_no_grant_and_no_token_is_in_the_error_of_an_exchange(
    service: Service, client: Callable[..., Chimeric], way: Way
) -> None:
    with pytest.raises(AuthenticationError, match="answered 403 for carl") as caught:
        way.ask(client({"carl": "grant-of-carl-00003"}), "Hi", user_context="carl")
    assert "grant-of" not in repr(caught.value)
    assert service.chats == []


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_key_of_the_caller_wins(
    service: Service, tokens: Tokens, client: Callable[..., Chimeric], way: Way
) -> None:
    way.ask(client(), "Hi", user_context="anna", api_key="key-of-the-call-01")
    assert service.keys == ["key-of-the-call-01"]
    assert tokens.given == []
