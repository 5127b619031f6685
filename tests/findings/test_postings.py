import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.findings.documents import document, put, row_of
from tests.findings.test_database import engine_for
from tests.findings.test_listing import documents, emptied  # noqa: F401 - emptied is a fixture
from vedette.findings.bits import decoded
from vedette.findings.database import writing
from vedette.findings.filters import FindingCriteria
from vedette.findings.migrations import migrate
from vedette.findings.postings import count_range, post_all
from vedette.findings.schema import attribute, detector, finding, posting
from vedette.findings.store import Store
from vedette.logs.times import format_time, parse_time


def kept(connection):
    return {tuple(key): decoded(bits) for *key, bits in connection.execute(posting.select())}


def what_is_posted(store):
    """The postings there are, and those that the findings there are would be posted with anew."""
    with store._engine.connect() as connection:
        there = kept(connection)
        connection.rollback()
        with connection.begin():
            connection.execute(posting.delete())
            post_all(connection)
            anew = kept(connection)
            connection.rollback()
    return there, anew


@st.composite
def stories(draw):
    """What happens to findings, one to six, a batch of one or more at a time."""
    number = st.integers(1, 6)
    step = st.one_of(
        number.flatmap(documents).map(lambda one: ("put", one)), number.map(lambda one: ("archive", one)),
        number.map(lambda one: ("delete", one)), st.sampled_from([("old", 1500), ("of", "d1"), ("of", "d2")]))
    return draw(st.lists(st.lists(step, min_size=1, max_size=4), min_size=1, max_size=5))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(told=stories())
def test_what_is_posted_is_what_the_findings_hold(emptied, told):  # noqa: F811
    store = emptied()
    there = {}
    for steps in told:
        with store.transaction() as batch:
            for what, which in steps:
                if what == "put":
                    there[which["id"]] = which
                    put(batch, which)
                elif what == "archive" and (found := there.get(document(which)["id"])):
                    found["service"]["archived"] = not found["service"]["archived"]
                    batch.amend([found])
                elif what == "delete":
                    there.pop(document(which)["id"], None)
                    batch.delete_finding(document(which)["id"])
                elif what == "old":
                    there = {one: found for one, found in there.items() if parse_time(found["updatedAt"]) >= which}
                    batch.delete_findings_before(which, 10)
                elif what == "of":
                    there = {one: found for one, found in there.items() if found["service"]["detectorId"] != which}
                    batch.delete_findings_of(which)
        posted, anew = what_is_posted(store)
        assert posted == anew
        assert sorted(store.list(limit=100).ids) == sorted(there)
    with store.transaction() as batch:
        for one in there:
            batch.delete_finding(one)
    assert what_is_posted(store) == ({}, {})


def put_and_fail(batch):
    put(batch, document(2))
    batch.flush()
    batch.put_finding(row_of(document(3)), document(4), b"", [])


def test_a_batch_that_is_undone_posts_nothing(store):
    with store.transaction() as batch:
        put(batch, document(1))
    with pytest.raises(ValueError, match="disagree"), store.transaction() as batch:
        put_and_fail(batch)
    posted, anew = what_is_posted(store)
    assert posted == anew
    assert {bits.bit_count() for bits in posted.values()} == {1}


def test_what_a_batch_writes_it_finds(store):
    current = FindingCriteria.parse({"criterion": {"service.archived": {"eq": ["false"]}}})
    with store.together():
        with store.transaction() as batch:
            put(batch, document(1))
            put(batch, document(2, archived=True))
        assert store.list(current).ids == [document(1)["id"]]
        assert [group.total for group in store.statistics("SEVERITY", current)] == [1]


@given(st.integers(0, 2**63 - 1))
def test_every_count_is_in_one_range(count):
    first, end = count_range(count)
    assert first <= count < end
    assert count_range(first) == count_range(end - 1) == (first, end)
    assert end - first == 1 or (end - first) * 64 <= first


def test_the_findings_of_an_older_database_are_posted(location, monkeypatch):
    engine = engine_for(location)
    with monkeypatch.context() as patched, writing(engine) as connection:
        patched.setattr(migrate, "HEAD", "0001")
        migrate.upgrade(connection)
        connection.execute(detector.insert().values(number=1, detector_id="d"))
        for seq in (1, 9000):
            connection.execute(finding.insert().values(
                seq=seq, id=f"{seq:032x}", detector=1, account="1", region="r", type="t", severity=5.0,
                resource_type="Instance", instance_id="", interface_id="", access_key_id="", principal_id="",
                bucket="", archived=0, count=seq, first_seen=0, last_seen=0, created=0, updated=seq))
            connection.execute(text(
                f"INSERT INTO attribute (seq, path, value, detector) VALUES ({seq}, 98, 'i-{seq}', 1)"))
    engine.dispose()
    with Store.open(location) as store:
        assert store.list().ids == [f"{9000:032x}", f"{1:032x}"]
        asked = FindingCriteria.parse({"criterion": {"resource.instanceDetails.instanceId": {"eq": ["i-9000"]}}})
        assert store.list(asked).ids == [f"{9000:032x}"]
        with store._engine.connect() as connection:
            assert connection.execute(attribute.select()).all() == [
                (1, 98, "i-1", None, None), (9000, 98, "i-9000", None, None)]


def test_a_time_is_found_to_the_millisecond_within_its_day(store):
    with store.transaction() as batch:
        for number in range(5):
            put(batch, document(number, updatedAt=format_time(1_700_000_000_000 + number)))
    found = {}
    for op in ("gt", "gte", "lt", "lte"):
        asked = FindingCriteria.parse({"criterion": {"updatedAt": {op: 1_700_000_000_002}}})
        found[op] = sorted(int(one, 16) for one in store.list(asked).ids)
    assert found == {"gt": [3, 4], "gte": [2, 3, 4], "lt": [0, 1], "lte": [0, 1, 2]}
