"""The way to a host, from the plan and from an ssh_config."""

from pathlib import Path

import pytest

from deployer.plan.model import Host, Jump
from deployer.transport.base import TransportError, TransportFailure
from deployer.transport.route import Endpoint
from deployer.transport.ssh_config import Routes


def _routes(tmp_path: Path, text: str, **included: str) -> Routes:
    for name, lines in included.items():
        (tmp_path / name).write_text(lines)
    (tmp_path / "config").write_text(text)
    return Routes.read(str(tmp_path / "config"))


def _refused(tmp_path: Path, text: str, address: str = "web") -> TransportError:
    with pytest.raises(TransportError) as caught:
        _routes(tmp_path, text).endpoint(_host(address))
    assert caught.value.failure is TransportFailure.CONFIGURATION
    return caught.value


def _host(address: str = "web", user: str = "", port: int = 22, *jump: Jump) -> Host:
    return Host("web-1", address, user, port, jump)


def test_without_an_ssh_config_the_plan_is_all_there_is() -> None:
    host = _host("10.0.0.1", "deploy", 2222, Jump("gate", "me", 22), Jump("10.9.9.9"))
    inner = Endpoint("10.9.9.9", "deploy", via=Endpoint("gate", "me"))
    assert Routes.read(None).endpoint(host) == Endpoint("10.0.0.1", "deploy", 2222, via=inner)


def test_a_bastion_at_the_same_address_as_the_host_is_gone_through() -> None:
    host = _host("10.0.0.1", "deploy", 2222, Jump("10.0.0.1", "", 22))
    assert Routes.read(None).endpoint(host).via == Endpoint("10.0.0.1", "deploy", 22)


def test_an_ssh_config_gives_name_user_port_key_and_alias(tmp_path: Path) -> None:
    routes = _routes(
        tmp_path,
        "Host web\n HostName 10.0.0.1\n User app\n Port 2200\n HostKeyAlias w\n"
        " IdentityFile /k/%r\n IdentityFile none\n",
    )
    assert routes.endpoint(_host()) == Endpoint("10.0.0.1", "app", 2200, "w", ("/k/app",))
    assert routes.endpoint(_host()).name == "w"


def test_the_plan_wins_over_the_ssh_config(tmp_path: Path) -> None:
    routes = _routes(tmp_path, "Host web\n User app\n Port 2200\n ProxyJump gate\n")
    assert routes.endpoint(_host("web", "root", 2022, Jump("other"))) == Endpoint(
        "web", "root", 2022, via=Endpoint("other", "root")
    )


def test_the_first_value_wins_and_other_hosts_do_not_count(tmp_path: Path) -> None:
    routes = _routes(tmp_path, "Host db\n User postgres\nHost web*\n User app\nHost *\n User nobody\n Port 2200\n")
    assert routes.endpoint(_host("web-9")) == Endpoint("web-9", "app", 2200)


@pytest.mark.parametrize(
    ("jump", "hops"),
    [
        ("gate", ("gate",)),
        ("me@gate:2200", ("gate",)),
        ("ssh://me@gate:2200", ("gate",)),
        ("[fd00::1]:2200", ("fd00::1",)),
        ("outer,inner", ("inner", "outer")),
        ("none", ()),
    ],
)
def test_proxyjump_names_the_bastions_outermost_first(tmp_path: Path, jump: str, hops: tuple[str, ...]) -> None:
    endpoint = _routes(tmp_path, f"Host web\n User app\n ProxyJump {jump}\n").endpoint(_host())
    found: list[str] = []
    while endpoint.via:
        endpoint = endpoint.via
        found.append(endpoint.address)
    assert tuple(found) == hops


def test_user_and_port_of_a_jump_are_taken(tmp_path: Path) -> None:
    endpoint = _routes(tmp_path, "Host web\n User app\n ProxyJump me@gate:2200\n").endpoint(_host())
    assert endpoint.via == Endpoint("gate", "me", 2200)


def test_a_bastion_is_looked_up_too_and_may_have_its_own(tmp_path: Path) -> None:
    routes = _routes(
        tmp_path,
        "Host web\n User app\n ProxyJump inner\nHost inner\n HostName 10.0.0.9\n User gatekeeper\n ProxyJump outer\n",
    )
    assert routes.endpoint(_host()).via == Endpoint("10.0.0.9", "gatekeeper", via=Endpoint("outer", "gatekeeper"))


