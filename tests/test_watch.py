"""The watch on a host, played by a test: questions that go in, and what its answers mean."""

import threading
import time
from pathlib import Path

import pytest

from deployer.fleet.watch import Watch
from deployer.gates.flaws import Flaw
from deployer.host.journal import JournalAnswer, JournalQuestion
from deployer.transport.fake import FakeProcess

TOKEN = "t0ken123"
URL = "http://127.0.0.1/"


class Host(FakeProcess):
    """Answers every question with the same words."""

    def __init__(self, words: str) -> None:
        super().__init__(TOKEN, "locked=yes")
        self.words = words

    def send(self, line: str) -> None:
        super().send(line)
        kind, _, rest = line.partition(" ")
        if kind in {"ask", "journal"}:
            self.say(f"{'answer' if kind == 'ask' else kind} id={rest.split()[0]} {self.words}")


def _watch(host: Host) -> Watch:
    return Watch(host, TOKEN, lambda _look: None, lambda _reason: None)


@pytest.mark.parametrize(
    ("words", "flaw"),
    [
        ("exit=7 status=000", Flaw.NO_CONNECTION),
        ("exit=6 status=000", Flaw.NO_CONNECTION),
        ("exit=28 status=000", Flaw.TIMEOUT),
        ("exit=52 status=000", Flaw.CUT),
        ("exit=35 status=000", Flaw.TLS_OTHER),
        ("exit=60 status=000 verify=1", Flaw.TLS_NAME),
        ("exit=60 status=000 verify=10", Flaw.TLS_EXPIRED),
        ("exit=60 status=000 verify=20", Flaw.TLS_UNTRUSTED),
        ("exit=3 status=000", None),
        ("exit=127 status=000", None),
        ("exit=0 status=404", None),
    ],
)
def test_what_curl_could_not_do_has_a_class(words: str, flaw: Flaw | None) -> None:
    assert _watch(Host(words)).ask(URL, (), 30).miss is flaw


def test_authorities_are_sent_once_and_named_from_then_on(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("certificates")
    host = Host("exit=0 status=200")
    watch = _watch(host)
    for _ in range(2):
        assert watch.ask("https://a/", (), 30, ca_file=str(tmp_path / "ca.pem")).status == 200
    assert [line.split()[0] for line in host.sent] == ["trust", "ask", "ask"]
    assert all(line.endswith(" ca=ca0") for line in host.sent[1:])


def test_authorities_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    answer = _watch(Host("exit=0 status=200")).ask("https://a/", (), 30, ca_file=str(tmp_path / "none.pem"))
    assert "none.pem cannot be used" in answer.error


@pytest.mark.parametrize(
    ("url", "host", "asked", "to"),
    [
        ("https://127.0.0.1:8443/x?y=1", "app.example.com", "https://app.example.com:8443/x%3Fy=1", "127.0.0.1:8443"),
        ("https://[::1]/", "[2001:db8::1]:99", "https://%5B2001:db8::1%5D:443/", "%5B::1%5D:443"),
        ("http://127.0.0.1/", "app.example.com", "http://127.0.0.1/", ""),
    ],
)
def test_curl_asks_an_https_url_by_the_host_headers_name(url: str, host: str, asked: str, to: str) -> None:
    played = Host("exit=0 status=200")
    _watch(played).ask(url, (("Host", host),), 30)
    words = played.sent[0].split()
    assert words[3] == asked
    assert [word for word in words if word.startswith("to=")] == ([f"to={to}"] if to else [])


def test_nobody_waits_for_an_answer_of_a_watch_that_is_closed() -> None:
    host = FakeProcess(TOKEN, "locked=yes")
    watch = Watch(host, TOKEN, lambda _look: None, lambda _reason: None)
    answers: list[JournalAnswer] = []
    asking = threading.Thread(target=lambda: answers.append(watch.journal(JournalQuestion("i1", ("a",)))), daemon=True)
    asking.start()
    while not host.sent:
        time.sleep(0.01)
    host.say("end=ok")
    watch.close()
    asking.join(20)  # the answer itself is waited for longer than that
    assert [answer.error != "" for answer in answers] == [True]
    assert watch.journal(JournalQuestion("i1", ("a",))).error != ""


def test_a_reading_of_the_journal_is_answered() -> None:
    host = Host("found=0 error=grep:%20no cursor=s=1;i=2")
    watch = _watch(host)
    answer = watch.journal(JournalQuestion("i1", ("a b", "100%"), 1.5, "p.service"))
    assert answer == JournalAnswer("1", error="grep: no", cursor="s=1;i=2")
    watch.journal(JournalQuestion("i1", ("a",), cursor=answer.cursor))
    assert host.sent == ["journal 1 i1 1.500 p.service - a%20b%0A100%25", "journal 2 i1 0 - s=1;i=2 a"]
