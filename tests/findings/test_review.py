import pytest
from sqlalchemy import select

from tests.findings.documents import document, put, row_of
from vedette.findings import schema
from vedette.findings.activity import Person
from vedette.findings.configuration import Destination
from vedette.findings.filters import FindingCriteria
from vedette.findings.policy import EXPORT, Policy
from vedette.findings.review import archive, unarchive

ANN = Person(account="111122223333", name="ann")
INSTANCE = {"instanceDetails": {"instanceId": "i-1", "networkInterfaces": [{"privateIpAddress": "10.0.0.5"}]}}


def attributes(store):
    with store._connected() as connection:
        return sorted(map(tuple, connection.execute(select(schema.attribute.c.path, schema.attribute.c.value))))


def test_amending_writes_the_archive_and_the_feedback_and_nothing_else(store):
    first, second = document(1, resource=INSTANCE), document(2)
    with store.transaction() as batch:
        batch.put_finding(row_of(first, instance_id="i-1"), first, b"base", [])
        put(batch, second)
    before = attributes(store)
    changed = document(1, resource=INSTANCE, archived=True, userFeedback="USEFUL")
    with store.transaction() as batch:
        batch.amend([changed])
    assert store.get([first["id"], second["id"]]) == [changed, second]
    assert store.finding_row([first["id"]])[first["id"]] == row_of(changed, instance_id="i-1")
    assert store.base_of([first["id"]]) == {first["id"]: b"base"}
    assert store.findings_of_entities(["instance/i-1", "private/10.0.0.5"]) == {first["id"]}
    useful = FindingCriteria.parse({"criterion": {"service.userFeedback": {"equals": ["USEFUL"]}}})
    assert store.list(useful).ids == [first["id"]]
    with store.transaction() as batch:
        batch.amend([first])
    assert attributes(store) == before


def test_the_archive_concerns_exports_only_whatever_other_destinations_there_are(store):
    found = document(1)
    export = Destination(account=found["accountId"], region=found["region"], id="d", arn="arn:aws:s3:::bucket")
    policy = Policy(destinations=[export], everywhere=["hook"])
    with store.transaction() as batch:
        put(batch, found)
        batch.publish(found["id"], ["hook"], 1, 1)
        archive(batch, policy, [found], ANN, 4)
        assert len(batch.due("hook", 10)) == 1
        batch.sent(batch.due("hook", 10), 1, 1)
        unarchive(batch, policy, batch.get([found["id"]]), ANN, 5)
        assert (batch.due("hook", 10), len(batch.due(EXPORT + "d", 10))) == ([], 1)


def test_amending_what_is_not_there_makes_nothing(store):
    with store.transaction() as batch:
        batch.amend([document(1)])
    assert store.list().ids == []


@pytest.mark.parametrize("learns", [True, False])
def test_a_finding_that_does_not_learn_is_none_of_an_entitys(store, learns):
    found = document(1, resource=INSTANCE)
    with store.transaction() as batch:
        batch.put_finding(row_of(found, instance_id="i-1", bucket="b"), found, b"", [], learns=learns)
    named = store.findings_of_entities(["instance/i-1", "private/10.0.0.5", "bucket/b"])
    assert named == ({found["id"]} if learns else set())
