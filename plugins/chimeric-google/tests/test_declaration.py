"""The declaration, the model list and the light import."""

from __future__ import annotations

import json
import subprocess
import sys

import chimeric_google
from chimeric_google.native import GenerateContentResponse, decode

from chimeric import HTTPResponse, ProviderConfig

DECLARED = chimeric_google.chimeric_provider()
CONFIG = ProviderConfig(name="google", base_url=DECLARED.base_url, declaration=DECLARED)


def test_the_key_goes_into_googles_own_header():
    assert (DECLARED.auth_header, DECLARED.auth_scheme) == ("x-goog-api-key", "")
    assert DECLARED.key_env == ("GOOGLE_API_KEY", "GEMINI_API_KEY")


def test_the_declaration_imports_no_wire_code():
    code = "import sys, chimeric_google as g; g.chimeric_provider(); g.chimeric_framings()\n"
    code += "print([m for m in sys.modules if m.startswith('chimeric_google.')])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # The names of parameters are a declaration's.
    names = ["chimeric_google.interactions", "chimeric_google.interactions.names"]
    assert ran.stdout.strip() == str(names)


def test_models_are_listed_page_by_page_without_those_that_generate_nothing():
    first = chimeric_google.chimeric_list_models(CONFIG, None)
    assert first.method == "GET"
    assert first.url.endswith("/v1beta/models?pageSize=1000")
    assert chimeric_google.chimeric_list_models(CONFIG, "a&b").url.endswith("&pageToken=a%26b")
    body = {
        "models": [
            {
                "name": "models/gemini-3.8-flash",
                "displayName": "Flash",
                "inputTokenLimit": 1000,
                "outputTokenLimit": 10,
                "supportedGenerationMethods": ["generateContent"],
            },
            {"name": "models/embedding", "supportedGenerationMethods": ["embedContent"]},
        ],
        "nextPageToken": "next",
    }
    answer = HTTPResponse(status=200, headers={}, body=json.dumps(body).encode())
    page = chimeric_google.chimeric_parse_models(answer, CONFIG)
    assert page.cursor == "next"
    assert [(m.id, m.name, m.context_window) for m in page.models] == [
        ("gemini-3.8-flash", "Flash", 1000)
    ]


def test_native_frames_have_the_names_of_the_wire_in_snake_case():
    frame = decode(
        b'{"candidates":[{"content":{"parts":[{"text":"x","thoughtSignature":"s"}]},'
        b'"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1},"new":null}'
    )
    assert isinstance(frame, GenerateContentResponse)
    assert frame.candidates[0].content.parts[0].thought_signature == "s"
    assert frame.usage_metadata.prompt_token_count == 1
