"""A plan as a whole: what a small one means, and how every mistake is told at once."""

from dataclasses import replace

import pytest

from deployer.errors import ExitCode, PlanError, UsageError
from deployer.plan.model import Bake, Expect, Gates, Health, Hook, HookPoint, Host, Jump, Plan, Socket, Ssh, Wave
from deployer.plan.parse import load
from tests.plan.machine import FILE, Machine, a_plan, problem, problems, read


def test_the_smallest_plan_has_every_default_of_the_model() -> None:
    hosts = tuple(Host(name, name, "", 22) for name in ("web-1", "web-2", "web-3", "web-4"))
    waves = (Wave("canary", ("web-1",), max_parallel=1), Wave("pilot", ("web-2",)), Wave("full", ("web-3", "web-4")))
    assert read(a_plan()) == Plan(
        service="myapp",
        root="/srv/myapp",
        artifact="/work/dist",
        hosts=hosts,
        waves=waves,
        gates=Gates(Health("http://127.0.0.1:8080/", Expect())),
        release="r1",
        socket=Socket("myapp.socket"),
        file=FILE,
        wave_names=("canary", "pilot", "full"),
    )


def test_without_a_release_the_id_comes_from_the_artifact_later() -> None:
    assert read(a_plan(release="")).release is None


@pytest.mark.parametrize("written", ["1e5", "012", "0x1f", "2024-06-01", "1.10", "1_000", "yes", "'7'", "7"])
def test_a_release_id_is_the_text_that_was_written(written: str) -> None:
    assert read(a_plan(release=written)).release == written.strip("'")


def test_the_release_option_replaces_the_plans_even_when_its_variable_is_not_set() -> None:
    plan = load(a_plan(release="${NOPE}"), file=FILE, variables={}, files=Machine(), release="r2")
    assert plan.release == "r2"


def test_a_release_option_that_is_no_id_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="--release: expected a release id") as caught:
        load(a_plan(), file=FILE, variables={}, files=Machine(), release="a/b")
    assert caught.value.exit_code is ExitCode.USAGE


def test_to_look_at_hosts_release_and_artifact_need_not_be_known() -> None:
    text = a_plan(release="${NOPE}", artifact='{path: "${NOPE}"}', units="[myapp.service]")
    plan = load(text, file=FILE, variables={}, files=Machine(absent=["/work/myapp.service"]), deploying=False)
    assert (plan.release, plan.artifact) == (None, "")


def test_relative_paths_start_at_the_plans_folder() -> None:
    text = a_plan(units="[units/myapp.service]", ssh="{known_hosts: ../known_hosts, key: ~/.ssh/key, config: on}")
    plan = load(text, file="deploy/plan.yml", variables={}, files=Machine())
    assert (plan.artifact, plan.units) == ("/work/deploy/dist", ("/work/deploy/units/myapp.service",))
    assert plan.ssh == Ssh(known_hosts="/work/known_hosts", key="/home/me/.ssh/key", config="/home/me/.ssh/config")


def test_hosts_inherit_from_ssh_what_they_do_not_say_themselves() -> None:
    ssh = "{user: deploy, port: 2200, jump: ['ops@bastion:2222', '[2001:db8::1]']}"
    inventory = "{a: {address: 10.0.0.1}, b: {user: root, port: 22, jump: []}}"
    a, b = read(a_plan(ssh=ssh, inventory=inventory)).hosts
    assert a == Host("a", "10.0.0.1", "deploy", 2200, (Jump("bastion", "ops", 2222), Jump("2001:db8::1")))
    assert b == Host("b", "b", "root", 22)


def test_a_hook_is_an_argv_a_mapping_or_a_list_of_those() -> None:
    after = "[[true], {on: host, run: [smoke], timeout: 30s}]"
    hooks = f"{{before_wave: [echo, 1], on_failure: {{run: [mail]}}, after_wave: {after}}}"
    assert read(a_plan(hooks=hooks)).hooks == (
        Hook(HookPoint.BEFORE_WAVE, ("echo", "1")),
        Hook(HookPoint.AFTER_WAVE, ("true",)),
        Hook(HookPoint.AFTER_WAVE, ("smoke",), on_host=True, timeout=30.0),
        Hook(HookPoint.ON_FAILURE, ("mail",)),
    )


def test_waves_carry_their_limits_and_bake() -> None:
    waves = "[{name: all, hosts: rest, max_parallel: 3, max_failures: 50%, bake: {min: 1m30s}}]"
    hosts = ("web-1", "web-2", "web-3", "web-4")
    assert read(a_plan(waves=waves)).waves == (Wave("all", hosts, 3, 2, Bake(90.0, 90.0)),)


def test_a_queue_consumer_needs_no_socket_and_no_health_gate() -> None:
    plan = read(a_plan(socket="none", gates=""))
    assert plan.socket is None
    assert plan.gates == Gates()


def test_anchors_under_free_keys_and_merge_keys_work() -> None:
    text = "x-web: &web {user: deploy, labels: {role: web}, x-note: free}\n" + a_plan(
        inventory="{a: {<<: *web, address: 10.0.0.1}, b: {<<: *web, user: root}}"
    )
    a, b = read(text).hosts
    assert (a.user, b.user, a.labels, b.labels) == ("deploy", "root", (("role", "web"),), (("role", "web"),))


def test_an_instance_of_a_template_may_bring_its_template_units() -> None:
    plan = read(a_plan(service="myapp@blue", units="[myapp@.service, myapp@.socket, myapp@blue.service]"))
    assert plan.socket == Socket("myapp@blue.socket")
    assert plan.unit == "myapp@blue.service"


def test_crlf_and_a_byte_order_mark_change_nothing() -> None:
    windows = b"\xef\xbb\xbf" + a_plan().replace("\n", "\r\n").encode()
    assert read(windows) == read(a_plan())


