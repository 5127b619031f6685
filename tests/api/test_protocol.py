"""The protocol: Smithy's own rest-json cases, every operation against botocore's client side, and bad requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vedette.api.errors import BadRequest
from vedette.api.protocol import Protocol, guardduty
from vedette.api.shapes import UnservedModelError, wire_name

MODEL = ServiceModel(Loader().load_service_model("guardduty", "service-2"), "guardduty")
START = datetime(1970, 1, 1, tzinfo=UTC)


def read(protocol: Protocol, method: str, uri: str, body: str | bytes = b"", kind: bytes | None = b"application/json",
         ) -> tuple[str, dict[str, Any]]:
    path, _, query = uri.partition("?")
    found = protocol.route(method, path.encode())
    assert found is not None, f"{method} {path} is no operation"
    data = body.encode() if isinstance(body, str) else body
    return found[0].name, found[0].read(found[1], query.encode(), kind, data)


# Smithy's cases.

NOT_SERVED = {
    "blob": "no blobs in GuardDuty",
    "document": "no documents in GuardDuty",
    "header": "no members in headers in GuardDuty",
    "payload": "no member that is the whole body in GuardDuty",
    "time": "GuardDuty writes times as epoch seconds only",
    "query": "GuardDuty's query parameters are strings, numbers and lists of strings",
    "label": "GuardDuty's labels are strings, each a whole segment",
}


def unserved(shapes: dict[str, Any], member: dict[str, Any], place: str = "") -> str | None:
    """Why a member of a Smithy model is not served, a key of NOT_SERVED; None when it is."""
    shape = {**shapes[member["shape"]], **member}
    place = member.get("location", place)
    if place in ("header", "headers", "statusCode"):
        return "header"
    if shape["type"] == "blob":
        return "blob"
    if shape.get("document"):
        return "document"
    if place == "uri" and shape["type"] != "string":
        return "label"
    if place == "querystring" and shape["type"] not in ("string", "integer", "long", "boolean", "list"):
        return "query"
    if shape["type"] == "timestamp" and shape.get("timestampFormat", "unixTimestamp") != "unixTimestamp":
        return "time"
    if shape["type"] == "list":
        return unserved(shapes, shapes[member["shape"]]["member"], place)
    if shape["type"] == "map":
        return unserved(shapes, shapes[member["shape"]]["value"], place)
    return None


def without_unserved(suite: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The suite's shapes without members that are not served, and why each of these was left out."""
    shapes, gone = deepcopy(suite["shapes"]), {}
    for name, shape in suite["shapes"].items():
        if shape["type"] != "structure":
            continue
        for member, reference in shape["members"].items():
            why = "payload" if shape.get("payload") == member else unserved(suite["shapes"], reference)
            if why is not None:
                gone[member] = why
                del shapes[name]["members"][member]
        shapes[name].pop("payload", None)
    return shapes, gone


def names_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from names_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from names_in(inner)


def on_the_wire(shape: Shape, value: Any) -> Any:
    """What a member's value, as Smithy writes it, is below the top level: wire names, times in milliseconds."""
    if isinstance(shape, StructureShape):
        return {wire_name(name, shape.members[name]): on_the_wire(shape.members[name], inner)
                for name, inner in value.items() if inner is not None}
    if isinstance(shape, ListShape):
        return [on_the_wire(shape.member, inner) for inner in value]
    if isinstance(shape, MapShape):
        return {name: on_the_wire(shape.value, inner) for name, inner in value.items()}
    if shape.type_name == "timestamp":
        return (value - START) // timedelta(milliseconds=1) if isinstance(value, datetime) else value * 1000
    return value


