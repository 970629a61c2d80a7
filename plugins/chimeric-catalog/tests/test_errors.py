"""What goes wrong at a service has the right class, and its text says what to do next."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from chimeric_catalog import entry_of, names

from chimeric import (
    AuthenticationError,
    ChimericError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    ServerError,
)

from .service import Service, client_of

PAGE = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head></html>"


def failing(name: str, status: int, body: Any, *, stream: bool = False) -> ChimericError:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    with Service(raw, status) as service, client_of(name, service.server.url + "/v1") as client:
        with pytest.raises(ChimericError) as caught:
            said = client.generate(f"{name}:m", "Hi", stream=stream)
            if stream:
                said.collect()  # type: ignore[union-attr]
    return caught.value


CASES: dict[str, tuple[str, int, Any, type[ProviderError], tuple[str, ...]]] = {
    "Moonshot's key of the other country": (
        "moonshot",
        401,
        {"error": {"message": "Incorrect API key", "type": "incorrect_api_key_error"}},
        AuthenticationError,
        ("Incorrect API key", "not interchangeable"),
    ),
    "Moonshot's quota": (
        "moonshot",
        429,
        {
            "error": {
                "message": "in arrears",
                "type": "exceeded_current_quota_error",
            }
        },
        RateLimitError,
        ("arrears",),
    ),
    "Z.ai's rate": (
        "zai",
        429,
        {"error": {"code": "1302", "message": "too many"}},
        RateLimitError,
        ("too many",),
    ),
    "DeepInfra's detail": (
        "deepinfra",
        404,
        {"detail": "Model not found"},
        NotFoundError,
        ("Model not found", "list_models('deepinfra')"),
    ),
    "Nebius' detail": (
        "nebius",
        401,
        {"detail": "Couldn't authenticate"},
        AuthenticationError,
        ("Couldn't authenticate", "NEBIUS_API_KEY"),
    ),
    "Together's text": ("together", 500, {"error": "no luck"}, ServerError, ("no luck",)),
    "Fireworks' gateway": (
        "fireworks",
        404,
        {"fault": {"faultstring": "no route", "detail": {"errorcode": "x"}}},
        NotFoundError,
        ("no route", "need not be deployed"),
    ),
    "Novita's flat form": (
        "novita",
        404,
        {"code": 404, "reason": "MODEL_NOT_FOUND", "message": "model not found"},
        NotFoundError,
        ("model not found", "list_models('novita')"),
    ),
    "Cloudflare's list": (
        "cloudflare",
        401,
        {"result": None, "success": False, "errors": [{"code": 10000, "message": "Bad auth"}]},
        AuthenticationError,
        ("Bad auth", "Workers AI"),
    ),
    "Baseten's wrong key": (
        "baseten",
        403,
        {"error": "Invalid key"},
        PermissionDeniedError,
        ("Invalid key", "BASETEN_API_KEY"),
    ),
    "Hugging Face's spent credits": (
        "huggingface",
        402,
        {"error": "You have exceeded your monthly included credits"},
        ProviderError,
        ("monthly included credits", "huggingface_bill_to="),
    ),
    "StepFun's review of contents": (
        "stepfun",
        451,
        {"error": {"message": "stopped", "type": "censorship_blocked"}},
        ProviderError,
        ("stopped", "trying again does not help"),
    ),
    "StepFun's used-up balance": (
        "stepfun",
        402,
        {"error": {"message": "no balance"}},
        ProviderError,
        ("no balance", "balance at StepFun is used up"),
    ),
    "SambaNova without a way to pay": (
        "sambanova",
        402,
        {"error": {"code": "PAYMENT_METHOD_REQUIRED", "message": "pay"}},
        ProviderError,
        ("a payment method is wanted",),
    ),
    "SiliconFlow's codes": (
        "siliconflow",
        400,
        {"code": 20012, "message": "Model does not exist", "data": None},
        ProviderError,
        ("Model does not exist",),
    ),
    "a gated model": (
        "featherless",
        403,
        {"error": {"message": "gated"}},
        PermissionDeniedError,
        ("accept its licence",),
    ),
    "TGI's pair of texts": (
        "tgi",
        422,
        {"error": "Input validation error", "error_type": "validation"},
        ProviderError,
        ("Input validation error",),
    ),
    "watsonx' list": (
        "watsonx",
        404,
        {"errors": [{"code": "model_not_supported", "message": "no such model"}], "trace": "t"},
        NotFoundError,
        ("no such model", "in this region"),
    ),
    "a detail that is a list": (
        "nebius",
        422,
        {"detail": [{"loc": ["body", "n"], "msg": "too many", "type": "value_error"}]},
        ProviderError,
        ("too many",),
    ),
    "Inception's list of words": (
        "inception",
        400,
        {"error": {"message": ["no", "way"]}},
        ProviderError,
        ("no",),
    ),
    "LM Studio without the model": (
        "lmstudio",
        404,
        {"error": "Model 'm' not found"},
        NotFoundError,
        ("not found", "list_models('lmstudio')"),
    ),
}


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("case", CASES)
def test_an_error_has_its_class_and_says_what_to_do(case: str, stream: bool) -> None:
    name, status, body, kind, words = CASES[case]
    error = failing(name, status, body, stream=stream)
    assert isinstance(error, kind)
    assert all(word in str(error) for word in words), str(error)


@pytest.mark.parametrize("name", names())
def test_an_html_page_is_a_failure_of_the_server_and_says_so(name: str) -> None:
    error = failing(name, 502, PAGE)
    assert isinstance(error, ServerError)
    assert f"an HTML page: that is no answer of {entry_of(name).title}" in str(error)
    assert f"{name}_base_url" in str(error)


@pytest.mark.parametrize("name", names())
def test_a_wrong_key_tells_where_a_right_one_comes_from(name: str) -> None:
    error = failing(name, 401, {"error": {"message": "bad key"}})
    assert isinstance(error, AuthenticationError)
    entry = entry_of(name)
    assert entry.advice.get(401, " or ".join(entry.keys)) in str(error)


def test_minimax_tells_a_failure_with_status_200() -> None:
    body = {
        "choices": None,
        "base_resp": {"status_code": 1008, "status_msg": "no balance"},
    }
    error = failing("minimax", 200, body)
    assert isinstance(error, ProviderError)
    assert "no balance" in str(error)


@pytest.mark.parametrize(("code", "final"), [("1302", False), ("1113", True)])
def test_zais_quota_is_not_tried_again_and_its_rate_is(code: str, final: bool) -> None:
    raw = msgspec.json.encode({"error": {"code": code, "message": "no"}})
    with Service(raw, 429, {"retry-after": "0"}) as service:
        with client_of("zai", service.server.url + "/v1", max_retries=1) as client:
            with pytest.raises(RateLimitError):
                client.generate("zai:glm-5.3", "Hi")
        assert len(service.server.requests) == (1 if final else 2)


def test_a_used_up_quota_is_not_tried_again() -> None:
    told = {"error": {"message": "in arrears", "type": "exceeded_current_quota_error"}}
    with Service(msgspec.json.encode(told), 429, {"retry-after": "0"}) as service:
        with client_of("moonshot", service.server.url + "/v1", max_retries=1) as client:
            with pytest.raises(RateLimitError):
                client.generate("moonshot:kimi-k3", "Hi")
        assert len(service.server.requests) == 1


def test_a_server_that_is_loading_is_asked_again() -> None:
    told = {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}
    with Service(msgspec.json.encode(told), 503, {"retry-after": "0"}) as service:
        with client_of("llamacpp", service.server.url + "/v1", max_retries=1) as client:
            with pytest.raises(ServerError, match="Loading model"):
                client.generate("llamacpp:m", "Hi")
        assert len(service.server.requests) == 2