TWELVE_MISTAKES = """\
version: 2
servce: myapp
artifact: {path: nowhere}
root: /etc/myapp
keep: five
undo: true
socket: {unit: myapp.socket, listen: localhost:8080}
strategy: restrt
inventory:
  web-1: {address: 10.0.0.1, port: 70000}
  web-2: {address: 10.0.0.2}
waves:
  - {name: canary, hosts: web-9}
  - {name: full, hosts: rest, bake: {min: 2m, max: 1m}}
gates:
  health:
    url: ftp://127.0.0.1/
    expect: {release: none}
"""


def test_a_plan_with_twelve_mistakes_gets_twelve_findings_each_at_its_line_and_column() -> None:
    found = problems(TWELVE_MISTAKES, Machine(absent=["/work/nowhere"]))
    assert [(each.place.line, each.place.column) for each in found] == [
        (1, 10),
        (2, 1),
        (3, 18),
        (4, 7),
        (5, 7),
        (6, 1),
        (7, 38),
        (8, 11),
        (10, 36),
        (13, 27),
        (14, 52),
        (17, 10),
    ]


def test_the_report_reads_as_file_line_column_what_and_what_to_do() -> None:
    assert str(problem(a_plan(strategy="restrt"))) == (
        "plan.yml:8:11: strategy: expected restart or bridge or reload, got 'restrt'\n    did you mean 'restart'?"
    )


def test_a_plan_error_is_a_usage_error_that_says_everything() -> None:
    with pytest.raises(PlanError, match=r"plan.yml:8:7: keep: (.*\n)+plan.yml:9:8: owner: ") as caught:
        read(a_plan(keep="x", owner="y"))
    assert caught.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize("text", ["", "# nothing but a comment\n", "---\n"])
def test_an_empty_file_is_told_as_such(text: str) -> None:
    found = problems(text)
    assert "expected a mapping (key: value), got" in found[0].message
    assert len(found) == 1


def test_a_list_at_the_top_is_told_as_such() -> None:
    assert problem("- version: 1\n").message == "expected a mapping (key: value), got a list"


def test_text_at_the_top_is_told_as_such() -> None:
    assert problem("hello\n").message == "expected a mapping (key: value), got text"


@pytest.mark.parametrize("key", ["version", "service", "artifact", "root", "inventory"])
def test_a_missing_key_is_told(key: str) -> None:
    assert problem(a_plan(**{key: ""})).message == f"the key {key} is missing"


def test_a_misspelt_key_is_told_once_and_not_also_as_missing() -> None:
    found = problem(a_plan(root="", rooot="/srv/myapp"))
    assert (found.message, found.remedy) == ("unknown key 'rooot'", "did you mean 'root'?")


def test_an_unknown_key_like_no_other_lists_the_keys_there_are() -> None:
    found = problem(a_plan(artifact="{path: dist, zzz: 1}"))
    assert (found.message, found.remedy) == ("artifact: unknown key 'zzz'", "known here: path")


LATER = [
    ("undo: {after: 2m}", "undo"),
    ("on_abort: hold", "on_abort"),
]


@pytest.mark.parametrize(("line", "key"), LATER)
def test_a_key_whose_feature_has_not_landed_is_refused(line: str, key: str) -> None:
    assert problem(a_plan() + line).message == f"{key}: this key is not available in this version"


def test_a_section_of_another_shape_is_told() -> None:
    assert problem(a_plan(ssh="[deploy]")).message == "ssh: expected a mapping, got a list"
    assert problem(a_plan(shared="var")).message == "shared: expected a list, got 'var'"
    assert (
        problem(a_plan(socket="[]")).message == "socket: expected a mapping with unit and listen, or none, got a list"
    )
    assert problem(a_plan(hooks="{on_failure: []}")).message == "hooks.on_failure: expected at least one entry"
    assert problem(a_plan(hooks="{on_failure: mail}")).message.startswith(
        "hooks.on_failure: expected a list of program"
    )
    assert problem(a_plan(waves="[]")).message == "waves: expected at least one entry"


def test_a_key_without_a_value_is_told() -> None:
    assert problem(a_plan(keep="~")).message == "keep: expected a value, got nothing"


def test_a_bad_wave_does_not_hide_the_mistakes_of_the_others() -> None:
    waves = "[{name: a, max_parallel: 0}, {name: a, hosts: [web-1, web-8, web-9]}, {hosts: rest, bake: 5m}]"
    assert [each.message for each in problems(a_plan(waves=waves))] == [
        "waves[0]: the key hosts is missing",
        "waves[0].max_parallel: expected a whole number of at least 1, got '0'",
        "waves[1].name: a second wave is called 'a'",
        "waves[1].hosts[1]: no host matches 'web-8'",
        "waves[1].hosts[2]: no host matches 'web-9'",
        "waves[2]: the key name is missing",
        "waves[2].bake: expected a mapping, got '5m'",
    ]


def test_a_bad_variable_in_a_list_is_told_alone() -> None:
    found = problem(a_plan(hooks='{after_wave: {run: [echo, "${NOPE}"]}}'))
    assert found.message == "hooks.after_wave.run[1]: the variable NOPE is not set"


def test_one_broken_anchor_used_by_many_is_told_once() -> None:
    text = 'x-web: &web {user: "${NOPE}"}\n' + a_plan(inventory="{a: {<<: *web}, b: {<<: *web}}")
    assert str(problem(text).place) == "plan.yml:1:20"


def test_the_plans_own_values_are_compared_by_value() -> None:
    plan = read(a_plan())
    assert replace(plan, keep=6) != plan
    assert plan.host("web-2").address == "web-2"
    with pytest.raises(KeyError):
        plan.host("web-9")
