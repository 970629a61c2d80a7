"""The kinds of faults of a client's life: the section of that name of ``docs/reliability.md``."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["LIFE", "SECTION", "Kind"]


class Kind(NamedTuple):
    """What goes wrong where applications live, what holds, and the tests that show it."""

    name: str
    holds: str
    tests: tuple[str, ...]


LIFE = (
    Kind(
        "limits on every loop",
        "`connect`, `read`, `first`, `gap` and `total` end a silent call on asyncio, uvloop and "
        "trio, over httpx, httpx2 and aiohttp; a limit of any size is one",
        (
            "test_a_limit_names_itself_and_ends_the_connection",
            "test_a_limit_that_nobody_can_count_is_none",
        ),
    ),
    Kind(
        "the watchdog of blocking calls",
        "one thread for the process; it survives whatever an alarm raises, is started again when "
        "it is gone, and a fork has its own",
        (
            "test_an_alarm_that_raises_takes_no_other_with_it",
            "test_one_thread_serves_all_and_is_started_again_when_it_is_gone",
            "test_a_fork_has_a_watchdog_of_its_own",
        ),
    ),
    Kind(
        "closing while somebody reads",
        "`close()` and `aclose()` end every reader at once, from any thread or task, and while "
        "headers are awaited, drip, or 1xx answers come for ever",
        (
            "test_closing_the_client_ends_its_readers_at_once",
            "test_closing_a_stream_from_another_task_ends_its_reader",
            "test_closing_the_client_ends_a_call_that_waits_for_headers",
            "test_a_client_closes_while_other_threads_begin_calls",
        ),
    ),
    Kind(
        "clocks and floods",
        "what makes no content counts for `first` and `gap` however fast it comes; the time of the "
        "caller, of hooks and tools counts for `total` alone",
        (
            "test_a_limit_counts_what_the_table_says",
            "test_a_flood_without_content_ends_at_first",
            "test_a_flood_after_content_ends_at_gap_for_an_async_caller",
            "test_first_and_total_hold_while_headers_are_awaited",
        ),
    ),
    Kind(
        "siblings on one connection",
        "leaving one stream of an HTTP/2 connection leaves the others",
        (
            "test_leaving_one_stream_of_an_http2_connection_leaves_the_others",
            "test_leaving_one_blocking_stream_of_an_http2_connection_leaves_the_others",
        ),
    ),
    Kind(
        "forks",
        "a child leaves the streams and sockets of its parent alone",
        (
            "test_a_child_that_closes_the_client_leaves_its_parents_stream_alone",
            "test_a_child_leaves_its_parents_asynchronous_streams_alone",
        ),
    ),
    Kind(
        "bytes behind an answer",
        "a connection with surplus bytes is not used again, and no cookie goes back",
        (
            "test_bytes_behind_an_answer_are_never_the_next_answer",
            "test_a_cookie_of_one_answer_does_not_travel_with_the_next_request",
        ),
    ),
    Kind(
        "threads and loops",
        "one client serves threads and loops at once, and is closed from another thread",
        (
            "test_one_client_serves_threads_and_loops_at_once_and_closes_from_another",
            "test_runs_of_trio_leave_no_pools_behind",
        ),
    ),
    Kind(
        "tools after the end",
        "no tool begins after its call has ended, none keeps the process, and the arguments are "
        "checked whatever kind of call the server names",
        (
            "test_no_tool_begins_after_the_total_limit",
            "test_no_tool_begins_after_close_from_another_thread",
            "test_a_blocking_tool_that_never_returns_does_not_keep_an_async_program",
        ),
    ),
    Kind(
        "keys in errors",
        "no field of an error, no cause and no recording holds a key or token, in whatever form a "
        "server repeats it",
        (
            "test_a_key_is_in_no_field_of_a_providers_error",
            "test_a_key_at_the_place_where_a_body_is_cut_is_hidden_first",
            "test_a_session_token_of_a_signature_is_hidden_too",
            "test_no_part_of_credentials_is_in_the_error_of_the_provider",
        ),
    ),
    Kind(
        "keys that travel",
        "a key of the environment goes to the client's own origin alone, one of a call to the "
        "provider that it was given for; over plain http to another machine it is told",
        (
            "test_a_key_of_the_environment_does_not_follow_a_base_url",
            "test_credentials_of_a_call_stay_with_the_provider_that_they_were_given_for",
            "test_a_key_over_plain_http_to_another_machine_is_told_once",
        ),
    ),
    Kind(
        "settings of the environment",
        "proxies, TLS files, `NO_PROXY` and base URLs that cannot be used are a "
        "`ConfigurationError` that names the variable or argument",
        (
            "test_a_variable_that_cannot_be_used_is_named_and_its_password_is_not",
            "test_what_is_no_url_is_refused_at_construction",
            "test_a_service_of_this_process_is_no_proxys_business",
        ),
    ),
    Kind(
        "a caller's own httpx client",
        "hooks that read the body or raise the status, clients of the wrong kind or of an ended "
        "loop",
        (
            "test_an_answer_that_the_callers_client_has_read_is_read_on",
            "test_a_hook_that_raises_the_status_is_the_providers_error",
            "test_a_client_of_the_wrong_kind_is_refused_at_once",
        ),
    ),
    Kind(
        "deep and large",
        "structures of any depth are read or refused; the work of one event is linear",
        (
            "test_a_structured_answer_of_any_depth_is_read_or_a_typed_error",
            "test_an_event_that_is_large_only_as_objects_is_refused",
        ),
    ),
    Kind(
        "hooks that wait",
        "a hook that waits is ended where it stands when the call ends; one that stands around an "
        "attempt finishes within a second; fifty callers ask for one token",
        (
            "test_closing_ends_a_hook_where_it_asks",
            "test_a_hook_that_asks_after_its_request_finishes_although_the_call_is_left",
            "test_a_token_is_asked_for_once_for_each_tenant",
        ),
    ),
    Kind(
        "two thousand streams with faults",
        "on uvloop, over aiohttp and httpx: none ends wrongly, and no task, thread or socket is "
        "left",
        ("test_two_thousand_streams_with_faults_end_right_and_leave_nothing",),
    ),
)

_ROWS = "\n".join(
    f"| {kind.name} | {kind.holds} | {'<br>'.join(f'`{test}`' for test in kind.tests)} |"
    for kind in LIFE
)

SECTION = f"""## A client's life

Loops, threads, forks, clocks and keys: what goes wrong where applications live, and what holds.
`python3 run.py test -- -k <test>` runs a test.

| kind | what holds | tests |
|---|---|---|
{_ROWS}
"""