def smithy(folder: Path, direction: str) -> Iterator[tuple[dict[str, Any], ServiceModel | None, str]]:
    """(case, model, why it is left out)."""
    suites = json.loads((folder / "tests/unit/protocols" / direction / "rest-json.json").read_text())
    for suite in suites:
        shapes, gone = without_unserved(suite)
        for case in suite["cases"]:
            left = {gone[name] for name in names_in(case.get("params", case.get("result", {}))) if name in gone}
            uri = case["given"]["http"]["requestUri"]
            left |= {"label"} if "+}" in uri or "?" in uri else set()
            if "payload" in suite["shapes"].get(case["given"].get(direction, {}).get("shape"), {}):
                left.add("payload")
            if left:
                yield case, None, ", ".join(sorted(NOT_SERVED[why] for why in left))
                continue
            yield case, ServiceModel({"metadata": suite["metadata"], "shapes": shapes,
                                      "operations": {case["given"]["name"]: case["given"]}}, "smithy"), ""


CLIENTS_ONLY = {
    "RestJsonHostWithPath": "the client's endpoint has a path",
    "SDKAppliedContentEncoding_restJson1": "clients compress",
    "RestJsonQueryIdempotencyTokenAutoFill": "clients draw the token",
    "RestJsonSupportsNaNFloatInputs": "no floats that are no numbers in GuardDuty",
    "RestJsonSupportsInfinityFloatInputs": "no floats that are no numbers in GuardDuty",
    "RestJsonSupportsNegativeInfinityFloatInputs": "no floats that are no numbers in GuardDuty",
    "RestJsonIgnoreQueryParamsInResponse": "clients pass over a wrong trait of the model",
    "RestJsonIgnoreQueryParamsInResponseNoPayload": "clients pass over a wrong trait of the model",
    "RestJsonDeserializesDenseSetMapAndSkipsNull": "clients pass over a null, which is never written",
    "RestJsonDoesntDeserializeNullStructureValues": "clients pass over a null, which is never written",
    "RestJsonDeserializeIgnoreType": "clients pass over __type, which is never written",
}


def test_smithys_requests_are_read(botocore_source: Path) -> None:
    ran = 0
    for case, model, left_out in smithy(botocore_source, "input"):
        if left_out or case["id"] in CLIENTS_ONLY:
            continue
        sent = case["serialized"]
        name, arguments = read(Protocol(model), sent["method"], sent["uri"], sent.get("body", ""))
        shape = model.operation_model(name).input_shape
        meant = {name: value for name, value in case.get("params", {}).items() if value is not None}
        expected = {xform_name(name): on_the_wire(shape.members[name], value) for name, value in meant.items()}
        assert arguments == expected, case["id"]
        ran += 1
    assert ran >= 40


def test_smithys_answers_are_written(botocore_source: Path) -> None:
    ran = 0
    for case, model, left_out in smithy(botocore_source, "output"):
        if left_out or case["id"] in CLIENTS_ONLY or "error" in case:
            continue
        http = case["given"]["http"]
        found = Protocol(model).route(http["method"], http["requestUri"].encode())
        assert found is not None
        shape = model.operation_model(case["given"]["name"]).output_shape
        result = {name: on_the_wire(shape.members[name], value) for name, value in case.get("result", {}).items()}
        assert json.loads(found[0].write(result)) == json.loads(case["response"].get("body") or "{}"), case["id"]
        ran += 1
    assert ran >= 28


def test_a_model_that_needs_more_is_refused_when_it_is_loaded(botocore_source: Path) -> None:
    suites = json.loads((botocore_source / "tests/unit/protocols/input/rest-json.json").read_text())
    refused = set()
    for suite in suites:
        for case in suite["cases"]:
            operations = {case["given"]["name"]: case["given"]}
            try:
                Protocol(ServiceModel({"metadata": suite["metadata"], "shapes": suite["shapes"],
                                       "operations": operations}, "smithy"))
            except UnservedModelError:
                refused.add(case["id"])
    assert {"RestJsonJsonBlobs", "RestJsonHttpRequestWithGreedyLabelInPath", "RestJsonQueryStringMap",
            "RestJsonTestPayloadBlob", "RestJsonInputAndOutputWithStringHeaders", "RestJsonConstantQueryString",
            "DocumentInputWithString", "RestJsonJsonTimestampsWithHttpDateFormat"} <= refused


# GuardDuty's operations.


