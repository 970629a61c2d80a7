"""llmock, a test server: says its address, and ends with its standard input."""

from __future__ import annotations

import json
import sys

from llmock.testing import LLMockServer

with LLMockServer() as server:
    print(json.dumps({"url": server.url}), flush=True)
    sys.stdin.read()
