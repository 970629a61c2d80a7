"""The model list, page by page."""

from __future__ import annotations

from collections.abc import Callable

import chimeric_bedrock as plugin

from chimeric import ProviderConfig

from .conftest import answer


def test_models_then_profiles_page_by_page(configure: Callable[..., ProviderConfig]) -> None:
    config = configure(region="eu-west-1")
    base = "https://bedrock.eu-west-1.amazonaws.com"
    first = plugin.chimeric_list_models(config, None)
    assert (first.method, first.url) == ("GET", f"{base}/foundation-models?byOutputModality=TEXT")
    page = plugin.chimeric_parse_models(
        answer({"modelSummaries": [{"modelId": "a.b", "modelName": "B"}, {}]}), config
    )
    assert [(m.id, m.name) for m in page.models] == [("a.b", "B")]
    second = plugin.chimeric_list_models(config, page.cursor)
    assert second.url == f"{base}/inference-profiles?maxResults=1000"
    page = plugin.chimeric_parse_models(
        answer(
            {"inferenceProfileSummaries": [{"inferenceProfileId": "us.a.b"}], "nextToken": "x/y"}
        ),
        config,
    )
    assert page.models[0].id == "us.a.b"
    assert plugin.chimeric_list_models(config, page.cursor).url.endswith("&nextToken=x%2Fy")
    last = plugin.chimeric_parse_models(answer({"inferenceProfileSummaries": []}), config)
    assert last.cursor is None
