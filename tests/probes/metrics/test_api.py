"""A Prometheus server asked: what its answers mean, what is asked again, and what is never shown."""

from collections.abc import Callable
from pathlib import Path

import pytest

from deployer.clock import SystemClock
from deployer.errors import UsageError
from deployer.plan.judging import Metrics, Prometheus, Scrape
from deployer.probes.metrics.api import Api
from deployer.probes.metrics.credentials import secrets
from deployer.probes.metrics.queries import Result
from deployer.readings import Unmeasured
from tests.probes.authority import Authority
from tests.probes.metrics.stub import Reply, refused, reply, stub, unmeasured, vector
from tests.probes.service import dripping, response, serving

VARIABLES = {"TOKEN": "s3cret-token", "LOGIN": "tom:pa55word"}


def ask(answer: Callable[[str], Reply] | Reply, query: str = "up", patience: float = 20) -> Result | Unmeasured:
    """Ask a stub one query."""
    given = answer if callable(answer) else lambda _query: answer
    with stub(given) as server:
        return Api(Prometheus(server.url), {}, SystemClock()).query("errors", query, 2, patience)


def test_a_query_is_posted_as_a_form_with_the_headers_of_the_plan() -> None:
    with stub(lambda _: vector()) as server:
        source = Prometheus(f"{server.url}/", headers=(("X-Scope-OrgID", "shop"),))
        assert Api(source, {}, SystemClock()).query("errors", 'up{a="b c&d"}', 5, 5) == Result({})
    assert server.queries == ['up{a="b c&d"}']
    line, headers = server.requests[0]
    assert line == "POST /api/v1/query"
    assert (headers["content-type"], headers["x-scope-orgid"]) == ("application/x-www-form-urlencoded", "shop")
    assert "authorization" not in headers


@pytest.mark.parametrize(
    ("source", "sent"),
    [
        (Prometheus("", bearer_env="TOKEN"), "Bearer s3cret-token"),
        (Prometheus("", basic_env="LOGIN"), "Basic dG9tOnBhNTV3b3Jk"),
    ],
)
def test_the_server_is_told_who_asks(source: Prometheus, sent: str) -> None:
    with stub(lambda _: vector()) as server:
        asked = Prometheus(server.url, source.bearer_env, source.basic_env)
        Api(asked, VARIABLES, SystemClock()).query("errors", "up", 5, 5)
    assert server.requests[0][1]["authorization"] == sent
    assert any(secret in sent for secret in secrets(Metrics(source, ()), VARIABLES))


def test_everything_secret_is_known_so_that_it_can_be_hidden() -> None:
    source = Prometheus("", basic_env="LOGIN", headers=(("X-Key", "k3y-of-ours"), ("Host", "prometheus")))
    known = {"tom:pa55word", "pa55word", "dG9tOnBhNTV3b3Jk", "k3y-of-ours"}
    assert set(secrets(Metrics(source, ()), VARIABLES)) == known
    assert secrets(Metrics(Scrape("", headers=(("X-Key", "k3y"),)), ()), VARIABLES) == ("k3y",)
    assert secrets(Metrics(Prometheus("", bearer_env="MISSING"), ()), {}) == secrets(None, VARIABLES) == ()


def test_a_variable_that_is_not_set_is_told_before_anything_is_asked() -> None:
    with pytest.raises(UsageError, match="TOKEN is not set"):
        Api(Prometheus("http://127.0.0.1:9", bearer_env="TOKEN"), {"TOKEN": " "}, SystemClock())


def test_series_come_with_their_labels_and_without_their_name() -> None:
    found = ask(vector(({"__name__": "hits", "code": "200"}, "7"), ({"code": "500"}, "1.5")))
    assert found == Result({(("code", "200"),): 7, (("code", "500"),): 1.5})


def test_a_scalar_is_a_series_without_labels() -> None:
    assert ask(reply({"data": {"resultType": "scalar", "result": [1, "3"]}})) == Result({(): 3})


def test_what_is_no_number_is_left_out() -> None:
    assert ask(vector(({}, "NaN"), ({"a": "b"}, "+Inf"), ({"a": "c"}, "2"))) == Result({(("a", "c"),): 2})


def test_infos_are_handed_on_and_warnings_are_no_measurement() -> None:
    assert ask(vector(({}, "2"), infos=["not a counter"])) == Result({(): 2}, (), ("not a counter",))
    wrong = unmeasured(ask(vector(({}, "2"), warnings=["remote read failed"])))
    assert (wrong.rule, wrong.code) == ("errors", "prometheus-warning")
    assert "remote read failed" in wrong.message


