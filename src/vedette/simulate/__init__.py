"""Made logs: builders of native-format records, stories told with them, and an estate of ordinary work."""

from __future__ import annotations

from vedette.simulate.addresses import (
    ACCOUNT,
    AWS_STRANGER,
    HOME,
    INSTANCE_PUBLIC,
    LAMBDA_PUBLIC,
    NAT_PUBLIC,
    OFFICE,
    OTHER_ACCOUNT,
    OUTSIDE,
    REGION,
    STRANGER,
    TOR_EXIT,
)
from vedette.simulate.databases import DbClient, db_client
from vedette.simulate.events import Event, every
from vedette.simulate.kubernetes import KubePrincipal, kube_iam, kube_user, service_account
from vedette.simulate.network import (
    FLOW_V2,
    FLOW_V5,
    Instance,
    described,
    described_addresses,
    described_functions,
    function,
    instance,
)
from vedette.simulate.principals import (
    Principal,
    anonymous,
    assumed_root,
    ecs_session,
    federated_user,
    foreign_account,
    iam_user,
    instance_session,
    lambda_session,
    role_session,
    root,
    service,
    service_role_session,
    sso_session,
    web_identity,
)
from vedette.simulate.story import Expected, Given, Story, story, write

__all__ = [
    "ACCOUNT", "AWS_STRANGER", "FLOW_V2", "FLOW_V5", "HOME", "INSTANCE_PUBLIC", "LAMBDA_PUBLIC", "NAT_PUBLIC",
    "OFFICE", "OTHER_ACCOUNT", "OUTSIDE", "REGION", "STRANGER", "TOR_EXIT", "DbClient", "Event", "Expected",
    "Given", "Instance", "KubePrincipal", "Principal", "Story", "anonymous", "assumed_root", "db_client",
    "described", "described_addresses", "described_functions", "ecs_session", "every", "federated_user",
    "foreign_account", "function", "iam_user", "instance", "instance_session", "kube_iam", "kube_user",
    "lambda_session", "role_session", "root", "service", "service_account", "service_role_session", "sso_session",
    "story", "web_identity", "write",
]
