"""Keys and attributes of what the caller said of who is asking."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from chimeric_stores import of_user

from chimeric import Chimeric, Context, Request, hookimpl


def context_of(user: Any) -> Context:
    seen: list[Context] = []

    class Seeing:
        @hookimpl
        def chimeric_prepare_request(self, request: Request, context: Context) -> None:
            seen.append(context)

    with Chimeric(plugins=[Seeing()]) as client:
        client.generate("sim:echo", "Hi", user_context=user)
    return seen[0]


@pytest.mark.parametrize("user", [{"tenant": "acme"}, SimpleNamespace(tenant="acme")])
def test_a_key_or_an_attribute_is_told(user: Any) -> None:
    assert of_user(context_of(user), "tenant") == "acme"


def test_a_number_is_a_text() -> None:
    assert of_user(context_of({"tenant": 7}), "tenant") == "7"


@pytest.mark.parametrize("user", [None, {}, {"name": "x"}, SimpleNamespace(name="x")], ids=repr)
def test_what_is_missing_is_told_with_how_to_pass_it(user: Any) -> None:
    with pytest.raises(LookupError, match=r"pass user_context=\{'tenant': \.\.\.\}"):
        of_user(context_of(user), "tenant")
