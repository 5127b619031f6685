"""Lists as boto3 has them over HTTP: the Terraform way (create, wait, update, wait, delete, wait), for every kind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.api.serving import Served, now, serving
from vedette.engine.activation import Activator

KINDS = ["ip_set", "threat_intel_set", "trusted_entity_set", "threat_entity_set"]
MEMBERS = {"ip_set": "IpSetId", "threat_intel_set": "ThreatIntelSetId", "trusted_entity_set": "TrustedEntitySetId",
           "threat_entity_set": "ThreatEntitySetId"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("lists")) as one:
        yield one


@pytest.fixture(scope="module")
def detector(served: Served) -> str:
    return str(served.client().create_detector(Enable=True)["DetectorId"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_is_made_waited_for_changed_and_deleted(
    kind: str, served: Served, detector: str, tmp_path: Path
) -> None:
    client, member = served.client(), MEMBERS[kind]
    activator = Activator(served.store, now, tmp_path)
    (tmp_path / "bad.txt").write_text("8.8.8.8\n")
    asked: dict[str, Any] = {"DetectorId": detector, "Name": "bad", "Format": "TXT", "Location": f"{tmp_path}/bad.txt",
                             "Activate": True, "ClientToken": f"token-{kind}", "Tags": {"team": "blue"}}
    create = getattr(client, f"create_{kind}")
    named = {"DetectorId": detector, member: create(**asked)[member]}
    assert create(**asked)[member] == named[member], "the same token again makes nothing new"

    def shown() -> dict[str, Any]:
        answer: dict[str, Any] = getattr(client, f"get_{kind}")(**named)
        return answer

    assert shown()["Status"] == "ACTIVATING"
    with pytest.raises(client.exceptions.BadRequestException, match="ACTIVATING"):
        getattr(client, f"delete_{kind}")(**named)
    assert activator.step()
    read = shown()
    assert (read["Status"], read["Name"], read["Format"], read["Location"], read["Tags"]) == (
        "ACTIVE", "bad", "TXT", f"{tmp_path}/bad.txt", {"team": "blue"})
    if kind.endswith("entity_set"):
        assert isinstance(read["CreatedAt"], datetime)
        assert read["UpdatedAt"] >= read["CreatedAt"]
    getattr(client, f"update_{kind}")(**named, Location=f"{tmp_path}/gone.txt", Activate=True)
    assert activator.step()
    read = shown()
    assert read["Status"] == "ERROR"
    assert ("cannot be read" in read.get("ErrorDetails", "")) == kind.endswith("entity_set")
    pages = client.get_paginator(f"list_{kind}s").paginate(DetectorId=detector)
    assert [one for page in pages for one in page[f"{member}s"]] == [named[member]]
    getattr(client, f"delete_{kind}")(**named)
    assert shown()["Status"] == "DELETED"
    assert getattr(client, f"list_{kind}s")(DetectorId=detector)[f"{member}s"] == []


def test_an_analyst_sees_lists_and_changes_none(served: Served, detector: str) -> None:
    analyst = served.client("analyst")
    assert analyst.list_ip_sets(DetectorId=detector)["IpSetIds"] == []
    with pytest.raises(analyst.exceptions.ClientError) as refused:
        analyst.create_ip_set(DetectorId=detector, Name="x", Format="TXT", Location="s3://b/k", Activate=False)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
