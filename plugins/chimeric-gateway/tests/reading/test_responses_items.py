"""Items of Responses as messages: what was said, called, thought and made before."""

from __future__ import annotations

from chimeric_gateway.answering.same_protocol import arguments_of
from chimeric_gateway.reading.responses.thoughts import labelled, packed

from chimeric import Message, ProviderState

from .responses import CALL, OUTPUT, PATCH, messages, read


def test_a_text_is_a_message_of_the_user() -> None:
    assert messages("Hi", instructions="Be kind.") == [
        Message("system", "Be kind."),
        Message("user", "Hi"),
    ]


def test_messages_have_a_type_or_none_and_keep_their_order() -> None:
    told = messages(
        [
            {"role": "developer", "content": "Short."},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
            {
                "type": "message",
                "id": "msg_1",
                "status": "completed",
                "role": "assistant",
                "content": [
                    {"type": "output_text", "text": "Hello", "annotations": [{"x": 1}]},
                    {"type": "refusal", "refusal": "No."},
                ],
            },
            {"role": "system", "content": "Now in French."},
        ]
    )
    assert [(m.role, m.text, m.refusal) for m in told] == [
        ("developer", "Short.", None),
        ("user", "Hi", None),
        ("assistant", "Hello", "No."),
        ("system", "Now in French.", None),
    ]


def test_items_of_one_turn_are_one_message_with_its_results_behind_it() -> None:
    second = {**CALL, "call_id": "call_2"}
    told = messages(
        [
            {"role": "user", "content": "Add"},
            {
                "type": "reasoning",
                "id": "rs_1",
                "summary": [{"type": "summary_text", "text": "Hm"}],
            },
            {"role": "assistant", "content": "I add."},
            CALL,
            second,
            OUTPUT,
            {"role": "user", "content": "Well?"},
            {**OUTPUT, "call_id": "call_2", "output": [{"type": "input_text", "text": "3"}]},
        ]
    )
    assert [m.role for m in told] == ["user", "assistant", "tool", "tool", "user"]
    assert (told[1].text, told[1].reasoning) == ("I add.", "Hm")
    assert [(c.id, c.name, c.arguments) for c in told[1].tool_calls] == [
        ("call_1", "add", '{"x":1}'),
        ("call_2", "add", '{"x":1}'),
    ]
    assert [(m.tool_call_id, m.name, m.text) for m in told[2:4]] == [
        ("call_1", "add", "2"),
        ("call_2", "add", "3"),
    ]


def test_pictures_and_files_are_read() -> None:
    (told,) = messages(
        [
            {
                "role": "user",
                "content": [
                    {"type": "input_image", "image_url": "https://example.com/a.png"},
                    {
                        "type": "input_file",
                        "filename": "a.pdf",
                        "file_data": "data:application/pdf;base64,AA==",
                    },
                ],
            }
        ]
    )
    picture, file = told.parts
    assert picture.url == "https://example.com/a.png"  # type: ignore[union-attr]
    assert (file.data, file.filename) == ("AA==", "a.pdf")  # type: ignore[union-attr]


def test_a_tool_of_free_text_becomes_a_function_that_names_its_grammar() -> None:
    call = {"type": "custom_tool_call", "call_id": "call_1", "name": "patch", "input": "a\nb"}
    output = {**OUTPUT, "type": "custom_tool_call_output"}
    asked = read([{"role": "user", "content": "Hi"}, call, output], tools=[PATCH])
    (tool,) = asked.arguments["tools"]
    assert tool["type"] == "function"
    assert "start: WORD" in tool["description"]
    assert list(tool["parameters"]["properties"]) == ["input"]
    assert asked.arguments["messages"][1].tool_calls[0].arguments == '{"input":"a\\nb"}'


def test_what_a_provider_encrypted_goes_to_that_provider_alone() -> None:
    def kept(content: str, upstream: str, provider: str) -> list[ProviderState | None]:
        thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": content}
        asked = read([{"role": "user", "content": "Hi"}, thought, CALL, OUTPUT])
        told = arguments_of(asked, upstream, provider)["messages"]
        return [m.state for m in told if m.role == "assistant"]

    (state,) = kept("gAAAA", "responses", "openai")
    assert state is not None
    assert [item["type"] for item in state.items] == ["reasoning", "function_call"]
    assert kept("gAAAA", "responses", "grok") == [None]
    assert kept("gAAAA", "messages", "anthropic") == [None]
    (state,) = kept(labelled("xai.responses", "c2Vj"), "responses", "grok")
    assert state is not None
    assert (state.api, state.items[0]["encrypted_content"]) == ("xai.responses", "c2Vj")
    assert kept(labelled("xai.responses", "c2Vj"), "responses", "openai") == [None]


def test_a_turn_that_was_packed_comes_back_as_it_was() -> None:
    state = ProviderState("anthropic.messages", [{"type": "thinking", "signature": "s"}])
    text = packed(state)
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": text}
    told = messages([{"role": "user", "content": "Hi"}, CALL, thought, OUTPUT])
    assert told[1].state == state
    assert packed(ProviderState("openai.responses", [{"type": "message"}])) is None


def test_items_of_an_upstream_of_responses_pass_whole() -> None:
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    said = {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "phase": "commentary",
        "content": [{"type": "output_text", "text": "Hm."}],
    }
    shell = {"type": "shell_call_output", "call_id": "call_9", "output": []}
    asked = read(
        [{"role": "user", "content": "Hi"}, search, said, shell],
        text={"verbosity": "low"},
        tools=[PATCH, {"type": "web_search"}],
        tool_choice={"type": "web_search"},
        service_tier="flex",
    )
    told = arguments_of(asked, "responses", "openai")
    assert told["messages"][1].state == ProviderState("openai.responses", [search, said])
    assert told["messages"][2].parts[0].value == shell
    assert told["tools"] == [PATCH, {"type": "web_search"}]
    assert told["text"] == {"verbosity": "low"}
    assert told["extra_body"] == {"service_tier": "flex", "tool_choice": {"type": "web_search"}}