def strings(shape: Shape, *, label: bool = False) -> st.SearchStrategy[str]:
    limits = shape.metadata
    if "enum" in limits:
        return st.sampled_from(limits["enum"])
    least = max(limits.get("min", 0), int(label))
    most = min(limits.get("max", 10**6), least + 6)
    if "pattern" in limits:
        whole = st.from_regex(f"({limits['pattern']})\\Z".replace("\\d", "[0-9]"), fullmatch=True)
        return whole.filter(lambda text: least <= len(text) <= limits.get("max", 10**6))
    text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=least, max_size=most)
    return text.filter(lambda one: one not in (".", "..")) if label else text


def values(shape: Shape, depth: int = 0) -> st.SearchStrategy[Any]:
    """What a client may give for the shape, or a server answer, as boto3 takes and tells it."""
    if isinstance(shape, StructureShape):
        required = {name: values(shape.members[name], depth + 1) for name in shape.required_members}
        optional = {name: st.deferred(lambda member=member: values(member, depth + 1))
                    for name, member in shape.members.items() if name not in required}
        least, most = (1, 1) if shape.is_tagged_union else (0, 3)
        chosen = st.lists(
            st.sampled_from(sorted(optional)), min_size=least, max_size=most, unique=True) if optional else st.just([])
        return chosen.flatmap(lambda names: st.fixed_dictionaries(
            {**required, **({name: optional[name] for name in names} if least or depth < 6 else {})}))
    if isinstance(shape, ListShape):
        least, most = min(shape.metadata.get("min", 0), 1), min(shape.metadata.get("max", 2), 2)
        return st.lists(values(shape.member, depth + 1), min_size=least, max_size=most)
    if isinstance(shape, MapShape):
        return st.dictionaries(strings(shape.key), values(shape.value, depth + 1), max_size=2)
    limits = shape.metadata
    if shape.type_name == "string":
        return strings(shape, label=shape.serialization.get("location") == "uri")
    if shape.type_name in ("integer", "long"):
        return st.integers(limits.get("min", -(2**31)), limits.get("max", 2**31 - 1))
    if shape.type_name == "timestamp":
        return st.integers(0, 4 * 10**9).map(lambda seconds: START + timedelta(seconds=seconds))
    if shape.type_name == "boolean":
        return st.booleans()
    return st.floats(limits.get("min", -1e9), limits.get("max", 1e9), width=32)


OPERATIONS = sorted(MODEL.operation_names)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_botocore_sends_is_read_as_it_was_meant(data: st.DataObject) -> None:
    operation = MODEL.operation_model(data.draw(st.sampled_from(OPERATIONS)))
    shape = operation.input_shape
    asked = data.draw(values(shape)) if shape is not None else {}
    sent = create_serializer("rest-json", include_validation=False).serialize_to_request(asked, operation)
    query = "&".join(
        f"{quote(name, safe='')}={quote(str(value), safe='')}"
        for name, given_value in (sent["query_string"] or {}).items()
        for value in (given_value if isinstance(given_value, list) else [given_value]))
    uri = sent["url_path"] + ("?" + query if query else "")
    name, arguments = read(guardduty(), sent["method"], uri, sent["body"] or b"", None)
    assert name == operation.name
    expected = {xform_name(name): on_the_wire(shape.members[name], value) for name, value in asked.items()}
    repeated = {xform_name(name) for name, member in (shape.members.items() if shape else ())
                if member.serialization.get("location") == "querystring" and isinstance(member, ListShape)}
    assert arguments == {name: value for name, value in expected.items() if value or name not in repeated}


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_botocore_reads_in_an_answer_what_was_meant(data: st.DataObject) -> None:
    operation = MODEL.operation_model(data.draw(st.sampled_from(OPERATIONS)))
    shape = operation.output_shape
    meant = data.draw(values(shape)) if shape is not None else {}
    pattern = operation.http["requestUri"].replace("{", "").replace("}", "")
    found = guardduty().route(operation.http["method"], pattern.encode())
    assert found is not None
    assert found[0].name == operation.name
    written = found[0].write({name: on_the_wire(shape.members[name], value) for name, value in meant.items()})
    answer = create_parser("rest-json").parse(
        {"status_code": found[0].status, "headers": {}, "body": written}, shape)
    answer.pop("ResponseMetadata")
    assert answer == meant


