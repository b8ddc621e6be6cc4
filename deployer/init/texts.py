"""The files: templates with a wish filled in. Pure but for reading the templates."""

import json
import re
from collections.abc import Mapping
from importlib.resources import files as package_files

from deployer.init.readers import Kind
from deployer.init.running import command, content
from deployer.init.wish import Wish

PLAN = "plan.yml"
GITHUB = ".github/workflows/deploy.yml"
GITLAB = ".gitlab-ci.yml"

_STRATEGY = (
    "# strategy: bridge   # no request waits for a restart; the service has to stand a second instance beside it"
)

_NON_BLOCKING = """\
# The socket is shared by the old process and the new: neither may make it block for the other.
NonBlocking=true"""


def texts(wish: Wish, *, gitlab: bool) -> Mapping[str, str]:
    """Give every file by its path relative to the repository."""
    found = {PLAN: plan(wish), **{f"deploy/{name}": text for name, text in units(wish).items()}}
    name, template = (GITLAB, "gitlab.yml") if gitlab else (GITHUB, "github.yml")
    inside = content(wish.kind, wish.run)
    workflow = _fill(template, artifact=wish.artifact, content=f"; it has to hold {inside}" if inside else "")
    return {**found, name: workflow}


def units(wish: Wish) -> Mapping[str, str]:
    """Give the unit files by name: the socket, the service, and the proxy of a wrapped one."""
    found = {f"{wish.service}.socket": _socket(wish), f"{wish.service}.service": _service(wish)}
    if wish.wrap:
        found[_proxy(wish)] = _fill("proxy.service", service=wish.service, wrap=str(wish.wrap), hardening=_hardening())
    return found


def plan(wish: Wish) -> str:
    """Give the plan."""
    folders = f"owner: {wish.account}" if wish.folders else ""
    shared = f"shared: {json.dumps(list(wish.shared))}" if wish.shared else ""
    proxy = f", proxy: {_proxy(wish)}" if wish.wrap else ""
    return _fill(
        "plan.yml",
        service=json.dumps(wish.service),
        root=wish.root,
        artifact=json.dumps(wish.artifact),
        shared=_lines(shared, folders),
        units=", ".join(f"deploy/{name}" for name in units(wish)),
        strategy="" if wish.wrap else _STRATEGY,
        socket=f'socket: {{unit: {wish.service}.socket, listen: "{wish.listen}"{proxy}}}',
        ssh_user=json.dumps(wish.ssh_user),
        hosts=_lines(*(f"  {json.dumps(name)}: {{address: {json.dumps(at)}}}" for name, at in wish.hosts)),
        url=json.dumps(f"http://{wish.listen.asked}{wish.health}"),
    )


def _socket(wish: Wish) -> str:
    trigger = f"Service={_proxy(wish)}" if wish.wrap else ""
    return _fill("socket", service=wish.service, listen=str(wish.listen), trigger=trigger)


def _service(wish: Wish) -> str:
    user, _, group = wish.account.partition(":")
    wants, environment = "", ""
    if wish.wrap:
        wants = f"# HAProxy takes the socket's connections; it stays while this service restarts.\nWants={_proxy(wish)}"
        environment = f"Environment=HOST={wish.wrap.host} PORT={wish.wrap.port}"
    return _fill(
        "service",
        service=wish.service,
        root=wish.root,
        wants=wants,
        type="notify" if wish.kind is Kind.GUNICORN else "exec",
        account=f"User={user}\nGroup={group}" if wish.account else "DynamicUser=yes",
        environment=environment,
        command=command(wish.kind, wish.run, f"{wish.root}/current"),
        nonblocking="" if wish.wrap else _NON_BLOCKING,
        hardening=_hardening(),
        writable=_lines(*(f"ReadWritePaths={wish.root}/shared/{folder}" for folder in wish.folders)),
    )


def _proxy(wish: Wish) -> str:
    return f"{wish.service}-proxy.service"


def _hardening() -> str:
    return _template("hardening").rstrip("\n")


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))


def _template(name: str) -> str:
    return package_files("deployer.init").joinpath("templates", name).read_text(encoding="utf-8")


def _fill(name: str, **values: str) -> str:
    """Put values in place of @name@; a line that holds nothing but an empty one goes."""
    text = _template(name)
    for empty in (key for key, value in values.items() if not value):
        text = text.replace(f"@{empty}@\n", "")
    return re.sub("@([a-z_]+)@", lambda found: values[found[1]], text)
