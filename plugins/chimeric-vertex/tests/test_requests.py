"""What is sent for each kind of model, and where it goes."""

from __future__ import annotations

from typing import Any

import chimeric_vertex
import pytest

from chimeric import (
    Chimeric,
    ConfigurationError,
    ImagePart,
    Message,
    ModelNotSupportedError,
    ProviderConfig,
    ProviderState,
    Request,
    ToolCall,
    TranslationWarning,
)

from .conftest import Google

DECLARED = chimeric_vertex.chimeric_provider()
AT_P = "/v1/projects/p/locations/global"
BETA = "/v1beta1/projects/p/locations/global"

PATHS = {
    "gemini-2.5-flash": f"{BETA}/publishers/google/models/gemini-2.5-flash",
    "models/gemini-2.5-flash": f"{BETA}/publishers/google/models/gemini-2.5-flash",
    "publishers/google/models/gemini-2.0-flash-001": (
        f"{BETA}/publishers/google/models/gemini-2.0-flash-001"
    ),
    "1234567890": f"{BETA}/endpoints/1234567890",
    "projects/p/locations/global/endpoints/77": f"{BETA}/endpoints/77",
    "claude-sonnet-4-5@20250929": f"{AT_P}/publishers/anthropic/models/claude-sonnet-4-5@20250929",
    "claude-opus-4-6": f"{AT_P}/publishers/anthropic/models/claude-opus-4-6",
    "anthropic/claude-opus-4-6": f"{AT_P}/publishers/anthropic/models/claude-opus-4-6",
    "meta/llama-4-maverick-17b-128e-instruct-maas": f"{AT_P}/endpoints/openapi/chat/completions",
    "openai/gpt-oss-120b-maas": f"{AT_P}/endpoints/openapi/chat/completions",
    "google/gemini-2.5-flash": f"{AT_P}/endpoints/openapi/chat/completions",
    "codestral-2501": f"{AT_P}/publishers/mistralai/models/codestral-2501",
    "mistral-small-2503@001": f"{AT_P}/publishers/mistralai/models/mistral-small-2503@001",
    "gpt-5.4": f"{AT_P}/publishers/openai/v1/responses",
}
METHODS = {
    "google": (":generateContent", ":streamGenerateContent?alt=sse"),
    "anthropic": (":rawPredict", ":streamRawPredict"),
    "mistralai": (":rawPredict", ":streamRawPredict"),
}


def url_of(model: str, base_url: str = "https://aiplatform.googleapis.com", **options: Any) -> str:
    config = ProviderConfig(
        name="vertex", base_url=base_url, declaration=DECLARED, options={"project": "p", **options}
    )
    request = Request(model=model, messages=(Message("user", "Hi"),))
    return chimeric_vertex.chimeric_build_request(request, config).url


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", PATHS)
def test_each_kind_of_model_is_asked_at_its_own_path_and_read(
    google: Google, client: Chimeric, model: str, stream: bool
) -> None:
    answer: Any = client.generate(f"vertex:{model}", "Hi", stream=stream)
    response = answer.collect() if stream else answer
    assert (response.text, response.finish_reason) == ("ok", "stop")
    (request,) = google.models
    publisher = "google" if "/endpoints/" in PATHS[model] else PATHS[model].split("/")[-3]
    methods = METHODS.get(publisher, ("", ""))
    if "openapi" in PATHS[model] or publisher == "openai":
        methods = ("", "")
    assert request.path == PATHS[model] + methods[stream]
    assert request.headers["authorization"] == "Bearer ya29.given-0123456789"
    assert "anthropic-version" not in request.headers


HOSTS = {
    "global": "https://aiplatform.googleapis.com",
    "us": "https://aiplatform.us.rep.googleapis.com",
    "eu": "https://aiplatform.eu.rep.googleapis.com",
    "europe-west4": "https://europe-west4-aiplatform.googleapis.com",
}


@pytest.mark.parametrize("location", HOSTS)
@pytest.mark.parametrize("model", ["gemini-2.5-flash", "claude-opus-4-6", "meta/llama-maas"])
def test_host_and_path_are_made_of_one_location(location: str, model: str) -> None:
    url = url_of(model, location=location)
    assert url.startswith(HOSTS[location] + "/v1")
    assert f"/projects/p/locations/{location}/" in url


@pytest.mark.parametrize("location", ["evil.example/x", "us.evil", "US", "-x", "", 7, "a b"])
def test_a_location_that_would_change_the_host_is_refused(location: Any) -> None:
    if location == "":
        assert "/locations/global/" in url_of("gemini-2.5-flash", location=location)
        return
    with pytest.raises(ConfigurationError, match="not a Vertex AI location"):
        url_of("gemini-2.5-flash", location=location)