def test_a_jump_for_every_host_does_not_lead_a_bastion_through_itself(tmp_path: Path) -> None:
    endpoint = _routes(tmp_path, "Host *\n User app\n ProxyJump gate\n").endpoint(_host())
    assert endpoint.via == Endpoint("gate", "app")


def test_include_is_followed_with_wildcards_and_ends_every_block(tmp_path: Path) -> None:
    routes = _routes(
        tmp_path,
        'Include "a.conf" *.d\nPort 2200\nHost web\n User late\n',
        **{"a.conf": "Host web\n User app\n", "x.d": f"Include {tmp_path}/y.inner\n", "y.inner": "Host db\n User db\n"},
    )
    assert routes.endpoint(_host("web")) == Endpoint("web", "app", 2200)
    assert routes.endpoint(_host("db")) == Endpoint("db", "db", 2200)


def test_an_include_of_nothing_is_nothing(tmp_path: Path) -> None:
    assert _routes(tmp_path, "Include gone/*\nUser app\n").endpoint(_host()).user == "app"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Host web\n Include other\n", "config:2: Include in a Host or Match block is not supported"),
        ("Include config\n", "Include is nested deeper than 16 files"),
        ("Match exec true\n User app\n", "config:1: Match exec is not supported"),
        ("Match host web exec=true\n", "Match exec is not supported"),
        ("Match !exec true\n", "Match exec is not supported"),
        ("Match localnetwork 10.0.0.0/8\n", "Match localnetwork is not supported"),
        ("Host web\n ProxyCommand nc %h %p\n", "ProxyCommand (set for web) is not supported"),
        ("UserKnownHostsFile '/a b' /c\n", "config:1: a path with a blank in it is not supported: '/a b'"),
        ("Host web\n UserKnownHostsFile '/a\n", "config:2: it cannot be read"),
        ("UserKnownHostsFile /a/%C\n", "config: %C in UserKnownHostsFile /a/%C is not supported"),
        ("UserKnownHostsFile ${DIR}/a\n", "config: ${ in UserKnownHostsFile"),
        ("Host web\n Port many\n", "Port 'many' is not a port"),
        ("Host web\n ProxyJump a b\n", "ProxyJump: 'a b' is not of the form user@host:port"),
        ("Nonsense\n", "config"),
        ("Match host\n", "config"),
    ],
)
def test_what_cannot_be_honoured_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    assert message in _refused(tmp_path, text).message


def test_match_on_host_and_user_is_honoured(tmp_path: Path) -> None:
    routes = _routes(tmp_path, "Match host web,db\n User app\nMatch all\n Port 2200\n")
    assert routes.endpoint(_host("db")) == Endpoint("db", "app", 2200)


def test_proxycommand_none_is_no_proxycommand(tmp_path: Path) -> None:
    assert _routes(tmp_path, "Host *\n User app\n ProxyCommand none\n").endpoint(_host()) == Endpoint("web", "app")


@pytest.mark.parametrize(
    ("said", "files"),
    [
        ("", None),
        ("UserKnownHostsFile none", ()),
        ("UserKnownHostsFile /a /b/c", ("/a", "/b/c")),
        ('UserKnownHostsFile = "/a" "/b" # as ever', ("/a", "/b")),
        ("UserKnownHostsFile /k/%h_%k_%n_%p_%r_%%", ("/k/10.0.0.1_alias_web_2200_app_%",)),
        ("UserKnownHostsFile ~/.ssh/a %d/b", (f"{Path.home()}/.ssh/a", f"{Path.home()}/b")),
        ("UserKnownHostsFile ~nobody-here/a", ("~nobody-here/a",)),
        ("UserKnownHostsFile /first\n UserKnownHostsFile /second", ("/first",)),
    ],
)
def test_an_ssh_config_names_the_known_hosts_of_a_host(
    tmp_path: Path, said: str, files: tuple[str, ...] | None
) -> None:
    text = f"Host web\n HostName 10.0.0.1\n Port 2200\n User app\n HostKeyAlias alias\n {said}\n"
    assert _routes(tmp_path, text).endpoint(_host()).known_hosts == files


def test_a_missing_ssh_config_says_so() -> None:
    with pytest.raises(TransportError, match="/no/such/config: it cannot be read"):
        Routes.read("/no/such/config")
