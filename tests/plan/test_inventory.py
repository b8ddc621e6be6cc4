"""The inventory: in the plan, in a file of its own, or printed by a program."""

import json

import pytest

from deployer.errors import PlanError
from deployer.plan.model import Host
from deployer.plan.parse import load
from tests.plan.machine import Machine, a_plan, problem, problems, read

PROGRAM = ("./inventory.py", "--list")


def printed(document: object) -> Machine:
    text = document if isinstance(document, str) else json.dumps(document)
    return Machine(programs={PROGRAM: text.encode()})


def from_program(document: object) -> tuple[Host, ...]:
    return read(a_plan(inventory="[./inventory.py, --list]"), printed(document)).hosts


def test_a_file_holds_hosts_with_anchors_and_variables() -> None:
    hosts = b"x-web: &web {user: '${WHO:-deploy}'}\nweb-1: {<<: *web, address: 10.0.0.1}\n"
    machine = Machine(contents={"/work/hosts.yml": hosts})
    assert read(a_plan(inventory="hosts.yml"), machine).hosts == (Host("web-1", "10.0.0.1", "deploy", 22),)


def test_a_problem_in_the_file_is_told_at_its_place_in_that_file() -> None:
    machine = Machine(contents={"/home/me/hosts.yml": b"web-1:\n  port: 99999\n"})
    found = problem(a_plan(inventory="~/hosts.yml"), machine)
    assert str(found.place) == "~/hosts.yml:2:9"


def test_problems_of_the_plan_come_before_those_of_the_file() -> None:
    machine = Machine(contents={"/work/a.yml": b"web-1: {port: 99999}\n"})
    found = problems(a_plan(inventory="a.yml", keep="x"), machine)
    assert [each.place.file for each in found] == ["plan.yml", "a.yml"]


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        (b"", "hosts.yml:1:1", "inventory: expected a mapping (key: value), got nothing"),
        (b"\n- web-1\n", "hosts.yml:2:1", "inventory: expected a mapping (key: value), got a list"),
        (b"a: [", "hosts.yml:1:5", "inventory: not YAML: "),
    ],
)
def test_a_file_that_is_no_mapping_is_told(content: bytes, place: str, message: str) -> None:
    found = problem(a_plan(inventory="hosts.yml"), Machine(contents={"/work/hosts.yml": content}))
    assert str(found.place) == place
    assert found.message.startswith(message)


def test_a_file_that_cannot_be_read_is_told_at_the_key() -> None:
    found = problem(a_plan(inventory="hosts.yml"))
    assert (str(found.place), found.message) == ("plan.yml:6:12", "inventory: cannot read /work/hosts.yml")


def test_a_mistake_in_the_inventorys_file_is_told_with_a_path_from_here_not_from_the_plan() -> None:
    machine = Machine(contents={"/work/hosts.yml": b"a: {port: 0}", "/work/deploy/hosts.yml": b"a: {port: 0}"})
    for named, shown in (("hosts.yml", "deploy/hosts.yml"), ("../hosts.yml", "hosts.yml")):
        with pytest.raises(PlanError) as caught:
            load(a_plan(inventory=named), file="deploy/plan.yml", variables={}, files=machine)
        assert str(caught.value.problems[0].place) == f"{shown}:1:11"


def test_an_empty_inventory_is_told() -> None:
    assert problem(a_plan(inventory="{}")).message == "inventory: expected at least one host"


@pytest.mark.parametrize("written", ["[{name: web-1}]", "[]", '""'])
def test_an_inventory_of_another_shape_is_told(written: str) -> None:
    assert problem(a_plan(inventory=written)).message.startswith("inventory")


def test_a_host_may_not_be_named_like_a_free_key() -> None:
    found = problem(a_plan(inventory="{web-1: {}, x-web: {address: 10.0.0.1}}"))
    assert (str(found.place), found.message) == ("plan.yml:6:24", "inventory.x-web: a host cannot be called 'x-web'")


def test_free_keys_among_the_hosts_are_no_hosts() -> None:
    hosts = read(a_plan(inventory="{x-web: &web {user: deploy}, web-1: {<<: *web}, x-note: text}")).hosts
    assert [(host.name, host.user) for host in hosts] == [("web-1", "deploy")]