@pytest.mark.parametrize("project", ["../x", "a/../../b", "p\n"])
def test_a_project_cannot_leave_its_place_in_the_path(project: str) -> None:
    with pytest.raises(ConfigurationError):
        url_of("gemini-2.5-flash", project=project)
    assert "/projects/example.com:p/" in url_of("gemini-2.5-flash", project="example.com:p")


def test_project_and_location_come_from_the_environment_claude_has_its_own(
    monkeypatch: Any,
) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "env-p")
    monkeypatch.setenv("GOOGLE_CLOUD_LOCATION", "us-central1")
    assert "/projects/env-p/locations/us-central1/" in url_of("gemini-2.5-pro", project=None)
    assert "/projects/env-p/locations/us-central1/" in url_of("claude-opus-4-6", project=None)
    monkeypatch.setenv("ANTHROPIC_VERTEX_PROJECT_ID", "claude-p")
    monkeypatch.setenv("CLOUD_ML_REGION", "us-east5")
    assert "/projects/claude-p/locations/us-east5/" in url_of("claude-opus-4-6", project=None)
    assert "/projects/env-p/locations/us-central1/" in url_of("gemini-2.5-pro", project=None)


@pytest.mark.parametrize(
    ("base", "sent"),
    [
        ("http://h", ("http://h/v1beta1/projects", "http://h/v1/projects")),
        ("http://h/v1", ("http://h/v1/projects", "http://h/v1/projects")),
        ("http://h/v1beta1", ("http://h/v1beta1/projects", "http://h/v1beta1/projects")),
        ("http://h/gate", ("http://h/gate/v1beta1/projects", "http://h/gate/v1/projects")),
    ],
)
def test_a_base_url_gets_the_version_unless_it_ends_with_one(base: str, sent: Any) -> None:
    urls = url_of("gemini-2.5-flash", base), url_of("claude-opus-4-6", base)
    assert all(url.startswith(start) for url, start in zip(urls, sent, strict=True))


KEY = "AIza-express-0123456789"


def said(google: Google, **settings: Any) -> str:
    """The way of a request: ``express``, or its project; and how it says who is asking."""
    with Chimeric(vertex_base_url=google.url, max_retries=0, **settings) as client:
        client.generate("vertex:gemini-2.5-flash", "Hi")
    request = google.models[-1]
    parts = request.path.split("/")
    way = parts[parts.index("projects") + 1] if "projects" in parts else "express"
    return f"{way} {'key' if 'x-goog-api-key' in request.headers else 'token'}"


def test_which_credentials_win(google: Google, service_account: Any, monkeypatch: Any) -> None:
    def token() -> str:
        return "ya29.called-0123456789"

    assert said(google, vertex_api_key=KEY) == "express key"
    assert said(google, vertex_api_key=token, vertex_project="p") == "p token"
    assert said(google, vertex_api_key="ya29.said-0123456", vertex_project="p") == "p token"
    # Keys of service accounts go with a project.
    assert said(google, vertex_api_key=KEY, vertex_project="p") == "p key"
    monkeypatch.setenv("GOOGLE_API_KEY", KEY)
    assert said(google) == "express key"
    assert said(google, vertex_credentials=service_account) == "file-project token"
    assert said(google, vertex_auth_token=token, vertex_project="p") == "p token"
    with_credentials = {"vertex_credentials": service_account, "vertex_project": "p"}
    assert said(google, **with_credentials) == "p token"
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "env-p")
    assert said(google, vertex_api_key=KEY) == "express key"
    assert said(google, vertex_api_key=token) == "env-p token"
    assert said(google, vertex_credentials=service_account) == "env-p token"


def test_a_project_of_the_environment_wins_over_a_key_of_the_environment(
    google: Google, authorized_user: Any, tmp_path: Any, monkeypatch: Any
) -> None:
    import json

    path = tmp_path / "adc.json"
    path.write_text(json.dumps(authorized_user), "utf-8")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    monkeypatch.setenv("GOOGLE_API_KEY", KEY)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "env-p")
    assert said(google) == "env-p token"


def test_an_express_key_reaches_gemini_alone(google: Google) -> None:
    with Chimeric(vertex_base_url=google.url, vertex_api_key=KEY) as client:
        for model in ("1234567890", "claude-opus-4-6", "meta/llama-maas"):
            with pytest.raises(ConfigurationError, match="GOOGLE_CLOUD_PROJECT"):
                client.generate(f"vertex:{model}", "Hi")
    assert not google.models


def test_without_a_project_the_error_says_how_to_give_one(google: Google) -> None:
    with Chimeric(vertex_base_url=google.url, vertex_auth_token="ya29.x-0123456789") as client:
        with pytest.raises(ConfigurationError, match=r"GOOGLE_CLOUD_PROJECT.*vertex_project="):
            client.generate("vertex:gemini-2.5-flash", "Hi")


