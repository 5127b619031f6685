"""EKS's audit events in OCSF (API Activity of the product Amazon EKS), read back into requests to an API server.

The mappings undone here: https://github.com/ocsf/examples/tree/main/mappings/markdown/AWS (EKS Audit Logs). Version
1.5.0 keeps the objects that go to and fro as they are. Version 1.1.0 flattens them: what stands under
``requestObject.spec.type`` is exact, and a list of objects is a list of words for each of their fields. Where not all
of them have a field, it is lost which has it, and so are lists in lists, unless the outer one has one element: rules
of roles, and volumes' mounts. Which cluster it is, only some records say. Where the account is to stand, the mapping
has who called: the account is that of the object's path then.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from vedette.logs.cloudtrail import EARLIEST, LATEST
from vedette.logs.eks_audit import API_GROUP, NO_OBJECT, KubeCall, KubeObject, KubeStatus, KubeUser
from vedette.logs.ocsf_values import account_of, at, list_of, mapping_of, millis_of, number_at, text_at
from vedette.logs.raw_json import NOTHING

_PRODUCT = "Amazon EKS"
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_TYPE = re.compile(r"([a-z0-9.-]+)(?:[^a-z0-9.-]+([a-z]+))?", re.ASCII)
"""``pods``, ``pods/exec``: what the mapping joins, it does not say with what."""
_OF_NAMESPACES = frozenset({"status", "finalize"})
"""What a namespace has that is no resource in it."""
_KEYS = frozenset({"annotations", "labels", "matchLabels", "selector"})
"""Maps whose keys have dots."""
_DEEPEST = 30
"""Steps of a field's path; longer ones are left out."""
_MOST = 1_000
"""Elements of a list; what follows is left out. No API server takes as many containers."""
_Fields = Mapping[tuple[str, ...], str]
"""What is left of an object: path → text."""


def recognise_record(value: Mapping[str, Any]) -> bool:
    """An OCSF record of class API Activity is an audit event."""
    return at(value, "metadata", "product", "name") == _PRODUCT or (
        text_at(value, "metadata", "product", "version") or "").startswith(API_GROUP.decode())


def read_record(value: Mapping[str, Any]) -> KubeCall:
    """The request.

    Raises:
        ValueError: it does not say when, or what was asked.
    """
    received, staged = millis_of(value, "start_time_dt", "start_time"), millis_of(value, "time_dt", "time")
    if received is None and staged is None:
        raise ValueError("time is missing")
    uri = text_at(value, "http_request", "url", "path") or ""
    verb = text_at(value, "api", "operation") or ""
    if not uri and not verb:
        raise ValueError("api.operation is missing")
    more = mapping_of(value.get("unmapped"))
    code = number_at(value, "api", "response", "code")
    account = account_of(value) or ""
    return KubeCall(
        audit_id=text_at(value, "api", "request", "uid") or "", verb=verb, stage=text_at(value, "message") or "",
        request_uri=uri, who=_user(value, account), impersonated=_impersonated(more),
        source_ips=_addresses(value, more), user_agent=text_at(value, "http_request", "user_agent"),
        about=_object(value, uri), status=None if code is None else KubeStatus(code),
        received=_moment(received), staged=_moment(staged),
        raw_request=_body(value, "request", more), raw_response=_body(value, "response", more),
        account_id=account if _ACCOUNT.fullmatch(account) else "", region=text_at(value, "cloud", "region") or "",
        cluster=text_at(more, "eks_cluster_name") or "")


def _moment(millis: int | None) -> datetime | None:
    return None if millis is None else datetime.fromtimestamp(min(max(millis, EARLIEST), LATEST) / 1000, tz=UTC)


def _user(value: Mapping[str, Any], account: str) -> KubeUser:
    user, session = at(value, "actor", "user"), at(value, "actor", "session")
    extra = {
        "accessKeyId": text_at(session, "credential_uid"), "sessionName": text_at(session, "uid"),
        "canonicalArn": text_at(session, "issuer"), "principalId": text_at(user, "uid_alt"),
        "arn": account if account.startswith("arn:") else None}
    groups = [name for group in list_of(at(user, "groups")) if (name := text_at(group, "name"))]
    return KubeUser(
        username=text_at(user, "name") or "", uid=text_at(user, "uid"), raw_groups=_raw(groups),
        extra={name: [told] for name, told in extra.items() if told} or None)


def _raw(groups: list[str]) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(groups)) if groups else NOTHING


def _impersonated(more: Mapping[str, Any]) -> KubeUser | None:
    name, groups = text_at(more, "impersonatedUser.username"), text_at(more, "impersonatedUser.groups[]")
    return KubeUser(username=name, raw_groups=_raw(groups.split(",") if groups else [])) if name else None


