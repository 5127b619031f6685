"""Several accounts of one server, each asking in its own name; what they are answered must fit GuardDuty's model."""

from __future__ import annotations

from typing import Any

from botocore.model import Shape
from botocore.session import get_session

from vedette.api.enabling import new_detector
from vedette.api.errors import BadRequest
from vedette.api.operation import Context, operations
from vedette.findings.configuration import DetectorSettings
from vedette.findings.fold import detector_id
from vedette.findings.store import Store

MODEL = get_session().get_service_model("guardduty")
REGION = "eu-west-1"
NOON = 1_790_000_000_000
MANAGEMENT = "900000000009"
"""The organization's management account."""


class Account:
    """One account: ``account("ListMembers", detector_id=…)`` asks in its name."""

    def __init__(self, store: Store, number: str, now: list[int], region: str = REGION) -> None:
        self.id, self.region, self.detector = number, region, detector_id(number, region)
        self._store = store
        self._context = Context(number, region, "admin", store, lambda: now[0], management_account=MANAGEMENT)
        self._now = now

    def with_detector(self, **changes: Any) -> Account:
        made = new_detector(self.id, self.region, self._now[0])
        for name, value in changes.items():
            setattr(made, name, value)
        with self._store.transaction() as batch:
            batch.configure(made)
        return self

    @property
    def settings(self) -> DetectorSettings | None:
        return self._store.configuration(DetectorSettings, self.id, self.region, self.detector)

    def features(self) -> set[str]:
        """Those that are on."""
        settings = self.settings
        return {name for name, one in settings.features.items() if one.enabled} if settings else set()

    def asks(self, operation: str, /, **members: Any) -> dict[str, Any]:
        answer = operations()[operation].handler(self._context, **members) or {}
        shape = MODEL.operation_model(operation).output_shape
        if shape is None or not shape.members:
            assert answer == {}
        else:
            assert answer.keys() <= shape.members.keys()
            for member, value in answer.items():
                if value is not None:
                    fits(shape.members[member], value, member)
        return answer

    def __call__(self, operation: str, /, **members: Any) -> dict[str, Any]:
        """An operation on the account's own detector."""
        return self.asks(operation, detector_id=self.detector, **members)

    def refused(self, operation: str, /, **members: Any) -> str:
        """The same, refused: the reason. Nothing is asked of the detector where the operation has none."""
        model = MODEL.operation_model(operation).input_shape
        ask = self if model is not None and "DetectorId" in model.members else self.asks
        try:
            ask(operation, **members)
        except BadRequest as error:
            return str(error)
        raise AssertionError(f"{operation} was not refused")


def fits(shape: Shape, value: Any, where: str) -> None:
    """Members by their names on the wire, required ones there, values of the model's enums and types."""
    if shape.type_name == "structure":
        wire = {one.serialization.get("name", name): one for name, one in shape.members.items()}
        assert value.keys() <= wire.keys(), where
        for name in shape.required_members:
            assert shape.members[name].serialization.get("name", name) in value, f"{where}.{name}"
        for name, one in value.items():
            fits(wire[name], one, f"{where}.{name}")
    elif shape.type_name == "list":
        for one in value:
            fits(shape.member, one, where)
    elif shape.type_name == "map":
        for key, one in value.items():
            fits(shape.key, key, where)
            fits(shape.value, one, f"{where}.{key}")
    else:
        kinds: dict[str, type] = {"string": str, "boolean": bool, "integer": int, "long": int,
                                  "timestamp": int}
        assert type(value) is kinds[shape.type_name], where
        assert not getattr(shape, "enum", None) or value in shape.enum, where


def left(answer: dict[str, Any]) -> dict[str, str]:
    """The accounts that were not processed, and why."""
    return {one["accountId"]: one["result"] for one in answer["UnprocessedAccounts"]}


def statuses(administrator: Account, only_associated: str = "false") -> dict[str, str]:
    """An administrator's members and how they stand."""
    listed = administrator("ListMembers", only_associated=only_associated)["Members"]
    return {one["accountId"]: one["relationshipStatus"] for one in listed}


def invited(administrator: Account, *accounts: Account) -> str:
    """Name and invite accounts; the invitation of the last."""
    named = [{"accountId": one.id, "email": f"{one.id}@example.com"} for one in accounts]
    assert left(administrator("CreateMembers", account_details=named)) == {}
    assert left(administrator("InviteMembers", account_ids=[one.id for one in accounts])) == {}
    listed = accounts[-1].asks("ListInvitations")["Invitations"]
    return str(next(one["invitationId"] for one in listed if one["accountId"] == administrator.id))


def joined(administrator: Account, account: Account) -> None:
    """The account becomes a member by invitation."""
    account("AcceptAdministratorInvitation", administrator_id=administrator.id,
            invitation_id=invited(administrator, account))