def test_two_names_for_one_host_are_told() -> None:
    found = problem(
        a_plan(inventory="{a: {address: 10.0.0.1}, b: {address: 10.0.0.1}, c: {address: 10.0.0.1, port: 23}}")
    )
    assert found.message == "inventory.b: the same address and port as a"


def test_a_host_that_cannot_be_read_does_not_make_selectors_fail() -> None:
    found = problem(
        a_plan(inventory="{a: {}, b: [10.0.0.1]}", waves="[{name: one, hosts: b}, {name: two, hosts: rest}]")
    )
    assert found.message == "inventory.b: expected a mapping, got a list"


@pytest.mark.parametrize("wrong", ["lables: {a: b}", "labels: [a]", "labels: {a: {b: c}}"])
def test_labels_that_cannot_be_read_hide_no_mistake_in_names(wrong: str) -> None:
    waves = "[{name: one, hosts: web-1}, {name: two, hosts: [a=b, reste]}]"
    found = problems(a_plan(inventory=f"{{web-1: {{}}, web-2: {{{wrong}}}}}", waves=waves))
    assert len(found) == 2
    assert (found[1].message, str(found[1].place)) == (
        "waves[1].hosts[1]: no host matches 'reste'", "plan.yml:8:61",
    )  # fmt: skip


def test_ansibles_dynamic_inventory_is_read() -> None:
    document = {
        "_meta": {
            "hostvars": {"web-1": {"ansible_host": "10.0.0.1", "ansible_port": 2222, "labels": {"region": "eu"}}}
        },
        "all": {"children": ["web", "ungrouped"], "vars": {"ansible_user": "root"}},
        "web": {"hosts": ["web-1", "web-2"], "vars": {"ansible_user": "deploy", "secret": "hunter2"}},
        "ungrouped": {"hosts": ["solo"]},
    }
    assert from_program(document) == (
        Host("web-1", "10.0.0.1", "deploy", 2222, labels=(("region", "eu"), ("group", "all"), ("group", "web"))),
        Host("web-2", "web-2", "deploy", 22, labels=(("group", "all"), ("group", "web"))),
        Host("solo", "solo", "root", 22, labels=(("group", "all"), ("group", "ungrouped"))),
    )


def test_groups_select_hosts_for_waves() -> None:
    text = a_plan(
        inventory="[./inventory.py, --list]",
        waves="[{name: first, hosts: group=canary}, {name: second, hosts: rest}]",
    )
    plan = read(text, printed({"web": ["a", "b", "c"], "canary": ["b"]}))
    assert [wave.hosts for wave in plan.waves] == [("b",), ("a", "c")]


def test_groups_that_contain_each_other_end() -> None:
    document = {"a": {"hosts": ["x"], "children": ["b", "nope"]}, "b": {"children": ["a"], "hosts": ["y"]}}
    assert [host.name for host in from_program(document)] == ["x", "y"]


@pytest.mark.parametrize("text", ["not json", "[" * 100_000, "\x00"])
def test_a_program_that_prints_something_else_is_told(text: str) -> None:
    found = problem(a_plan(inventory="[./inventory.py, --list]"), printed(text))
    assert found.message.startswith("inventory: expected Ansible's dynamic inventory as JSON, got b'")
    assert found.place.line == 6


def test_a_program_that_prints_a_list_is_told() -> None:
    found = problem(a_plan(inventory="[./inventory.py, --list]"), printed([]))
    assert found.message == "inventory: expected a JSON object of groups from the program"


def test_a_program_that_fails_is_told() -> None:
    assert problem(a_plan(inventory="[./nope]")).message == "inventory: cannot run ./nope in /work"


def test_a_wrong_value_from_a_program_names_the_host() -> None:
    document = {"web": ["a"], "_meta": {"hostvars": {"a": {"ansible_port": "ssh"}}}}
    found = problem(a_plan(inventory="[./inventory.py, --list]"), printed(document))
    assert found.message == "inventory.a.port: expected a whole number from 1 to 65535, got 'ssh'"
    assert found.place.line == 6
