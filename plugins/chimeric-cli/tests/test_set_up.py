"""``models`` and ``doctor`` do not complain of what nobody has set up."""

from __future__ import annotations

import pytest

KEY = {"OPENAI_API_KEY": "sk-test-0123456789"}


def test_models_are_silent_of_what_nobody_has_set_up(run):
    done = run("models")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "sim:story" in done.stdout.splitlines()


def test_models_tell_of_a_set_up_provider_that_does_not_answer(run):
    done = run("models", more={**KEY, "OPENAI_BASE_URL": "http://127.0.0.1:9"})
    assert done.returncode == 0
    assert done.stderr.startswith("warning: openai: the connection failed")
    done = run("models", more={"COMPATIBLE_BASE_URL": "http://127.0.0.1:9"})
    assert "warning: compatible:" in done.stderr


def test_a_provider_without_a_key_is_told_as_such(run):
    done = run("models", "openai")
    assert done.returncode == 1
    assert "set OPENAI_API_KEY" in done.stderr


def test_the_doctor_finds_no_fault_with_what_nobody_has_set_up(run):
    done = run("doctor", "--online")
    assert done.returncode == 0, done.stdout
    assert "!!" not in done.stdout
    assert "no key: set OPENAI_API_KEY" in done.stdout
    assert "no base URL: set COMPATIBLE_BASE_URL" in done.stdout


def test_the_doctor_puts_many_services_of_one_distribution_into_one_line(run):
    pytest.importorskip("chimeric_catalog")
    done = run("doctor")
    (line,) = [line for line in done.stdout.splitlines() if "services are not set up" in line]
    assert "chimeric-catalog" in line
    assert "PERPLEXITY_API_KEY" not in done.stdout
    assert "PERPLEXITY_API_KEY" in run("doctor", "--all").stdout
    used = run("doctor", more={"PERPLEXITY_API_KEY": "pplx-0123456789"})
    assert "from PERPLEXITY_API_KEY" in used.stdout
