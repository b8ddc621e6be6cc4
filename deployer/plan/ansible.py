"""Ansible's dynamic inventory (the JSON that `--list` prints) to the hosts of a plan.

Read are `ansible_host`, `ansible_port`, `ansible_user`, and a mapping `labels`; the groups that a host is
in are its label `group`, so that `group=web` selects. Other variables are not taken over: they often hold secrets.
"""

import json
from collections.abc import Mapping
from itertools import chain

from deployer.plan.tree import Value
from deployer.plan.wrong import WrongError

GROUP = "group"
_KEYS = {"ansible_host": "address", "ansible_port": "port", "ansible_user": "user"}
_Json = Mapping[str, object]


def hosts_from(printed: bytes) -> dict[str, Value]:
    """Give hosts by name, in the order in which the groups list them. WrongError when it is no such JSON."""
    try:
        document = json.loads(printed)
    except (ValueError, RecursionError) as error:
        raise WrongError(f"expected Ansible's dynamic inventory as JSON, got {printed[:60]!r}") from error
    if not isinstance(document, dict):
        raise WrongError("expected a JSON object of groups from the program")
    groups = {name: group for name, group in document.items() if name != "_meta"}
    members = {name: _members(name, groups) for name in groups}
    hostvars = _mapping(_mapping(document.get("_meta")).get("hostvars"))
    names = dict.fromkeys(chain.from_iterable(members.values()))
    return {host: _host(host, groups, members, _mapping(hostvars.get(host))) for host in names}


def _members(name: str, groups: _Json) -> tuple[str, ...]:
    """Give a group's hosts and those of its children, each once; old programs print a bare list of hosts."""
    hosts: dict[str, None] = {}
    waiting, seen = [name], {name}
    while waiting:
        group = groups.get(waiting.pop(0))
        listed = group if isinstance(group, list) else _list(_mapping(group).get("hosts"))
        hosts |= dict.fromkeys(map(str, listed))
        children = [str(child) for child in _list(_mapping(group).get("children")) if child not in seen]
        seen.update(children)
        waiting += children
    return tuple(hosts)


def _host(host: str, groups: _Json, members: Mapping[str, tuple[str, ...]], own: _Json) -> dict[str, Value]:
    """Give one host: a group's variables, those of smaller groups over those of larger ones, then the host's own."""
    mine = [name for name in members if host in members[name]]
    by_size = sorted(mine, key=lambda name: -len(members[name]))
    layers = [_mapping(_mapping(groups[name]).get("vars")) for name in by_size] + [own]
    merged = {key: value for layer in layers for key, value in layer.items()}
    data: dict[str, Value] = {ours: str(merged[theirs]) for theirs, ours in _KEYS.items() if theirs in merged}
    labels: dict[str, Value] = {str(key): str(value) for key, value in _mapping(merged.get("labels")).items()}
    return data | {"labels": labels | {GROUP: list[Value](mine)}}


def _mapping(value: object) -> _Json:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
