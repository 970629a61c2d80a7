"""The page at ``/`` and the log: what was asked, and nothing of what it said."""

from __future__ import annotations

import re
import subprocess
import sys

import httpx
import pytest
from chimeric_sim import Simulator

CHAT = {"model": "story", "messages": [{"role": "user", "content": "a-secret-prompt"}]}
KEY = {"authorization": "Bearer a-secret-key"}


@pytest.fixture
def browser():
    with Simulator() as simulator, httpx.Client(base_url=simulator.url, trust_env=False) as client:
        client.headers["accept"] = "text/html,application/xhtml+xml,*/*;q=0.8"
        yield client


def test_the_page_says_how_to_reach_the_simulator(browser):
    reply = browser.get("/")
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/html")
    assert f"OPENAI_BASE_URL={browser.base_url}".rstrip("/") + "/v1" in reply.text
    assert "default-src 'none'" in reply.text
    assert "https://" not in reply.text, "nothing is loaded from anywhere"
    assert not re.search(r"\$\w", reply.text)


def test_the_page_lists_requests_without_keys_and_contents(browser):
    browser.post("/v1/chat/completions", json=CHAT, headers=KEY)
    browser.post("/v1/chat/completions", json={**CHAT, "model": "nope"}, headers=KEY)
    text = browser.get("/").text
    rows = re.findall(r"<tr><td>.*", text)
    assert len(rows) == 2
    assert "nope" in rows[0]
    assert ">404<" in rows[0]
    assert "POST /v1/chat/completions" in rows[1]
    assert ">story<" in rows[1]
    assert ">200<" in rows[1]
    assert "a-secret" not in text


def test_the_page_takes_nothing_of_a_request_for_markup(browser):
    browser.get("/<img src=x onerror=alert(1)>")
    browser.post("/v1/chat/completions", json={**CHAT, "model": "<script>x</script>"})
    text = browser.get("/").text
    assert "<img" not in text
    assert "<script>x" not in text


def test_looking_at_the_page_is_no_request(browser):
    browser.get("/")
    assert '<span id="count">0</span>' in browser.get("/").text


def test_a_program_that_asks_for_json_gets_its_protocols_error(browser):
    reply = browser.get("/", headers={"accept": "application/json"})
    assert reply.status_code == 404
    assert reply.json()["error"]


@pytest.fixture
def served():
    """A simulator as a process, and what it wrote when it has ended."""
    running: list[subprocess.Popen[str]] = []

    def served(*arguments: str) -> tuple[str, subprocess.Popen[str]]:
        command = [sys.executable, "-m", "chimeric_sim", "--port", "0", *arguments]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        running.append(process)
        return process.stdout.readline().split()[2], process

    yield served
    for process in running:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("arguments", "lines"), [((), 1), (("--quiet",), 0)])
def test_each_request_is_a_line_of_the_log(served, arguments, lines):
    url, process = served(*arguments)
    httpx.post(f"{url}/v1/chat/completions", json=CHAT, headers=KEY, trust_env=False)
    process.terminate()
    log, errors = process.communicate(timeout=30)
    assert errors == ""
    told = log.splitlines()
    assert len(told) == lines
    for line in told:
        assert re.fullmatch(
            r"\d\d:\d\d:\d\d POST /v1/chat/completions story \d+ bytes -> 200", line
        )
    assert "a-secret" not in log


def test_a_reader_that_sleeps_holds_nobody_up(served):
    url, _ = served()  # and nothing more is read of it
    path = f"{url}/v1/" + "x" * 2000
    with httpx.Client(trust_env=False) as client:
        for _ in range(100):  # more than a pipe takes
            assert client.get(path).status_code == 404