def test_every_operation_has_its_route_and_status() -> None:
    assert len(OPERATIONS) == 103
    statuses = {}
    for name in OPERATIONS:
        http = MODEL.operation_model(name).http
        path = "/".join("x%2Fy%20z" if part.startswith("{") else part for part in http["requestUri"].split("/"))
        found = guardduty().route(http["method"], path.encode())
        assert found is not None
        assert found[0].name == name
        assert list(found[1]) == [b"x%2Fy%20z"] * http["requestUri"].count("{")
        statuses[name] = found[0].status
    assert {name: status for name, status in statuses.items() if status != 200} == {
        "TagResource": 204, "UntagResource": 204, "CreateInvestigation": 202}


@pytest.mark.parametrize(("method", "path"), [
    ("GET", "/"), ("GET", ""), ("GET", "/nothing"), ("PUT", "/detector"), ("GET", "/detector/"), ("GET", "/detectors"),
    ("GET", "/detector/a/filter/b/c"), ("GET", "/detector/x/../../"), ("get", "/detector"),
])
def test_what_is_no_operation_has_no_route(method: str, path: str) -> None:
    assert guardduty().route(method, path.encode()) is None


def test_an_arn_is_one_label_and_dots_go_before_routing() -> None:
    arn = "arn:aws:guardduty:eu-west-1:111122223333:detector/" + "a" * 32
    name, arguments = read(guardduty(), "DELETE", f"/tags/{quote(arn, safe='')}?tagKeys=b&tagKeys=a%2Fc&X-Amz-Date=x")
    assert (name, arguments) == ("UntagResource", {"resource_arn": arn, "tag_keys": ["b", "a/c"]})
    assert read(guardduty(), "GET", "/detector/a/filter/..")[0] == "GetDetector"


@pytest.mark.parametrize(("method", "uri", "body", "told"), [
    ("POST", "/detector/d/findings/get", "", "required parameter findingIds is missing"),
    ("POST", "/detector/d/findings/get", '{"findingIds": null}', "required parameter findingIds is missing"),
    ("POST", "/detector/d/findings/get", '{"findingIds": "a"}', "findingIds has an invalid value: it must be a list"),
    ("POST", "/detector/d/findings/get", '{"findingIds": ["a", 1]}',
     r"findingIds\[1\] has an invalid value: it must be a"),
    ("POST", "/detector/d/findings/get", '{"findingIds": [null]}', r"findingIds\[0\]"),
    ("POST", "/detector/d/findings/get", json.dumps({"findingIds": ["a"] * 51}), "at most 50 members, not 51"),
    ("POST", "/detector/d/findings/get", '{"findingIds": [], "sortCriteria": {"orderBy": "UP"}}',
     r"sortCriteria.orderBy has an invalid value: 'UP' is none of ASC, DESC"),
    ("POST", "/detector/d/findings/get", '{"findingIds": ["a\\u0000"]}', r"U\+0000"),
    ("POST", "/detector/d/findings", '{"maxResults": 51}', "maxResults has an invalid value: it must be from 1 to 50"),
    ("POST", "/detector/d/findings", '{"maxResults": true}', "maxResults has an invalid value: it must be an integer"),
    ("POST", "/detector/d/findings", '{"maxResults": 5.0}', "it must be an integer"),
    ("POST", "/detector/d/findings", '{"maxresults": 5}', "ListFindings has no parameter 'maxresults'"),
    ("POST", "/detector/d/findings", '{"findingCriteria": {"criterion": {"type": {"equal": ["x"]}}}}',
     r"findingCriteria.criterion\[type\] has an invalid value: it has no member 'equal'"),
    ("POST", "/detector/d/findings", '{"findingCriteria": {"criterion": {"a": {"greaterThan": 9223372036854775808}}}}',
     r"criterion\[a\].greaterThan has an invalid value"),
    ("POST", "/detector/d/findings", "[1]", "not a JSON object"),
    ("POST", "/detector/d/findings", "{", "not JSON"),
    ("POST", "/detector/d/findings", b"\xff", "not JSON"),
    ("POST", "/detector/d/findings", "[" * 500_000, "not JSON"),
    ("POST", "/detector/d/findings", '{"a": "\\ud800"}', "not JSON"),
    ("POST", "/detector", '{"enable": "true"}', "parameter enable has an invalid value: it must be true or false"),
    ("POST", "/detector/d/filter", '{"findingCriteria": {}, "name": "ab"}',
     "name has an invalid value: it must have from 3"),
    ("GET", "/detector?maxResults=x", "", "parameter maxResults has an invalid value: it must be an integer"),
    ("GET", "/detector?maxResults=51", "", "it must be from 1 to 50"),
    ("GET", "/detector?maxResults=5&maxResults=5", "", "more than once"),
    ("GET", "/detector/%FF", "", "parameter detectorId has an invalid value: it is not percent-encoded UTF-8"),
    ("GET", f"/detector/{'d' * 301}", "", "detectorId has an invalid value: it must have from 1 to 300 characters"),
])
def test_a_bad_request_is_told_which_parameter_is_wrong(method: str, uri: str, body: str | bytes, told: str) -> None:
    with pytest.raises(BadRequest, match=told) as error:
        read(guardduty(), method, uri, body)
    assert len(str(error.value)) < 400
    assert str(error.value).startswith("The request is rejected because ")


