"""What users configure over the API and the store keeps: detectors, filters, lists, destinations, members, keys.

Each kind is one struct; the store keeps it as JSON under kind, account, Region and id. Times are milliseconds since
the epoch. Names follow GuardDuty's API.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, TypeVar

import msgspec

Frequency = Literal["FIFTEEN_MINUTES", "ONE_HOUR", "SIX_HOURS"]

PERIODS: dict[Frequency, int] = {"FIFTEEN_MINUTES": 900_000, "ONE_HOUR": 3_600_000, "SIX_HOURS": 21_600_000}
"""How often (ms) repeats of a finding are published."""

EVERYWHERE = ""
"""The Region of what belongs to an account as a whole, and the account of what belongs to the server."""


class Configured(msgspec.Struct, kw_only=True, forbid_unknown_fields=False):
    """One configured thing, of an account and Region."""

    KIND: ClassVar[str] = ""

    account: str
    region: str
    id: str
    created: int = 0
    updated: int = 0


C = TypeVar("C", bound=Configured)


class Feature(msgspec.Struct, kw_only=True):
    """A protection plan of a detector, on or off."""

    enabled: bool
    updated: int = 0
    additional: dict[str, bool] = {}
    """Additional configuration (agent management and such), on or off."""


class DetectorSettings(Configured, kw_only=True):
    """GuardDuty's detector: one an account and Region. Its id is `vedette.findings.fold.detector_id`."""

    KIND: ClassVar[str] = "detector"

    enabled: bool = True
    frequency: Frequency = "SIX_HOURS"
    features: dict[str, Feature] = {}
    """By GuardDuty's name. The foundational ones are always on and not among these."""
    tags: dict[str, str] = {}


class Filter(Configured, kw_only=True):
    """Saved criteria; with the action ARCHIVE, a suppression rule. Its id is its name."""

    KIND: ClassVar[str] = "filter"

    criteria: dict[str, Any]
    """FindingCriteria as it came over the wire."""
    action: Literal["NOOP", "ARCHIVE"] = "NOOP"
    rank: int = 1
    description: str = ""
    version: int = 1
    tags: dict[str, str] = {}


ListKindName = Literal["ipset", "threatintelset", "trustedentityset", "threatentityset"]
ListStatus = Literal["INACTIVE", "ACTIVATING", "ACTIVE", "DEACTIVATING", "ERROR", "DELETE_PENDING", "DELETED"]


class SavedList(Configured, kw_only=True):
    """A trusted or threat list. In force while its status is ACTIVE, with the content it had when it was activated.

    One that was in force and cannot be had again stays so: its status is ERROR, and its digest says what is in force.
    """

    KIND: ClassVar[str] = "list"

    kind: ListKindName
    name: str
    format: str
    location: str
    status: ListStatus = "INACTIVE"
    error: str = ""
    """Why its status is ERROR."""
    digest: str = ""
    """Of the content kept (`Reader.content`); empty before it was loaded."""
    failures: int = 0
    """How many times in a row its location could not be read; 0 too when it is malformed."""
    again: int = 0
    """When it is tried again (ms), while there are failures."""
    expected_bucket_owner: str = ""
    tags: dict[str, str] = {}


class Destination(Configured, kw_only=True):
    """A PublishingDestination of a detector: S3 export."""

    KIND: ClassVar[str] = "destination"

    type: Literal["S3"] = "S3"
    arn: str
    kms_key_arn: str = ""
    expected_bucket_owner: str = ""
    status: Literal[
        "PENDING_VERIFICATION", "PUBLISHING", "UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY", "STOPPED"
    ] = "PENDING_VERIFICATION"
    failing_since: int = 0
    """When publishing began to fail; 0 while it does not."""
    tags: dict[str, str] = {}


Relationship = Literal["Created", "Invited", "Enabled", "Disabled", "Removed", "Resigned"]


class Member(Configured, kw_only=True):
    """An account that the administrator ``account`` manages in the Region. Its id is the member's account id."""

    KIND: ClassVar[str] = "member"

    email: str
    relationship: Relationship = "Created"
    invitation: str = ""
    invited: int = 0
    by_organization: bool = False


class OrganizationSettings(Configured, kw_only=True):
    """What a delegated administrator has set for the organization; id ``organization``."""

    KIND: ClassVar[str] = "organization"

    auto_enable: Literal["NEW", "ALL", "NONE"] = "NONE"
    features: dict[str, Literal["NEW", "ALL", "NONE"]] = {}
    additional: dict[str, dict[str, Literal["NEW", "ALL", "NONE"]]] = {}


class OrganizationAdmin(Configured, kw_only=True):
    """The delegated administrator (its id) that the management account ``account`` has named in the Region."""

    KIND: ClassVar[str] = "organization-admin"


class ScanSettings(Configured, kw_only=True):
    """Malware scan settings; id ``malware``."""

    KIND: ClassVar[str] = "scan-settings"

    criteria: dict[str, Any] = {}
    retention: Literal["NO_RETENTION", "RETENTION_WITH_FINDING"] = "NO_RETENTION"


RuleMode = Literal["DRY_RUN", "LIVE"]
"""How a custom detection rule works: what it would find is counted only, or it makes findings."""


class RuleAssociation(Configured, kw_only=True):
    """A custom detection rule (its id) at work in an account and Region."""

    KIND: ClassVar[str] = "rule-association"

    association: str
    """What the API calls it by."""
    mode: RuleMode
    expires: int = 0
    """When it ends; 0: never."""
    by_organization: bool = False
    """The organization's setting makes it; never kept."""
    tags: dict[str, str] = {}


class RuleOrganization(Configured, kw_only=True):
    """How a delegated administrator (its account) has a rule work in the organization; id ``rule/mode``."""

    KIND: ClassVar[str] = "rule-organization"

    rule: str
    mode: RuleMode
    include: list[str] = []
    """Only these accounts; empty: all but those excluded."""
    exclude: list[str] = []
    expires: int = 0


class RuleTrial(Configured, kw_only=True):
    """What a rule (its id) would have found in an account and Region while it was only tried."""

    KIND: ClassVar[str] = "rule-trial"

    matches: int = 0


class ClientToken(Configured, kw_only=True):
    """What a create call with this token (``operation/token``, its id) made: the same call again makes nothing new."""

    KIND: ClassVar[str] = "client-token"

    parameters: str
    """Digest of what was asked: the same token with other parameters is refused."""
    answer: dict[str, Any]


class ApiKey(Configured, kw_only=True):
    """Credentials of a user or shipper. Its id is the access key id. ``region`` is `EVERYWHERE`."""

    KIND: ClassVar[str] = "api-key"

    role: Literal["admin", "analyst", "ingest"]
    name: str
    sealed: str
    """The secret, encrypted with the server's key file; base64."""
    revoked: int = 0
    """When; 0 while it is good."""
