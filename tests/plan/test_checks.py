"""Checks across keys: what is sound by itself and does not go together."""

import pytest

from deployer.plan.model import Expect, ProbeFrom, ReleaseBody, ReleaseHeader, ReleaseJson, Socket
from tests.plan.machine import Machine, a_plan, problem, problems, read

URL = "http://127.0.0.1:8080/"


def health(**keys: str) -> str:
    """Write gates.health with some keys written otherwise; one written as the empty text is left out."""
    written = {"url": f"'{URL}'", "expect": "{release: none}", **keys}
    return a_plan(gates="{health: {" + ", ".join(f"{key}: {value}" for key, value in written.items() if value) + "}}")


def test_a_service_behind_a_socket_needs_a_health_gate() -> None:
    found = problem(a_plan(gates=""))
    assert found.message == "gates: a service behind a socket needs gates.health"
    assert "socket: none" in found.remedy


def test_a_health_gate_without_a_url_or_expect_is_told_what_to_write() -> None:
    url, expect = problem(health(url="")), problem(health(expect=""))
    assert url.message == "gates.health: the key url is missing"
    assert expect.message == "gates.health: the key expect is missing"
    assert "http://" in url.remedy
    assert "release" in expect.remedy


def test_the_release_is_to_be_expected_explicitly() -> None:
    found = problem(health(expect="{status: 200}"))
    assert found.message == "gates.health.expect: the key release is missing"
    assert "none" in found.remedy


@pytest.mark.parametrize(
    ("written", "release"),
    [
        ("none", None),
        ("{json: build.version}", ReleaseJson("build.version")),
        ("{header: X-Release}", ReleaseHeader("X-Release")),
        ("{body: 'release {{release}} ok'}", ReleaseBody("release {{release}} ok")),
        ("{body: r1}", ReleaseBody("r1")),
    ],
)
def test_the_release_stands_in_the_answer_where_the_plan_says(
    written: str, release: ReleaseJson | ReleaseHeader | ReleaseBody | None
) -> None:
    gate = read(health(expect=f"{{release: {written}}}")).gates.health
    assert gate
    assert gate.expect == Expect(200, release)


@pytest.mark.parametrize(("written", "count"), [("{}", "none"), ("{json: a, header: b}", "2")])
def test_the_release_stands_in_one_place(written: str, count: str) -> None:
    found = problem(health(expect=f"{{release: {written}}}"))
    assert found.message == f"gates.health.expect.release: expected one of json, header and body, got {count} of them"


@pytest.mark.parametrize("release", ["r1", ""])
def test_a_text_that_every_release_answers_proves_nothing(release: str) -> None:
    text = health(expect="{release: {body: ok}}").replace("release: r1\n", f"release: {release}\n" if release else "")
    assert problem(text).message.startswith("gates.health.expect.release.body: expected {{release}} in the text")


def test_a_word_instead_of_a_place_for_the_release_is_told() -> None:
    found = problem(health(expect="{release: json}"))
    assert found.message == "gates.health.expect.release: expected a mapping or none, got 'json'"


def test_a_host_must_be_able_to_become_healthy_in_time() -> None:
    assert (
        problem(health(stable_for="2m")).message
        == "gates.health.deadline: expected at least stable_for (120s), got 60s"
    )
    found = problem(health(interval="10s", rise="8", stable_for="0s"))
    assert found.message == "gates.health.deadline: expected at least 70s, got 60s: 8 answers take that long"


def test_times_that_cannot_be_read_are_not_compared() -> None:
    assert len(problems(health(stable_for="120"))) == 1
    assert len(problems(health(deadline="5s", interval="10"))) == 2


def test_a_unix_socket_cannot_be_asked_from_here() -> None:
    found = problem(health(url="'unix:/run/app.sock:/'", **{"from": "[host, local]"}))
    assert found.message == "gates.health.from: a unix socket can be asked from the host only"


def test_asked_from_here_a_url_must_tell_the_hosts_apart() -> None:
    found = problem(health(**{"from": "local"}))
    assert found.message == "gates.health.url: asked from here, this URL is the same for every host"
    gate = read(health(url='"http://{address}:8080/"', **{"from": "[host, local, host]"})).gates.health
    assert gate
    assert gate.sources == (ProbeFrom.HOST, ProbeFrom.LOCAL)


def test_with_one_host_asked_from_here_any_url_will_do() -> None:
    text = health(**{"from": "local"}).replace("{web-1: {}, web-2: {}, web-3: {}, web-4: {}}", "{web-1: {}}")
    gate = read(text).gates.health
    assert gate
    assert gate.sources == (ProbeFrom.LOCAL,)


def test_where_a_probe_starts_is_one_of_two_words() -> None:
    assert problem(health(**{"from": "locl"})).remedy == "did you mean 'local'?"
    assert (
        problem(health(**{"from": "{a: b}"})).message
        == "gates.health.from: expected host, local, or a list of them, got a mapping"
    )


def test_headers_are_sent_as_written() -> None:
    gate = read(health(headers="{Host: app.example.com, x-api-key: 1}")).gates.health
    assert gate
    assert gate.headers == (("Host", "app.example.com"), ("x-api-key", "1"))


def test_bake_has_no_end_before_its_beginning() -> None:
    found = problem(a_plan(waves="[{name: all, hosts: rest, bake: {min: 2m, max: 1m}}]"))
    assert found.message == "waves[0].bake.max: expected at least min (120s), got 60s"
    assert len(problems(a_plan(waves="[{name: all, hosts: rest, bake: {min: 2, max: 1m}}]"))) == 1


