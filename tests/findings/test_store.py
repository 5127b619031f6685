from vedette.detectors.signal import Evidence
from vedette.findings.rows import FindingRow, KeyedState, LedgerEntry
from vedette.findings.store import Store
from vedette.logs.kinds import DeadLetter
from vedette.logs.times import format_time


def test_smoke(tmp_path):
    with Store.open(tmp_path / "s") as store:
        with store.transaction() as batch:
            batch.record_object(LedgerEntry(source="a", object="o\0\udc80", version="1"))
            batch.record_object(LedgerEntry(source="a", object="o\0\udc80", version="1", records=3))
            batch.add_dead_letters("o", "1", [DeadLetter(1, "r"), DeadLetter(1, "r")])
            batch.put_state(KeyedState(detector="d", key="k\0"))
            assert batch.replace_open("d", "k", [("s", "f", 1, b"x")]) == {"f"}
            assert batch.replace_open("d", "k", [("s", "g", 1, b"x")]) == {"f", "g"}
            assert batch.add_open([("s", "f", 1, b"x"), ("t", "f", 2, b"x")]) == {"f"}
            row = FindingRow(id="1" * 32, detector_id="d", account="1", region="r", type="t", severity=5.0, resource_type="Instance", first_seen=1, last_seen=2, created=3, updated=4)
            doc = {"id": row.id, "accountId": "1", "region": "r", "type": "t", "severity": 5, "createdAt": format_time(3), "updatedAt": format_time(4), "resource": {"resourceType": "Instance", "instanceDetails": {"instanceId": "i-1"}}, "service": {"detectorId": "d", "archived": False, "count": 1, "eventFirstSeen": format_time(1), "eventLastSeen": format_time(2)}}
            batch.put_finding(row, doc, b"base", [Evidence(1, "r", "o", "v", 1)])
            batch.put_meta("w", "1")
            assert batch.get([row.id]) == [doc]
        assert list(store.known_objects("a")) == [("o\0\udc80", "1")]
        assert store.unread("a", [("o\0\udc80", "1"), ("p", "1")]) == [False, True]
        assert store.finding_row([row.id]) == {row.id: row}
        assert store.base_of([row.id]) == {row.id: b"base"}
        assert store.evidence(row.id) == [Evidence(1, "r", "o", "v", 1)]
        assert len(store.dead_letters()) == 1
        assert list(store.states("d", ["k\0"])) == ["k\0"]
        assert store.open_of(["f", "g"]) == {"f": [b"x"], "g": [b"x"]}
        with store.transaction() as batch:
            assert batch.settle(2) == {"g": [("s", b"x")]}
            batch.put_finding(row, doc, b"base2", [])
            batch.delete_finding(row.id)
            assert batch.get([row.id]) == []
