"""The doctor tells what is wrong with proxies and certificates: under each of them calls fail."""

from __future__ import annotations

import sys

import certifi
import pytest

ONLY_SIM = {"CHIMERIC_PLUGINS": "sim"}


@pytest.mark.parametrize(
    "name", ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"]
)
@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("socks://127.0.0.1:7890/", "write socks5://"),
        ("socks4://127.0.0.1:7890", "write socks5://"),
        ("ftp://127.0.0.1:21", "ftp:// is no kind of proxy"),
        ('"http://proxy:3128"', "is no kind of proxy"),
        ("http://proxy:abc", "no address of a proxy"),
        ("http://proxy:70000", "no port 70000"),
        ("http://", "names no host"),
    ],
)
def test_a_proxy_that_no_call_could_use_is_a_problem(run, name, value, told):
    done = run("doctor", more={**ONLY_SIM, name: value})
    assert done.returncode == 1, done.stdout
    assert told in done.stdout
    assert name in done.stdout
    assert "1 problem found" in done.stdout


@pytest.mark.parametrize(
    "value", ["http://proxy:3128", "proxy:3128", "https://proxy", "http://me:secret@proxy:1"]
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "all_proxy"])
def test_a_proxy_that_can_be_used_is_shown_without_its_password(run, name, value):
    done = run("doctor", more={**ONLY_SIM, name: value})
    assert done.returncode == 0, done.stdout
    assert name in done.stdout
    assert "secret" not in done.stdout


@pytest.mark.parametrize("value", ["http://me:sec@ret:x@proxy:abc", "socks://me:sec@ret@proxy:1"])
def test_no_password_is_shown_with_a_problem(run, value):
    done = run("doctor", more={**ONLY_SIM, "HTTPS_PROXY": value})
    assert done.returncode == 1
    assert "sec" not in done.stdout.replace("seconds", "")
    assert "ret" not in done.stdout


def test_small_letters_hide_capitals_and_the_doctor_says_so(run):
    more = {**ONLY_SIM, "https_proxy": "http://one:1", "HTTPS_PROXY": "http://two:2"}
    done = run("doctor", more=more)
    assert "http://one:1 (HTTPS_PROXY, which says something else, is not used)" in done.stdout
    assert "http://two" not in done.stdout
    done = run("doctor", more={**ONLY_SIM, "https_proxy": "", "HTTPS_PROXY": "http://two:2"})
    assert "empty: HTTPS_PROXY is not used" in done.stdout


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("localhost,[::1]", "without brackets"),
        ("fd07:b51a:cc66:f0::/64", "a network is not known"),
        ("example.com:abc", "cannot be read"),
    ],
)
def test_an_exception_that_cannot_be_read_is_a_problem(run, name, value, told):
    done = run("doctor", more={**ONLY_SIM, name: value})
    assert done.returncode == 1, done.stdout
    assert told in done.stdout


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("10.0.0.0/8", "networks are not known"),
        ("*.example.com", "write .example.com"),
        ("a.example b.example", "parted by commas"),
    ],
)
def test_an_exception_without_effect_is_told_where_there_is_a_proxy(run, value, told):
    with_proxy = {**ONLY_SIM, "NO_PROXY": value, "HTTPS_PROXY": "http://proxy:1"}
    done = run("doctor", more=with_proxy)
    assert done.returncode in (0, 1)
    assert told in done.stdout or "cannot be read" in done.stdout
    plain = run(
        "doctor", more={**ONLY_SIM, "NO_PROXY": "localhost,127.0.0.1,::1,.corp,example.com:80,*"}
    )
    assert plain.returncode == 0, plain.stdout


def test_certificates_that_cannot_be_read_are_a_problem(run, tmp_path):
    (tmp_path / "none.pem").write_text("no certificate\n")
    (tmp_path / "folder").mkdir()
    for name, value, told in (
        ("SSL_CERT_FILE", "/nonexistent/ca.pem", "no such file"),
        ("SSL_CERT_FILE", str(tmp_path / "none.pem"), "holds no certificates"),
        ("SSL_CERT_FILE", str(tmp_path / "folder"), "is a directory"),
        ("SSL_CERT_DIR", "/nonexistent", "no such file"),
        ("SSL_CERT_DIR", str(tmp_path / "folder"), "openssl rehash"),
        ("SSLKEYLOGFILE", "/nonexistent/keys.log", "cannot be written"),
    ):
        done = run("doctor", more={**ONLY_SIM, name: value})
        if sys.platform != "win32" or told != "is a directory":
            assert told in done.stdout, done.stdout
        assert name in done.stdout
        assert done.returncode == 1


def test_certificates_that_can_be_read_are_shown(run, tmp_path):
    more = {**ONLY_SIM, "SSL_CERT_FILE": certifi.where(), "SSLKEYLOGFILE": str(tmp_path / "k.log")}
    done = run("doctor", more=more)
    assert done.returncode == 0, done.stdout
    assert "SSL_CERT_FILE" in done.stdout
    assert "0 problems found" in done.stdout