@pytest.mark.parametrize("status", [400, 422])
def test_a_refused_query_is_told_in_the_servers_own_words_and_asked_once(status: int) -> None:
    with stub(lambda _: refused(status, "parse error: unexpected <EOF>")) as server:
        wrong = unmeasured(Api(Prometheus(server.url), {}, SystemClock()).query("errors", "up[", 5, 5))
    assert (wrong.rule, wrong.code) == ("errors", "prometheus-query")
    assert "parse error: unexpected <EOF>" in wrong.message
    assert len(server.queries) == 1


@pytest.mark.parametrize("kind", ["matrix", "string"])
def test_a_query_that_gives_no_vector_is_a_fault_of_the_plan(kind: str) -> None:
    wrong = unmeasured(ask(reply({"data": {"resultType": kind, "result": []}})))
    assert (wrong.rule, wrong.code) == ("errors", "prometheus-query")
    assert kind in wrong.message


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (Reply(status=401), "prometheus-login"),
        (Reply(status=403), "prometheus-login"),
        (Reply(status=404), "prometheus-answer"),
        (Reply(status=302, headers=(("Location", "https://login.example/"),)), "prometheus-answer"),
        (Reply(b"<html>Sign in</html>"), "prometheus-answer"),
        (Reply(b'{"status": "success"}'), "prometheus-answer"),
        (reply({"data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "x"]}]}}), "prometheus-answer"),
    ],
)
def test_what_is_no_answer_to_a_query_has_a_code_and_is_not_asked_again(given: Reply, code: str) -> None:
    with stub(lambda _: given) as server:
        wrong = unmeasured(Api(Prometheus(server.url), {}, SystemClock()).query("errors", "up", 5, 5))
    assert (wrong.rule, wrong.code) == ("", code)
    assert len(server.queries) == 1


def test_a_server_that_is_busy_is_asked_again() -> None:
    replies = iter([Reply(status=503), Reply(status=502), vector(({}, "4"))])
    assert ask(lambda _: next(replies)) == Result({(): 4})


def test_a_server_that_hangs_is_asked_again() -> None:
    replies = iter([Reply(delay=30), vector(({}, "4"))])
    with stub(lambda _: next(replies)) as server:
        assert Api(Prometheus(server.url), {}, SystemClock()).query("errors", "up", 0.3, 60) == Result({(): 4})


def test_a_server_that_drips_is_hung_up_on_when_its_time_is_over() -> None:
    with dripping() as (url, hung_up):
        wrong = unmeasured(Api(Prometheus(url), {}, SystemClock()).query("errors", "up", 0.4, 0.4))
        assert hung_up.wait(60)
    assert wrong.code == "prometheus-unavailable"


def test_a_server_that_stays_busy_is_given_up_with_what_it_said() -> None:
    wrong = unmeasured(ask(refused(503, "too many queries"), patience=0.5))
    assert (wrong.rule, wrong.code) == ("", "prometheus-unavailable")
    assert "503 too many queries" in wrong.message


def test_a_server_that_is_not_there_is_unavailable() -> None:
    wrong = unmeasured(Api(Prometheus("http://127.0.0.1:9"), {}, SystemClock()).query("errors", "up", 1, 0.3))
    assert wrong.code == "prometheus-unavailable"
    assert "refused" in wrong.message


def test_who_asks_us_to_stop_does_not_wait_for_a_busy_server() -> None:
    clock = SystemClock()
    clock.stop()
    with stub(lambda _: Reply(status=503)) as server:
        wrong = unmeasured(Api(Prometheus(server.url), {}, clock).query("errors", "up", 5, 600))
    assert wrong.code == "prometheus-unavailable"
    assert len(server.queries) == 1


def test_a_certificate_nobody_trusts_has_a_code_and_one_of_the_plans_authority_is_trusted(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    well = vector(({}, "1")).body.decode()
    with serving([response("200 OK", well)], tls=authority.give("127.0.0.1").context()) as service:
        url = service.url.rpartition("/healthz")[0]
        wrong = unmeasured(Api(Prometheus(url), {}, SystemClock()).query("errors", "up", 20, 20))
        found = Api(Prometheus(url, ca_file=str(authority.path)), {}, SystemClock()).query("errors", "up", 20, 20)
    assert (wrong.rule, wrong.code) == ("", "prometheus-certificate")
    assert found == Result({(): 1})
