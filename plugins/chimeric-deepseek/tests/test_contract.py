"""DeepSeek passes the provider contract."""

from __future__ import annotations

from chimeric_chat_completions.contract import ChatContract


class TestDeepSeek(ChatContract):
    provider = "deepseek"
