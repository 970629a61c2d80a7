"""What the protocols are written with: event-stream frames, signatures of AWS, requests."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib

import pytest
from chimeric_dialects import Converse, Problem, Request, Service
from chimeric_dialects.converse.eventstream import frame
from chimeric_dialects.openai import strict_complaint


def test_a_frame_has_its_lengths_and_checksums():
    made = frame({":message-type": "event", ":event-type": "messageStop"}, b'{"a": 1}')
    total, head = struct.unpack(">II", made[:8])
    assert total == len(made)
    assert struct.unpack(">I", made[8:12]) == (zlib.crc32(made[:8]),)
    assert struct.unpack(">I", made[-4:]) == (zlib.crc32(made[:-4]),)
    assert made[12 + head : -4] == b'{"a": 1}'


def test_a_request_takes_its_path_and_query_from_the_target():
    request = Request("GET", "/v1/models/a%2Fb?limit=2&after=x%20y&empty=")
    assert request.path == "/v1/models/a/b"
    assert request.query == {"limit": "2", "after": "x y", "empty": ""}
    assert request.bearer is None


def test_a_bearer_key_is_found_in_any_case():
    assert Request("GET", "/", {"authorization": "bearer  k "}).bearer == "k"
    assert Request("GET", "/", {"authorization": "Basic k"}).bearer is None


def test_a_wrong_aws_signature_is_refused_where_the_secret_is_known():
    class Account(Service):
        """Knows one secret."""

        def secret_of(self, key_id: str | None) -> str | None:
            return "secret" if key_id == "AKID" else None

    signature = (
        "AWS4-HMAC-SHA256 Credential=AKID/20261122/us-east-1/bedrock/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    )
    headers = {"authorization": signature, "x-amz-date": "20261122T120000Z", "host": "h"}
    request = Request("POST", "/model/any/converse", headers, b"{}")
    Converse().authenticate(request, Service())
    with pytest.raises(Problem, match="does not match the signature"):
        Converse().authenticate(request, Account())


def test_a_strict_schema_lists_every_property_as_required():
    assert (
        strict_complaint({"type": "object", "properties": {}, "additionalProperties": False})
        is None
    )
    open_schema = {"type": "object", "properties": {"x": {}}}
    assert "additionalProperties" in str(strict_complaint(open_schema))
    assert "'x'" in str(strict_complaint({**open_schema, "additionalProperties": False}))


def test_the_library_loads_no_server_and_nothing_of_chimeric():
    code = (
        "import sys, chimeric_dialects; "
        "names = {name.partition('.')[0] for name in sys.modules}; "
        "print(sorted(names & {'asyncio', 'httpx', 'http', 'socket', 'chimeric', 'chimeric_sim'}))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
