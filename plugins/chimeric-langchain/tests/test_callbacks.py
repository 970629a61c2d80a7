"""What LangChain's callbacks are told."""

from __future__ import annotations

from typing import Any

import pytest
from chimeric_langchain import ChatChimeric
from langchain_core.callbacks import BaseCallbackHandler

from chimeric import Chimeric


class Told(BaseCallbackHandler):
    """Notes what LangChain tells of a run."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.errors: list[BaseException] = []
        self.usage: Any = None

    def on_llm_new_token(self, token: Any, **_: Any) -> None:
        self.tokens.append(str(token))

    def on_llm_error(self, error: BaseException, **_: Any) -> None:
        self.errors.append(error)

    def on_llm_end(self, response: Any, **_: Any) -> None:
        self.usage = response.generations[0][0].message.usage_metadata


def test_callbacks_are_told_of_tokens_usage_and_errors(client: Chimeric) -> None:
    model = ChatChimeric(model="openai:echo", client=client)
    told = Told()
    list(model.stream("one two", config={"callbacks": [told]}))
    assert "".join(told.tokens) == "one two"
    assert told.usage["output_tokens"] == 2
    broken = {"extra_body": {"sim": {"cut_after": 2}}}
    with pytest.raises(Exception, match=r"."):
        list(model.stream("one two three four", config={"callbacks": [told]}, **broken))
    assert len(told.errors) == 1
