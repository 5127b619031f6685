"""Operations as a client calls them: botocore writes the request and reads the answer, no network between."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import botocore.session
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from tests.api.callers import Caller
from vedette.api.operation import Context, operations
from vedette.api.protocol import guardduty

MODEL = botocore.session.get_session().get_service_model("guardduty")


def called(caller: Caller, name: str, **members: Any) -> dict[str, Any]:
    """What a client gets for its call about the caller's detector; members as boto3 spells them."""
    operation = MODEL.operation_model(name)
    asked = {"DetectorId": caller.detector, **members}
    request = create_serializer("rest-json", include_validation=True).serialize_to_request(asked, operation)
    route, labels = guardduty().route(request["method"], request["url_path"].encode()) or (None, [])
    assert route is not None
    assert route.name == name
    query = urlencode(request["query_string"], doseq=True).encode()
    body = request["body"].encode() if isinstance(request["body"], str) else request["body"]
    arguments = route.read(labels, query, b"application/json", body)
    context = Context(caller.account, caller.region, "admin", caller.store, lambda: caller.now, ("hook",))
    answer = route.write(operations()[name].handler(context, **arguments))
    parsed = create_parser("rest-json").parse(
        {"status_code": route.status, "headers": {}, "body": answer}, operation.output_shape)
    parsed.pop("ResponseMetadata")
    return parsed