def _addresses(value: Mapping[str, Any], more: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The client's first, then proxies': as they were listed, or else as the mapping tells them apart."""
    if listed := text_at(more, "sourceIPs[]"):
        return tuple(one.strip() for one in listed.split(","))
    first = text_at(value, "src_endpoint", "ip")
    between = [one for one in list_of(at(value, "src_endpoint", "intermediate_ips")) if isinstance(one, str)]
    found = [first, *(one for one in between if one != first)] if first else between
    return tuple(found) or None


class _Target(NamedTuple):
    resource: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""


def _object(value: Mapping[str, Any], uri: str) -> KubeObject:
    """What the request is about, as its path says, as the API server reads it; names that it was given come first."""
    told = next((one for one in list_of(value.get("resources")) if isinstance(one, Mapping)), {})
    kind = _TYPE.fullmatch(text_at(told, "type") or "")
    target = _target(uri) or (_Target(kind[1], subresource=kind[2] or "") if kind else None)
    if target is None:
        return NO_OBJECT
    return KubeObject(
        resource=target.resource, namespace=text_at(told, "namespace") or target.namespace,
        name=text_at(told, "name") or target.name, subresource=target.subresource)


def _target(uri: str) -> _Target | None:
    steps = [one for one in uri.partition("?")[0].split("/") if one]
    if steps[:1] == ["api"]:
        steps = steps[2:]
    elif steps[:1] == ["apis"]:
        steps = steps[3:]
    else:
        return None
    if steps[:1] == ["watch"]:
        steps = steps[1:]
    namespace = ""
    if steps[:1] == ["namespaces"] and len(steps) > 1:
        namespace = steps[1]
        if len(steps) > 2 and steps[2] not in _OF_NAMESPACES:
            steps = steps[2:]
    if not steps:
        return None
    resource, name, part = (*steps, "", "")[:3]
    return _Target(resource, namespace, name, part)


def _body(value: Mapping[str, Any], which: str, more: Mapping[str, Any]) -> msgspec.Raw:
    """The object that was sent, or answered with."""
    kept = at(value, "api", which, "data")
    if isinstance(kept, str):
        try:
            kept = msgspec.json.decode(kept)
        except (msgspec.DecodeError, RecursionError):
            kept = None
    if not isinstance(kept, dict):
        head = f"{which}Object."
        fields = {steps: told for path, told in more.items() if path.startswith(head) and isinstance(told, str)
                  and 0 < len(steps := tuple(islice(_steps(path.removeprefix(head)), _DEEPEST + 1))) <= _DEEPEST}
        kept = _built(dict(_containers(at(value, "api", which, "containers"))) | fields)
    return msgspec.Raw(msgspec.json.encode(kept)) if kept else NOTHING


def _steps(path: str) -> Iterator[str]:
    rest = path
    while rest:
        step, _, rest = rest.partition(".")
        yield step
        if step in _KEYS and rest and not rest.startswith(("matchLabels.", "matchExpressions")):
            yield rest
            return


def _containers(told: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """A pod's containers, which the mapping takes out of it."""
    found = [(text_at(one, "name"), text_at(one, "image", "name")) for one in list_of(told)]
    for place, name in enumerate(("name", "image")):
        words = [one[place] for one in found if one[place]]
        if words:
            yield ("spec", "containers[]", name), ",".join(map(str, words))


def _built(fields: _Fields) -> dict[str, Any]:
    """The object, as far as its fields tell it."""
    inner: defaultdict[str, dict[tuple[str, ...], str]] = defaultdict(dict)
    for (first, *rest), told in fields.items():
        inner[first][tuple(rest)] = told
    made: dict[str, Any] = {}
    for name, below in inner.items():
        if not name.endswith("[]"):
            made[name] = _word(below[()]) if () in below else _built(below)
        elif elements := _elements(below):
            made[name[:-2]] = elements
    return made


def _elements(below: _Fields) -> list[Any]:
    """A list's elements, with the fields that all of them have."""
    if () in below:
        return _words(below[()])
    told = {steps: _words(text) for steps, text in below.items() if not any(one.endswith("[]") for one in steps)}
    number = max(map(len, told.values()), default=0)
    if number == 1:
        return [_built(below)]
    whole = {steps: words for steps, words in told.items() if len(words) == number}
    return [_built({steps: words[place] for steps, words in whole.items()}) for place in range(number)]


def _words(text: str) -> list[str]:
    return text.split(",", _MOST)[:_MOST]


def _word(text: str) -> str | bool:
    return {"true": True, "false": False}.get(text, text)
