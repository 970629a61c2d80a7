"""What codes of this protocol's servers mean that neither figures nor plain words tell."""

from __future__ import annotations

__all__ = ["BASE_RESP", "FINAL", "STATUS_OF"]

STATUS_OF = {
    "not_supported_error": 501,  # llama.cpp
    "tool_use_failed": 400,  # Groq: the model's call fits no tool
    "json_validate_failed": 400,  # Groq: the model's answer is no JSON
    # Z.ai (https://docs.z.ai/api-reference/api-code); its HTTP status for the last two rows is 429
    **dict.fromkeys(("1000", "1001", "1002", "1003", "1004"), 401),
    **dict.fromkeys(("1210", "1211", "1212", "1213", "1214", "1261", "1301"), 400),
    **dict.fromkeys(("1220", "1221", "1222"), 403),
    **dict.fromkeys(("1302", "1303", "1304", "1305"), 429),
    **dict.fromkeys(("1113", "1308", "1309", "1310", "1311"), 429),
    **dict.fromkeys(map(str, range(1313, 1322)), 429),
}
"""HTTP status by code, or by type where no code tells it. All other words are the core's."""

BASE_RESP = {
    "1000": 500,
    "1001": 504,
    "1002": 429,
    "1004": 401,
    "1008": 402,
    "1013": 500,
    "1024": 500,
    "1026": 400,
    "1027": 400,
    "1033": 500,
    "1039": 429,
    "1041": 429,
    "1042": 400,
    "2013": 400,
    "2045": 429,
    "2049": 401,
    "2056": 429,
}
"""HTTP status by MiniMax' ``base_resp.status_code``
(https://platform.minimax.io/docs/api-reference/errorcode)."""

FINAL = frozenset(
    {
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_not_active",
        "exceeded_current_quota_error",  # Moonshot
        "insufficient_balance",
        # Z.ai: a used-up plan or balance (the codes for it in STATUS_OF)
        *("1113", "1304", "1308", "1309", "1310", "1311"),
        *map(str, range(1313, 1322)),
    }
)
"""Codes and types of an error that no retry helps against, though its status is that of a limit."""