def test_bake_may_have_an_end_alone() -> None:
    bake = read(a_plan(waves="[{name: all, hosts: rest, bake: {max: 1m}}]")).waves[0].bake
    assert (bake.min, bake.max) == (0.0, 60.0)


@pytest.mark.parametrize("entries", ["[a, a]", "[a/, a/b]", "[a/b, a]"])
def test_shared_entries_do_not_overlap(entries: str) -> None:
    found = problem(a_plan(shared=entries))
    assert found.message.startswith("shared[1]: ")
    assert "overlaps with" in found.message


def test_shared_entries_beside_each_other_are_fine() -> None:
    assert read(a_plan(shared="[a/b, a/bc, ab/]")).shared == ("a/b", "a/bc", "ab/")


def test_units_are_those_of_this_service() -> None:
    found = problem(a_plan(units="[deploy/other.service]"))
    assert found.message == "units[0]: 'other.service' is no unit of this service"
    assert found.remedy == "its units: myapp.service, myapp.socket"


def test_a_second_socket_is_left_to_the_hosts_and_that_is_said() -> None:
    found = problem(a_plan(units="[myapp.socket, myapp.service, myapp-admin.socket]"))
    assert found.message == "units[2]: 'myapp-admin.socket' is no unit of this service"
    assert "leave it out and install it by other means" in found.remedy


def test_the_socket_unit_that_the_plan_names_is_one_of_its_units() -> None:
    plan = read(a_plan(socket="{unit: web.socket, listen: 8080}", units="[web.socket, myapp.service]"))
    assert plan.units == ("/work/web.socket", "/work/myapp.service")
    assert plan.socket
    assert plan.socket.listen == "[::]:8080"


def test_a_service_without_a_socket_has_no_socket_unit() -> None:
    text = a_plan(socket="none", gates="", units="[myapp.socket]")
    assert problem(text).remedy == "its units: myapp.service"


def test_a_proxy_may_take_the_socket_for_the_service_and_is_one_of_its_units() -> None:
    plan = read(a_plan(socket="{proxy: myapp-proxy.service}", units="[myapp-proxy.service, myapp.service]"))
    assert plan.socket == Socket("myapp.socket", proxy="myapp-proxy.service")


def test_a_service_is_not_its_own_proxy() -> None:
    found = problem(a_plan(socket="{proxy: myapp.service}"))
    assert found.message == "socket.proxy: myapp.service is the service itself"


def test_a_proxy_is_named_by_its_unit() -> None:
    found = problem(a_plan(socket="{proxy: haproxy}"))
    assert found.message == "socket.proxy: expected a service unit's name like myapp-proxy.service, got 'haproxy'"


@pytest.mark.parametrize("keys", [{"rehearse": "on"}, {"strategy": "bridge"}])
def test_a_service_behind_a_proxy_has_no_second_instance(keys: dict[str, str]) -> None:
    gate = "{health: {url: 'http://127.0.0.1:8080/', expect: {release: {json: version}}}}"
    found = problem(a_plan(socket="{proxy: myapp-proxy.service}", gates=gate, **keys))
    assert found.message.startswith("socket.proxy: a service behind a proxy has a port of its own")


def test_a_unit_stands_once() -> None:
    assert problem(a_plan(units="[a/myapp.service, b/myapp.service]")).message.startswith(
        "units[1]: 'myapp.service' stands"
    )


def test_units_are_not_compared_with_a_service_that_is_unknown() -> None:
    assert len(problems(a_plan(service="a b", units="[other.service]"))) == 1


def test_what_is_to_be_rolled_out_must_exist() -> None:
    machine = Machine(absent=["/work/dist", "/work/myapp.service"])
    found = problems(a_plan(units="[myapp.service]"), machine)
    assert [each.message for each in found] == [
        "artifact.path: there is no 'dist'",
        "units[0]: there is no 'myapp.service'",
    ]
    assert found[0].remedy == "looked for /work/dist; relative paths start at the plan's folder"


def test_a_host_in_no_wave_is_told_at_the_waves() -> None:
    found = problem(a_plan(waves="[{name: one, hosts: 1}]"))
    assert (found.place.line, found.message) == (8, "waves: in no wave: web-2, web-3, web-4")


def test_a_host_in_two_waves_is_told_at_the_second() -> None:
    found = problem(a_plan(waves="[{name: one, hosts: web-1}, {name: two, hosts: web-*}]"))
    assert found.message == "waves[1].hosts: in two waves: web-1 (also in one)"


def test_nothing_is_said_of_hosts_in_no_wave_while_a_wave_is_unreadable() -> None:
    assert len(problems(a_plan(waves="[{name: one, hosts: 1}, {name: two, hosts: 0%}]"))) == 1


def test_a_load_balancer_s_check_is_asked_beside_the_health_url_unless_it_only_connects() -> None:
    plan = read(a_plan(load_balancer="{check: 'http://{address}:8080/healthz'}"))
    assert plan.load_balancer == "http://{address}:8080/healthz"
    assert plan.gates.health is not None
    assert plan.gates.health.asked == (ProbeFrom.HOST, "load balancer")
    plan = read(a_plan(load_balancer="{check: 'tcp://{address}:8080'}"))
    assert plan.gates.health is not None
    assert plan.gates.health.asked == (ProbeFrom.HOST,)


def test_a_service_without_a_socket_has_no_load_balancer() -> None:
    found = problem(a_plan(socket="none", load_balancer="{check: 'tcp://{address}:8080'}"))
    assert found.message == "load_balancer: a service without a socket has no load balancer in front"
