"""Ollama passes the provider contract."""

from __future__ import annotations

from chimeric_testing import ProviderContract, Recorded, RecordedError

from chimeric import NotFoundError, ServerError, Usage


def line(message: str, more: str = '"done":false') -> bytes:
    return (
        '{"model":"contract-model-2","created_at":"2026-10-26T17:21:21.196249Z",'
        f'"message":{{"role":"assistant",{message}}},{more}}}\n'
    ).encode()


def end(reason: str = "stop") -> str:
    return (
        f'"done":true,"done_reason":"{reason}","total_duration":48,"load_duration":13,'
        '"prompt_eval_count":9,"prompt_eval_duration":34,"eval_count":6,"eval_duration":45'
    )


CALL = '"content":"","tool_calls":[{"function":{"name":"weather","arguments":{"city":"Oslo"}}}]'
COUNTED = Usage.of(9, 6, 15)


class TestOllama(ProviderContract):
    provider = "ollama"
    streams = {
        "text": Recorded(
            body=line('"content":"","thinking":"Think."')
            + line('"content":"Once \u2028upon"')
            + line('"content":" a t\u00efme \U0001f600"')
            + line('"content":""', end()),
            text="Once \u2028upon a t\u00efme \U0001f600",
            reasoning="Think.",
            finish_reason_native="stop",
            usage=COUNTED,
            model="contract-model-2",
        ),
        "tools": Recorded(
            body=line(CALL) + line(CALL.replace("Oslo", "Rome")) + line('"content":""', end()),
            tool_calls=(
                (None, "weather", '{"city":"Oslo"}'),
                (None, "weather", '{"city":"Rome"}'),
            ),
            finish_reason="tool_calls",
        ),
        "length": Recorded(
            body=line('"content":"Once"') + line('"content":""', end("length")),
            text="Once",
            finish_reason="length",
        ),
    }
    answers = {
        "text": Recorded(
            body=line('"content":"Once"', end()).rstrip(),
            text="Once",
            usage=COUNTED,
            model="contract-model-2",
        ),
        "a tool": Recorded(
            body=line(CALL, end()).rstrip(),
            tool_calls=((None, "weather", '{"city":"Oslo"}'),),
            finish_reason="tool_calls",
        ),
    }
    stream_errors = {
        "in the middle": RecordedError(
            body=line('"content":"Once"')
            + b'{"error":"an error was encountered while running the model"}\n',
            message="an error was encountered while running the model",
            error=ServerError,
            text="Once",
        )
    }
    errors = {
        "404": RecordedError(
            status=404,
            body=b'{"error":"model \'x\' not found"}',
            message="model 'x' not found",
            error=NotFoundError,
        )
    }
    models = (
        b'{"models":[{"name":"model-a:latest","model":"model-a:latest","size":1,"digest":"x",'
        b'"modified_at":"2026-10-26T17:21:21Z","details":{"family":"x"}}]}',
        ("model-a:latest",),
    )
    noise = (line('"content":null,"thinking":null,"tool_calls":null'),)
    exempt = {
        "test_pictures_are_sent_where_they_stand": "pictures stand beside the text of a message"
    }
