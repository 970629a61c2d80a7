"""Everything that the page says is particular about a service has a test that plays it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from chimeric_catalog import entry_of, names

SAID = ""
"""A note that tells the user something: where a server is, or what it is started with."""

KEY = "a_wrong_key_tells_where_a_right_one_comes_from"
ERROR = "an_error_has_its_class_and_says_what_to_do"
EFFORT = "an_effort_arrives_in_the_service_s_own_form"
REFUSED = "what_is_refused_is_left_out_and_told"
FREE = "a_call_that_cannot_be_forced_is_left_to_the_model"
STRING = "text_alone_is_a_string"
TOLD = "a_schema_is_told_where_nothing_enforces_it"
OBJECT = "any_object_is_a_schema_where_there_is_no_json_object"
PASSED = "parameters_of_its_own_arrive"
ECHO = "what_has_to_come_back_comes_back"
LIST = "a_service_without_a_model_list_says_so"
ELSEWHERE = "a_model_list_that_is_elsewhere_is_found_and_read"
ACCOUNT = "an_account_stands_in_the_base_url"
PICTURE = "a_picture_by_url_is_refused_where_nothing_is_fetched"
MIDDLE = "an_error_in_mid_stream_comes_with_status_200_and_is_an_error"
WATSONX = "a_token_goes_as_it_is_and_the_request_is_of_its_own_form"

PLAYED: dict[str, tuple[str, ...]] = {
    "perplexity": (
        "perplexitys_sources_are_citations",
        "perplexity_tells_the_usage_in_every_chunk_and_the_last_one_counts",
        "perplexity_takes_no_tools_and_says_so",
        OBJECT,
        PASSED,
    ),
    "moonshot": (
        *(KEY, EFFORT, FREE, "moonshot_gets_the_reasoning_of_a_turn_with_calls"),
        "a_used_up_quota_is_not_tried_again",
    ),
    "dashscope": (
        *(KEY, EFFORT),
        "dashscopes_later_fragments_have_empty_ids_and_no_finish_reason_at_all",
        "dashscope_gets_sound_as_a_data_uri",
    ),
    "huggingface": (
        *("huggingface_is_told_who_pays", SAID, "huggingface_is_told_who_pays"),
        *("a_recorded_answer_is_read_as_the_official_sdk_reads_it", ERROR),
    ),
    "together": (EFFORT, FREE, "eos_is_togethers_stop", "eos_is_togethers_stop"),
    "fireworks": (SAID, ERROR, EFFORT, "fireworks_gets_no_field_that_it_does_not_know"),
    "zai": (
        *(KEY, EFFORT, "zais_calls_are_asked_for_in_pieces_only_in_a_stream", TOLD),
        "zais_quota_is_not_tried_again_and_its_rate_is",
    ),
    "nvidia": (
        *(SAID, EFFORT),
        "a_stream_of_nvidia_that_ends_after_calls_without_a_reason_has_its_calls",
    ),
    "snowflake": (
        *(ACCOUNT, "snowflake_is_told_what_kind_of_token_it_is"),
        *("snowflakes_claude_never_tells_how_it_ended", ECHO, REFUSED),
    ),
    "databricks": (
        *("a_workspace_gets_the_path_of_its_endpoints",),
        *("databricks_gets_one_call_a_turn_each_with_its_result", PICTURE),
        "databricks_sends_claudes_content_as_a_list_of_parts",
    ),
    "cloudflare": (ACCOUNT, STRING, "cloudflares_choices_may_have_no_index", ELSEWHERE),
    "minimax": (KEY, ECHO, REFUSED, "minimax_tells_a_failure_with_status_200", LIST),
    "watsonx": (
        *(WATSONX, "a_key_that_is_refused_and_a_missing_project_are_told"),
        *("a_key_is_traded_for_a_token_once_for_many_callers", WATSONX),
        "usage_is_not_asked_for_where_it_comes_unasked",
    ),
    "writer": (
        *("writers_path_is_chat_alone",),
        "writers_own_tools_tell_what_they_found_beside_the_text",
    ),
    "deepinfra": (FREE, STRING, "deepinfras_gemini_counts_its_reasoning_apart", ERROR),
    "sambanova": (PICTURE, "speeds_are_in_the_native_usage"),
    "nebius": (SAID,),
    "vercel": (PASSED,),
    "baseten": (SAID, ERROR),
    "ovhcloud": (SAID, KEY),
    "stepfun": (ERROR,),
    "siliconflow": (SAID, EFFORT, TOLD),
    "novita": (ERROR, SAID),
    "featherless": (FREE, SAID),
    "inception": (ERROR,),
    "ai21": (TOLD,),
    "friendli": (
        *("friendli_gets_no_format_beside_tools",),
        "friendli_sends_the_same_thought_in_two_fields_and_it_is_taken_once",
    ),
    "crusoe": (ECHO,),
    "heroku": (STRING,),
    "github": (ELSEWHERE,),
    "meta": (FREE,),
    "volcengine": (EFFORT,),
    "litellm": ("litellms_thinking_blocks_go_back_with_their_signatures", MIDDLE, SAID),
    "vllm": (SAID, SAID, EFFORT, MIDDLE),
    "llamacpp": (
        *("llama_cpp_tells_its_timings_and_comments_while_it_is_idle",),
        *("a_server_that_is_loading_is_asked_again", SAID),
        *(SAID, SAID, SAID),  # tests/real_servers has them
    ),
    "lmstudio": (OBJECT, "lm_studios_later_fragments_have_no_id_and_an_empty_name", SAID),
    "sglang": (SAID, SAID, "sglangs_abort_is_no_success"),
    "tgi": (SAID, "tgi_sends_a_call_as_an_object_and_arguments_as_another"),
}
"""By service, for each of its notes in their order, the test that plays it."""


def found_here() -> set[str]:
    found: set[str] = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found.add(node.name.removeprefix("test_"))
    return found


@pytest.mark.parametrize("name", names())
def test_each_note_of_a_service_has_a_test(name: str) -> None:
    assert len(PLAYED.get(name, ())) == len(entry_of(name).notes)
    assert {*PLAYED.get(name, ())} <= {*found_here(), SAID}