@pytest.mark.parametrize(
    ("model", "version"),
    [("claude-opus-4-6", "2026-10-21"), ("claude-sonnet-4-5@20250929", "vertex-2023-10-16")],
)
def test_the_body_for_claude_has_a_version_and_no_model(
    google: Google, client: Chimeric, model: str, version: str
) -> None:
    heat = {} if version.startswith("2026") else {"temperature": 0.5}
    client.generate(f"vertex:{model}", "Hi", betas=["a-1", "b-2"], **heat)
    (request,) = google.models
    body = request.json()
    assert body["anthropic_version"] == version
    assert "model" not in body
    assert request.headers["anthropic-beta"] == "a-1,b-2"


def test_claude_is_given_no_url_to_fetch(google: Google, client: Chimeric) -> None:
    picture = ImagePart(url="https://example.com/cat.png")
    with pytest.raises(ModelNotSupportedError, match="pass the bytes"):
        client.generate("vertex:claude-opus-4-6", [Message("user", (picture,))])
    client.generate("vertex:gemini-2.5-flash", [Message("user", (picture,))])
    part = google.models[0].json()["contents"][0]["parts"][0]
    assert part["fileData"]["fileUri"] == "https://example.com/cat.png"


def test_what_only_the_developer_api_has_is_left_out_and_told(
    google: Google, client: Chimeric
) -> None:
    with pytest.warns(TranslationWarning) as told:
        client.generate(
            "vertex:gemini-3.8-flash",
            "Hi",
            store=True,
            service_tier="flex",
            labels={"team": "a"},
            tools=[{"fileSearch": {"fileSearchStoreNames": ["x"]}}, {"googleSearch": {}}],
        )
    (request,) = google.models
    body = request.json()
    assert body["tools"] == [{"googleSearch": {}}]
    assert "store" not in body
    assert "serviceTier" not in body
    assert body["labels"] == {"team": "a"}
    assert request.headers["x-vertex-ai-llm-shared-request-type"] == "flex"
    sentences = " ".join(str(warning.message) for warning in told)
    assert "store: Vertex AI has no such field" in sentences
    assert "fileSearch" in sentences


@pytest.mark.parametrize(
    "model", ["claude-sonnet-4-5@20250929", "publishers/google/models/gemini-2.5-flash"]
)
def test_a_name_that_only_vertex_has_needs_no_prefix(
    google: Google, client: Chimeric, model: str
) -> None:
    client.generate(model, "Hi")
    assert len(google.models) == 1


def test_the_endpoint_of_ones_own_is_asked_without_a_name(google: Google, client: Chimeric) -> None:
    client.generate("vertex:1234567890", "Hi", api="chat_completions")
    (request,) = google.models
    assert request.path == f"{BETA}/endpoints/1234567890/chat/completions"
    assert request.json()["model"] == ""


def test_signatures_of_the_developer_api_do_not_travel() -> None:
    part = {"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "U0lH"}
    call = ToolCall("1", "f", "{}")

    def sent(api: str) -> list[Any]:
        state = ProviderState(api, [part, {"thoughtSignature": "QQ=="}])
        asked = Message("assistant", "", tool_calls=(call,), state=state)
        told = Message("tool", "1", tool_call_id="1", name="f")
        config = ProviderConfig(
            name="vertex", base_url="http://h", declaration=DECLARED, options={"project": "p"}
        )
        request = Request(model="gemini-3.8-flash", messages=(Message("user", "x"), asked, told))
        body: Any = chimeric_vertex.chimeric_build_request(request, config).body
        return list(body["contents"][1]["parts"])

    assert sent("vertex.generate_content") == [part]
    (foreign,) = sent("google.generate_content")
    assert foreign["thoughtSignature"] not in ("U0lH", "QQ==")


def test_tokens_are_counted_and_models_listed(google: Google, client: Chimeric) -> None:
    tool = {"googleSearch": {}}
    assert client.count_tokens("vertex:gemini-2.5-flash", "Hi", tools=[tool]) == 7
    assert google.models[-1].path.endswith("/publishers/google/models/gemini-2.5-flash:countTokens")
    assert google.models[-1].json()["tools"] == [tool]
    assert client.count_tokens("vertex:claude-opus-4-6", "Hi") == 8
    counted = google.models[-1]
    assert counted.path == f"{AT_P}/publishers/anthropic/models/count-tokens:rawPredict"
    assert counted.json()["model"] == "claude-opus-4-6"
    assert counted.json()["anthropic_version"] == "2026-10-21"
    with pytest.raises(ModelNotSupportedError):
        client.count_tokens("vertex:meta/llama-maas", "Hi")
    models = client.list_models("vertex")
    assert [model.id for model in models] == ["gemini-2.5-flash", "gemini-2.5-pro"]
    assert (
        google.models[-1].path == "/v1beta1/publishers/google/models?pageSize=200&pageToken=a%2Fb"
    )
    assert google.models[-1].headers["authorization"].startswith("Bearer ")
