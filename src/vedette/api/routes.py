"""Which path is whose: GuardDuty's operations, the console's endpoints, signing in."""

from __future__ import annotations

from vedette.api.console import endpoint, login
from vedette.api.console.endpoint import Endpoint
from vedette.api.protocol import Route, guardduty
from vedette.api.sigv4 import normal_path


def find(method: str, raw_path: bytes) -> tuple[Route | Endpoint, tuple[bytes, ...]] | None:
    """The operation of a request and the labels in its path, still percent-encoded. None: there is none."""
    return guardduty().route(method, raw_path) or endpoint.find(method, raw_path)


def signs_in(method: str, raw_path: bytes) -> bool:
    """The request is about a console session."""
    return (method, normal_path(raw_path)) in login.NAMES


def is_served(raw_path: bytes) -> bool:
    """The path is the API's, whether there is such an operation or not."""
    root = normal_path(raw_path).split(b"/", 2)[1]
    return root in guardduty().roots or root == endpoint.ROOT


def name_of(method: str, raw_path: bytes) -> str | None:
    """What the operation is called that a request is for, if there is one."""
    if signs_in(method, raw_path):
        return login.NAMES[method, normal_path(raw_path)]
    found = find(method, raw_path)
    return None if found is None else found[0].name
