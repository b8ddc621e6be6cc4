"""Gates that a plan declares besides health and unit: the journal, a command; and what health may ask for besides."""

from deployer.plan.judging import CommandGate, JournalGate, Policy
from deployer.plan.model import Health
from deployer.plan.patterns import LISTENING
from tests.plan.machine import Machine, a_plan, problem, read


def gates(**written: str) -> str:
    """Write a plan whose gates are as they are written."""
    inner = ", ".join(f"{key}: {value}" for key, value in written.items())
    return a_plan(gates=f"{{health: {{url: 'http://127.0.0.1:8080/', expect: {{release: none}}}}, {inner}}}")


def health(url: str = "https://127.0.0.1/", expect: str = "{release: none}", **written: str) -> str:
    """Write a plan whose health gate has these keys."""
    inner = "".join(f", {key}: {value}" for key, value in written.items())
    return a_plan(gates=f"{{health: {{url: '{url}', expect: {expect}{inner}}}}}")


def the_health(text: str, machine: Machine | None = None) -> Health:
    """Give the health gate of a plan."""
    found = read(text, machine).gates.health
    assert found is not None
    return found


def test_a_journal_gate_without_keys_looks_for_a_failed_listen() -> None:
    assert read(gates(journal="{}")).gates.journal == JournalGate(LISTENING)
    assert read(gates(unit="{}")).gates.journal is None


def test_a_journal_gate_is_read_with_all_its_keys() -> None:
    found = read(gates(journal="{fail_on: ['a(b)?', 404], interval: 2s, on_error: hold}")).gates.journal
    assert found == JournalGate(("a(b)?", "404"), 2.0, Policy.HOLD)


def test_a_pattern_that_grep_refuses_is_told_at_its_place() -> None:
    found = problem(gates(journal="{fail_on: [a, '(b']}"))
    assert found.message == "gates.journal.fail_on[1]: a ( has no ): '(b'"
    assert "grep -E" in found.remedy


def test_a_journal_gate_without_a_pattern_is_refused() -> None:
    assert problem(gates(journal="{fail_on: []}")).message == "gates.journal.fail_on: expected at least one entry"


def test_a_command_gate_runs_on_the_host_unless_it_says_here() -> None:
    assert read(gates(command="{run: [smoke]}")).gates.command == CommandGate(("smoke",))
    found = read(gates(command="{on: local, run: [a, b c], timeout: 1m, on_error: pass}")).gates.command
    assert found == CommandGate(("a", "b c"), on_host=False, timeout=60.0, on_error=Policy.PASS)


def test_a_command_gate_without_a_command_is_told_how_to_write_one() -> None:
    found = problem(gates(command="{on: host}"))
    assert (found.message, found.remedy) == ("gates.command: the key run is missing", "add run: [program, argument]")


def test_health_may_ask_for_a_text_and_for_values_in_the_body() -> None:
    expect = health(expect="{release: {json: 'apps[0].version'}, body: all well, json: {db.up: true, 'n[0]': 7}}")
    found = the_health(expect).expect
    assert (found.body, found.json) == ("all well", (("db.up", "true"), ("n[0]", "7")))


def test_a_path_that_is_none_is_told_at_its_key() -> None:
    found = problem(health(expect="{release: none, json: {a..b: 1}}"))
    assert "expected a path into a JSON document, got 'a..b'" in found.message


def test_a_file_of_authorities_starts_at_the_plans_folder_and_must_be_there() -> None:
    assert the_health(health(ca_file="ca.pem")).ca_file == "/work/ca.pem"
    found = problem(health(ca_file="ca.pem"), Machine(absent=["/work/ca.pem"]))
    assert found.message == "gates.health.ca_file: there is no 'ca.pem'"


def test_authorities_go_with_https_of_the_health_url_or_of_the_load_balancer() -> None:
    found = problem(health("http://127.0.0.1/", ca_file="ca.pem"))
    assert found.message == "gates.health.ca_file: certificates go with an https URL, not with http://127.0.0.1/"
    checked = health("http://127.0.0.1/", ca_file="ca.pem") + "load_balancer: {check: 'https://{address}/'}\n"
    assert the_health(checked).balancer == "https://{address}/"