def test_a_body_must_say_that_it_is_json() -> None:
    for kind in (b"application/json", b"Application/JSON; charset=utf-8", b"application/x-amz-json-1.1", None):
        assert read(guardduty(), "POST", "/detector", '{"enable": true}', kind)[1] == {"enable": True}
    for kind in (b"text/plain", b"application/x-www-form-urlencoded", b"", b"application/jsonp"):
        with pytest.raises(BadRequest, match="must be application/json"):
            read(guardduty(), "POST", "/detector", '{"enable": true}', kind)
    assert read(guardduty(), "POST", "/detector/d/findings", "", b"text/plain")[1] == {"detector_id": "d"}


def test_empty_lists_and_maps_pass_and_nulls_count_as_not_sent() -> None:
    body = '{"enable": true, "tags": {}, "features": [], "clientToken": null, "dataSources": {"s3Logs": null}}'
    assert read(guardduty(), "POST", "/detector", body)[1] == {
        "enable": True, "tags": {}, "features": [], "data_sources": {}}


def test_times_leave_as_seconds_and_nothing_as_null() -> None:
    found = guardduty().route("GET", b"/detector/d")
    assert found is not None
    result = {"ServiceRole": "r", "Status": "ENABLED", "Tags": None,
              "Features": [{"name": "S3_DATA_EVENTS", "updatedAt": 1_500, "status": None}]}
    assert json.loads(found[0].write(result)) == {
        "serviceRole": "r", "status": "ENABLED", "features": [{"name": "S3_DATA_EVENTS", "updatedAt": 1.5}]}
    assert b'"updatedAt":2}' in found[0].write({**result, "Features": [{"updatedAt": 2000}]})


def test_an_answer_that_is_not_the_models_is_a_bug() -> None:
    found = guardduty().route("GET", b"/detector/d")
    assert found is not None
    for wrong in ({"ServiceRole": "r"}, {"ServiceRole": "r", "Status": "ENABLED", "status": "ENABLED"}):
        with pytest.raises(TypeError, match="GetDetector"):
            found[0].write(wrong)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(OPERATIONS), st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["findingIds", "criterion", "name", "tags"]) | st.text(max_size=5), inner, max_size=3),
    max_leaves=12), st.binary(max_size=30))
def test_no_body_and_no_query_are_anything_but_read_or_refused(name: str, body: Any, query: bytes) -> None:
    http = MODEL.operation_model(name).http
    found = guardduty().route(http["method"], http["requestUri"].replace("{", "").replace("}", "").encode())
    assert found is not None
    members = MODEL.operation_model(name).input_shape
    for tried in (body, {wire_name(one, shape): body for one, shape in (members.members.items() if members else ())}):
        with suppress(BadRequest):
            found[0].read(found[1], query, None, json.dumps(tried).encode())
