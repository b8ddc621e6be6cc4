"""The kinds of values in the schema: each a reader, and the form that an editor's completion shows for it."""

from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from deployer.plan import addresses, jsonpaths, measures, paths, patterns, scalars, selector
from deployer.plan.judging import Policy
from deployer.plan.model import Jump, ProbeFrom, Scope, Strategy

Form = dict[str, Any]
"""A piece of JSON Schema; its values are any JSON."""

_VARIABLE: Form = {"type": "string", "pattern": r"\$\{"}
_SWITCH_WORDS: list[str | bool] = [True, False, *scalars.SWITCH]


def _or_variable(form: Form) -> WithJsonSchema:
    """Let `${VAR}` stand where a number, a word or a pattern is expected."""
    return WithJsonSchema({"anyOf": [form, _VARIABLE]})


def _text(pattern: str = ".+") -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": rf"^(?:{pattern})$|\$\{{"})


def _whole(low: int, high: int | None = None) -> WithJsonSchema:
    return _or_variable({"type": "integer", "minimum": low, **({} if high is None else {"maximum": high})})


def _words(*words: str) -> WithJsonSchema:
    return _or_variable({"enum": list(words)})


_SCALAR = WithJsonSchema({"type": ["string", "number", "boolean"]})
_DURATION = _text(scalars.DURATION)

Text = Annotated[str, PlainValidator(scalars.read_text), _SCALAR]
Natural = Annotated[int, PlainValidator(scalars.whole(0)), _whole(0)]
Positive = Annotated[int, PlainValidator(scalars.whole(1)), _whole(1)]
Port = Annotated[int, PlainValidator(scalars.whole(1, 65535, such_as=22)), _whole(1, 65535)]
Status = Annotated[int, PlainValidator(scalars.read_status), _whole(200, 599)]
Rate = Annotated[int, PlainValidator(scalars.whole(1, 100, such_as=10)), _whole(1, 100)]
Version = Annotated[int, PlainValidator(scalars.read_version), WithJsonSchema({"const": 1})]
Switch = Annotated[bool, PlainValidator(scalars.read_switch), _or_variable({"enum": _SWITCH_WORDS})]
Duration = Annotated[float, PlainValidator(scalars.read_duration), _DURATION]
PositiveDuration = Annotated[float, PlainValidator(scalars.read_positive), _DURATION]
Limit = Annotated[float | None, PlainValidator(scalars.read_limit), _text(f"none|{scalars.DURATION}")]

ReleaseId = Annotated[str, PlainValidator(scalars.read_release), WithJsonSchema({"type": ["string", "number"]})]
Service = Annotated[str, PlainValidator(scalars.read_service), _text("[A-Za-z0-9_][A-Za-z0-9_.:@-]*")]
Owner = Annotated[str, PlainValidator(scalars.read_owner), _text("[^:]+:[^:]+")]
HostName = Annotated[str, PlainValidator(scalars.read_host_name), WithJsonSchema({"type": "string"})]
WaveName = Annotated[str, PlainValidator(scalars.read_wave_name), _SCALAR]
VariableName = Annotated[str, PlainValidator(scalars.read_variable_name), _text("[A-Za-z_][A-Za-z0-9_]*")]
_LABEL_FORM: Form = {
    "anyOf": [{"type": ["string", "number", "boolean"]}, {"type": "array", "items": {"type": "string"}}]
}
Label = Annotated[tuple[str, ...], PlainValidator(scalars.read_label), WithJsonSchema(_LABEL_FORM)]
HeaderName = Annotated[str, PlainValidator(scalars.read_header_name), WithJsonSchema({"type": "string"})]
HeaderValue = Annotated[str, PlainValidator(scalars.read_header_value), _SCALAR]

StrategyWord = Annotated[Strategy, PlainValidator(scalars.one_of(Strategy)), _words(*Strategy)]
ScopeWord = Annotated[Scope, PlainValidator(scalars.one_of(Scope)), _words(*Scope)]
Side = Annotated[ProbeFrom, PlainValidator(scalars.one_of(ProbeFrom)), _words(*ProbeFrom)]

LocalPath = Annotated[str, PlainValidator(scalars.read_text), _text()]
Root = Annotated[str, PlainValidator(paths.read_root), _text("/.+/.+")]
Shared = Annotated[str, PlainValidator(paths.read_shared), _text("[^/].*")]
SocketUnit = Annotated[str, PlainValidator(scalars.read_socket_unit), _text(r".+\.socket")]
ProxyUnit = Annotated[str, PlainValidator(scalars.read_proxy_unit), _text(r".+\.service")]
Listen = Annotated[str, PlainValidator(addresses.read_listen), WithJsonSchema({"type": ["string", "integer"]})]
Address = Annotated[str, PlainValidator(addresses.read_address), _text()]
Hop = Annotated[Jump, PlainValidator(addresses.read_jump), _text()]
Check = Annotated[str, PlainValidator(addresses.read_check), _text(r"https?://\{address\}.*|tcp://\{address\}:[0-9]+")]
UrlPath = Annotated[str, PlainValidator(addresses.read_url_path), _text("/.*")]
Url = Annotated[str, PlainValidator(addresses.read_url), _text(r"https?://.+|unix:/[^:]+:/.*")]

_HOSTS_FORM: Form = {
    "anyOf": [
        {"type": "integer", "minimum": 1},
        {"type": "string"},
        {"type": "array", "items": {"type": "string"}, "minItems": 1},
    ]
}
Hosts = Annotated[selector.Selector, PlainValidator(selector.read_selector), WithJsonSchema(_HOSTS_FORM)]
Failures = Annotated[
    selector.Count | selector.Percent,
    PlainValidator(selector.read_failures),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string"}]}),
]

_AMOUNT = _text(f"{measures.PERCENTAGE}|{scalars.DURATION}|{measures.NUMBER}")
_QUANTILE = _or_variable({"type": "number", "minimum": 50, "maximum": 99.99})
Amount = Annotated[
    measures.Amount,
    PlainValidator(measures.read_amount),
    WithJsonSchema({"anyOf": [{"type": "number"}, _AMOUNT.json_schema]}),
]
Quantile = Annotated[float, PlainValidator(measures.read_quantile), _QUANTILE]
Ratio = Annotated[float, PlainValidator(measures.read_ratio), _or_variable({"type": "number", "minimum": 1})]
Server = Annotated[str, PlainValidator(measures.read_server), _text("https?://.+")]
Pattern = Annotated[str, PlainValidator(patterns.read_pattern), _SCALAR]
JsonPath = Annotated[str, PlainValidator(jsonpaths.read_json_path), _SCALAR]
PolicyWord = Annotated[Policy, PlainValidator(scalars.one_of(Policy)), _words(*Policy)]
IdleWord = Annotated[measures.Idle, PlainValidator(scalars.one_of(measures.Idle)), _words(*measures.Idle)]
ModeWord = Annotated[measures.Mode, PlainValidator(scalars.one_of(measures.Mode)), _words(*measures.Mode)]
OtherWord = Annotated[measures.Other, PlainValidator(scalars.one_of(measures.Other)), _words(*measures.Other)]

Argv = Annotated[list[Text], Field(min_length=1)]
OffWord = Annotated[None, PlainValidator(scalars.read_off), WithJsonSchema({"enum": [False, "off"]})]
NoneWord = Annotated[None, PlainValidator(scalars.read_none), WithJsonSchema({"const": "none"})]
SshConfig = Annotated[
    bool | str,
    PlainValidator(scalars.read_switch_or_path),
    WithJsonSchema({"anyOf": [{"enum": _SWITCH_WORDS}, {"type": "string"}]}),
]
