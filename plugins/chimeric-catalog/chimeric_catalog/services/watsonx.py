"""IBM watsonx.ai.

Sources: LiteLLM, IBM's own SDK and any-llm.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import msgspec
from chimeric_chat_completions import ChatDialect

from chimeric import (
    Asking,
    AuthenticationError,
    ConfigurationError,
    Credentials,
    HTTPRequest,
    ProviderConfig,
    fetch,
)
from chimeric_catalog.entry import Entry

if TYPE_CHECKING:
    from chimeric_models import Asked, Rules

__all__ = ["ENTRY"]

VERSION: Final = "2024-03-13"
IAM: Final = "https://iam.cloud.ibm.com/identity/token"
GRANT: Final = "urn:ibm:params:oauth:grant-type:apikey"
KEYS: Final = ("WATSONX_API_KEY", "WATSONX_APIKEY")
HOUR: Final = 3600


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float = HOUR


def _place(http: HTTPRequest, options: Mapping[str, Any]) -> HTTPRequest:
    """One path for answers and one for streams, with the version; project or space in the body.

    Raises:
        ConfigurationError: where neither is told.
    """
    body: Any = dict(http.body) if isinstance(http.body, Mapping) else {}
    base = http.url.removesuffix("/chat/completions").removesuffix("/ml/v1")
    end = "chat_stream" if body.pop("stream", False) else "chat"
    model = body.pop("model")
    if (deployment := _told(options, "deployment")) is None:
        where = "text"
        body |= {"model_id": model, **_owner(options)}
    else:
        where = f"deployments/{deployment}/text"
    url = f"{base}/ml/v1/{where}/{end}?version={options.get('version') or VERSION}"
    return msgspec.structs.replace(http, url=url, body=body)


def _owner(options: Mapping[str, Any]) -> dict[str, str]:
    for name in ("project_id", "space_id"):
        if (told := _told(options, name)) is not None:
            return {name: told}
    raise ConfigurationError(
        "watsonx needs a project: set WATSONX_PROJECT_ID or WATSONX_SPACE_ID, or pass "
        "watsonx_project_id= or watsonx_space_id=",
        provider="watsonx",
    )


def _told(options: Mapping[str, Any], name: str) -> str | None:
    told = options.get(name) or os.environ.get(f"WATSONX_{name.upper()}", "").strip()
    return str(told) if told else None


def _traded(key: str, url: str) -> Asking[Credentials | None]:
    """IBM Cloud's token for a key; it lasts for an hour."""
    form = urlencode({"grant_type": GRANT, "apikey": key}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    answer = yield from fetch(HTTPRequest(url=url, headers=headers, body=form))
    try:
        token = msgspec.json.decode(answer.body, type=_Token)
    except msgspec.DecodeError:
        token = None
    if answer.status != 200 or token is None:
        raise AuthenticationError(
            f"IBM Cloud gave no token for the key (status {answer.status}): look at "
            f"{' or '.join(KEYS)}, or pass a token as watsonx_auth_token=",
            status_code=answer.status,
            provider="watsonx",
        )
    return Credentials(token.access_token, expires_at=time.time() + token.expires_in)


def _credentials(provider: ProviderConfig) -> Asking[Credentials | None] | None:
    """A key of the environment is traded for a token; one that was given goes as it is."""
    if provider.bearer or provider.key_source not in KEYS:
        return None
    key = os.environ.get(provider.key_source, "").strip()
    return _traded(key, os.environ.get("WATSONX_IAM_URL") or IAM)


@cache
def rules() -> Rules:
    """What watsonx knows in another form."""
    from chimeric_models import Rule, Rules

    def change(asked: Asked) -> None:
        wanted: Any = asked.body.get("tool_choice")
        if isinstance(wanted, str):
            asked.body["tool_choice_option"] = asked.body.pop("tool_choice")

    return Rules(
        Rule(
            said="`tool_choice` as a word",
            done="changed",
            how="sent as `tool_choice_option`",
            source="LiteLLM",
            on=("tool_choice",),
            change=change,
        )
    )


ENTRY = Entry(
    name="watsonx",
    title="IBM watsonx.ai",
    base_url="",
    path="",
    aliases=("watsonx_ai", "ibm"),
    keys=("WATSONX_TOKEN", *KEYS),
    tokens=("WATSONX_TOKEN",),
    urls=("WATSONX_URL", "WATSONX_API_BASE"),
    sample="ibm/granite-4-h-small",
    list_at=("/ml/v1", f"/ml/v1/foundation_model_specs?version={VERSION}"),
    list_in=("resources", "model_id"),
    place=_place,
    credentials=_credentials,
    options=("deployment", "project_id", "space_id", "version"),
    dialect=ChatDialect(stream_usage=False, rules=rules),
    params=("time_limit", "include_reasoning", "chat_template_kwargs", "guided_choice"),
    advice={
        401: "a key of IBM Cloud is traded for a token where it is in WATSONX_API_KEY; a token is "
        "passed as watsonx_auth_token=",
        404: "is the model in this region, or is watsonx_deployment= of another project?",
    },
    notes=(
        "The region is `WATSONX_URL` or `watsonx_base_url`: "
        "`https://us-south.ml.cloud.ibm.com`. Answers are at `/ml/v1/text/chat`, streams at "
        "`/ml/v1/text/chat_stream`, with `?version=`; `watsonx_deployment=` asks a deployment.",
        "`WATSONX_PROJECT_ID` or `WATSONX_SPACE_ID` (or `watsonx_project_id=`, "
        "`watsonx_space_id=`) says who pays.",
        "A key in `WATSONX_API_KEY` is traded for a token of IBM Cloud, once an hour for all "
        "calls; `WATSONX_TOKEN` and `watsonx_auth_token=` are tokens already.",
        "A word for the tool choice is sent as `tool_choice_option`.",
        "Usage comes in a stream unasked.",
    ),
)
