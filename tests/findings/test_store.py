import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.findings.documents import document, put, row_of
from vedette.detectors.signal import Evidence
from vedette.findings.exact_text import restored, storable
from vedette.findings.rows import DueKey, KeyedState, LedgerEntry
from vedette.findings.store import MAX_EVIDENCE, Store
from vedette.inventory.fact import Fact
from vedette.logs.kinds import DeadLetter

HARD = "a\0b\udc80\ufffe\ufffe0000é𐍈"
"""A name as hostile logs and file systems give them: NUL, half a surrogate pair, the escape mark itself."""


class Stop(Exception):  # noqa: N818
    pass


def entry(name, **fields):
    return LedgerEntry(source="logs", object=name, version="1", **fields)


@given(st.text(alphabet=st.characters(exclude_categories=())), st.text(alphabet=st.sampled_from("\0\ufffe0\udc80a")))
def test_any_text_can_be_stored_and_comes_back(one, other):
    for text in (one, other):
        assert restored(storable(text)) == text
        stored = storable(text)
        stored.encode()
        assert "\0" not in stored
    assert (storable(one) == storable(other)) is (one == other)


def test_an_object_is_unread_until_it_is_in_the_ledger(store):
    pairs = [(HARD, "1"), (HARD, "2"), ("other", "1")]
    assert store.unread(pairs) == [True, True, True]
    with store.transaction() as batch:
        batch.record_object(entry(HARD))
        assert batch.unread(pairs) == [False, True, True]
    assert store.unread(pairs) == [False, True, True]
    assert list(store.known_objects("logs")) == [(HARD, "1")]
    assert list(store.known_objects("elsewhere")) == []


def test_an_object_that_failed_stays_unread_and_its_reason_goes_when_it_is_read(store):
    with store.transaction() as batch:
        batch.record_object(entry("o", state="failed", reason="denied"))
        batch.add_dead_letters("o", "1", [DeadLetter(-1, "denied")])
    assert store.unread([("o", "1")]) == [True]
    assert [letter.reason for letter in store.dead_letters()] == ["denied"]
    with store.transaction() as batch:
        batch.record_object(entry("o"))
    assert store.unread([("o", "1")]) == [False]
    assert store.dead_letters() == []


def test_unread_asks_for_many_objects_at_once(store):
    with store.transaction() as batch:
        batch.record_objects(entry(f"o{number}") for number in range(0, 5000, 2))
    assert store.unread([(f"o{number}", "1") for number in range(5000)]) == [False, True] * 2500
    assert len(list(store.ledger())) == 2500


def test_recording_an_object_again_replaces_its_entry_and_keeps_its_place(store):
    with store.transaction() as batch:
        batch.record_objects([entry("a", records=1), entry("b", state="failed", reason="no gzip")])
        batch.record_object(entry("a", records=7, first_time=5, last_time=6))
    with store.transaction() as batch:
        batch.record_object(entry("a", records=7, first_time=5, last_time=6))
    first, second = store.ledger("logs")
    assert (first.object, first.records, first.first_time, first.last_time) == ("a", 7, 5, 6)
    assert (second.object, second.state, second.reason) == ("b", "failed", "no gzip")
    assert [one.object for one in store.ledger(after=first.seq)] == ["b"]


def test_a_dead_letter_is_kept_once(store):
    letters = [DeadLetter(3, "no JSON", HARD), DeadLetter(-1, "cut off")]
    for _ in range(2):
        with store.transaction() as batch:
            batch.add_dead_letters("o", "1", [*letters, letters[0]])
    kept = store.dead_letters()
    assert [(one.object, one.version, one.position, one.reason, one.sample) for one in kept] == [
        ("o", "1", 3, "no JSON", HARD), ("o", "1", -1, "cut off", "")]
    assert store.dead_letters(limit=1) == kept[:1]
    assert store.dead_letters(after=kept[0].seq) == kept[1:]


def test_a_state_is_replaced_found_by_key_and_forgotten(store):
    with store.transaction() as batch:
        batch.put_state(KeyedState(detector="d", key=HARD, settled=b"old", watermark=10))
        batch.put_state(KeyedState(detector="e", key=HARD, settled=b"another detector's", watermark=10))
    kept = KeyedState(detector="d", key=HARD, version=2, settled=b"\0new", pending=b"\xff", watermark=20)
    with store.transaction() as batch:
        batch.put_state(kept)
        assert batch.states("d", [HARD, "unknown"]) == {HARD: kept}
    assert store.states("d", [HARD]) == {HARD: kept}
    with store.transaction() as batch:
        batch.delete_state("d", HARD)
        assert batch.states("d", [HARD]) == {}
    assert store.states("d", [HARD]) == {}
    assert store.states("e", [HARD])[HARD].settled == b"another detector's"


@pytest.mark.parametrize("remembered", [
    b"", b"\x1f\x8b", b"\x1f\x8bno gzip at all", gzip.compress(b"gzip", mtime=0), b"a" * 4_095, b"a" * 4_096,
    b"ab" * 500_000, bytes(range(256)) * 40])
def test_a_state_comes_back_as_it_was_whatever_its_bytes(store, remembered):
    kept = KeyedState(detector="d", key="k", settled=remembered, pending=remembered[::-1])
    with store.transaction() as batch:
        batch.put_state(kept)
    assert store.states("d", ["k"]) == {"k": kept}
    assert list(store.remembered("d")) == [kept]


def test_a_large_state_takes_little_room(store):
    habits = json.dumps([{"arn": f"arn:aws:iam::111122223333:role/r{n}", "seen": n} for n in range(5_000)]).encode()
    with store.transaction() as batch:
        batch.put_state(KeyedState(detector="d", key="k", settled=habits))
    ((keys, size),) = store.remembering().values()
    assert keys == 1
    assert size < len(habits) / 4


def test_a_state_put_after_it_was_deleted_stays(store):
    kept = KeyedState(detector="d", key="k", settled=b"1")
    with store.transaction() as batch:
        batch.put_state(kept)
    with store.transaction() as batch:
        batch.delete_state("d", "k")
        batch.put_state(kept)
    assert store.states("d", ["k"]) == {"k": kept}


def test_states_behind_are_those_up_to_the_watermark(store):
    with store.transaction() as batch:
        for key, watermark in (("late", 30), ("even", 20), ("early", 10)):
            batch.put_state(KeyedState(detector="d", key=key, watermark=watermark))
        batch.put_state(KeyedState(detector="e", key="early", watermark=10))
        assert batch.states_behind(["d"], 20) == [DueKey("d", "early"), DueKey("d", "even")]
        assert batch.states_behind(["d", "e", "f"], 10) == [DueKey("d", "early"), DueKey("e", "early")]
    assert store.states_behind(["d"], 9) == []


def test_an_open_signal_is_added_once(store):
    with store.transaction() as batch:
        assert batch.add_open([("s1", "f1", 5, b"1"), ("s1", "f1", 5, b"1"), ("s2", "f2", 4, b"2")]) == {"f1", "f2"}
        assert batch.add_open([("s1", "f1", 5, b"changed"), ("s3", "f2", 3, b"3")]) == {"f2"}
    assert store.open_of(["f1", "f2", "f3"]) == {"f1": [b"1"], "f2": [b"3", b"2"]}


def test_replacing_open_signals_names_the_findings_that_change(store):
    with store.transaction() as batch:
        assert batch.replace_open("d", "k", [("a", "f1", 1, b"a"), ("b", "f2", 2, b"b")]) == {"f1", "f2"}
    with store.transaction() as batch:
        assert batch.replace_open("d", "k", [("b", "f2", 2, b"b"), ("a", "f1", 1, b"a")]) == set()
        assert batch.replace_open("d", "other", []) == set()
    with store.transaction() as batch:
        assert batch.replace_open("d", "k", [("b", "f3", 2, b"b"), ("c", "f1", 9, b"c")]) == {"f1", "f2", "f3"}
        assert batch.open_of(["f1", "f2", "f3"]) == {"f1": [b"c"], "f3": [b"b"]}
    with store.transaction() as batch:
        assert batch.replace_open("d", "k", []) == {"f1", "f3"}
    assert store.open_of(["f1", "f2", "f3"]) == {}


def test_what_two_detectors_say_stays_said_when_one_takes_it_back(store):
    with store.transaction() as batch:
        batch.add_open([("a", "f", 1, b"plain")])
        assert batch.replace_open("d", "k", [("a", "f", 1, b"mine")]) == {"f"}
        assert batch.replace_open("d", "other", [("a", "f", 1, b"theirs")]) == {"f"}
    with store.transaction() as batch:
        assert batch.replace_open("d", "k", []) == {"f"}
        assert sorted(batch.open_of(["f"])["f"]) == [b"plain", b"theirs"]
        assert batch.settle(10) == {"f": [("a", b"plain")]}
    assert store.open_of(["f"]) == {"f": [b"theirs"]}


def test_settling_takes_out_older_signals_and_leaves_those_of_keys(store):
    with store.transaction() as batch:
        batch.add_open([("z", "f1", 9, b"9"), ("y", "f1", 10, b"10"), ("x", "f1", 8, b"8"), ("w", "f2", 7, b"7")])
        batch.replace_open("d", "k", [("v", "f1", 1, b"key's")])
        assert batch.settle(10) == {"f1": [("x", b"8"), ("z", b"9")], "f2": [("w", b"7")]}
        assert batch.settle(10) == {}
    assert store.open_of(["f1", "f2"]) == {"f1": [b"key's", b"10"]}


def test_a_finding_comes_back_as_it_was_put(store):
    found = document(1, resource={"instanceDetails": {"instanceId": "i-1", "platform": "a\0b"}})
    row = row_of(found, instance_id="i-1", access_key_id=HARD, bucket="b")
    records = [Evidence(5, HARD, HARD, "1", 3), Evidence(4, "r", "o", "2", 0)]
    with store.transaction() as batch:
        batch.put_finding(row, found, b"\0base", records)
        assert batch.get([row.id]) == [found]
    assert store.get(["unknown", row.id]) == [found]
    assert store.finding_row([row.id, "unknown"]) == {row.id: row}
    assert store.base_of([row.id, "unknown"]) == {row.id: b"\0base"}
    assert store.evidence(row.id) == records
    assert store.evidence("unknown") == []


def test_documents_come_in_the_order_asked_for(store):
    with store.transaction() as batch:
        for number in (1, 2, 3):
            put(batch, document(number))
    ids = [f"{number:032x}" for number in (3, 1, 2)]
    assert [one["id"] for one in store.get(ids)] == ids


def test_putting_a_finding_again_replaces_all_of_it(store):
    before = document(1, resource={"instanceDetails": {"instanceId": "i-1", "platform": "linux"}})
    after = document(1, count=2, severity=8.0, resource={"instanceDetails": {"instanceId": "i-2"}})
    with store.transaction() as batch:
        batch.put_finding(row_of(before), before, b"1", [Evidence(1, "r1", "o", "1", 1)])
    with store.transaction() as batch:
        batch.put_finding(row_of(after), after, b"2", [Evidence(2, "r2", "o", "1", 2)])
    assert store.get([after["id"]]) == [after]
    assert store.finding_row([after["id"]])[after["id"]].count == 2
    assert store.base_of([after["id"]]) == {after["id"]: b"2"}
    assert [one.record for one in store.evidence(after["id"])] == ["r2"]
    assert store.findings_of_entities(["instance/i-1"]) == set()
    assert store.findings_of_entities(["instance/i-2"]) == {after["id"]}


def test_a_deleted_finding_leaves_nothing(store):
    found = document(1, resource={"instanceDetails": {"instanceId": "i-1"}})
    with store.transaction() as batch:
        batch.put_finding(row_of(found), found, b"1", [Evidence(1, "r1", "o", "1", 1)])
        batch.delete_finding(found["id"])
        batch.delete_finding("unknown")
    assert store.get([found["id"]]) == []
    assert store.evidence(found["id"]) == []
    assert store.findings_of_entities(["instance/i-1"]) == set()
    assert store.list().ids == []
    with store.transaction() as batch:
        put(batch, document(2))
    assert store.evidence(document(2)["id"]) == []


def test_findings_are_found_by_what_their_document_or_row_names(store):
    interfaces = {"instanceId": "i-1", "networkInterfaces": [
        {"networkInterfaceId": "eni-1"}, {"networkInterfaceId": "eni-2"}]}
    one = document(1, resource={"instanceDetails": interfaces})
    two = document(2, resource={"s3BucketDetails": [{"name": "b1"}, {"name": "b2"}]})
    with store.transaction() as batch:
        put(batch, one, interface_id="eni-9")
        put(batch, two)
    assert store.findings_of_entities(["interface/eni-2"]) == {one["id"]}
    assert store.findings_of_entities(["interface/eni-9"]) == {one["id"]}
    assert store.findings_of_entities(["instance/i-1", "bucket/b2"]) == {one["id"], two["id"]}
    assert store.findings_of_entities(["instance/eni-1", "interface/i-1"]) == set()


@pytest.mark.parametrize("field", ["count", "severity", "eventLastSeen", "archived"])
def test_a_row_that_disagrees_with_its_document_is_refused(store, field):
    found = document(1)
    other = document(1, **{
        field: {"count": 9, "severity": 2.0, "eventLastSeen": "2024-01-01T00:00:00.000Z", "archived": True}[field]})
    with pytest.raises(ValueError, match=field), store.transaction() as batch:
        batch.put_finding(row_of(found), other, b"", [])


def test_too_much_evidence_is_refused(store):
    found = document(1)
    records = [Evidence(1, "r", "o", "1", position) for position in range(MAX_EVIDENCE + 1)]
    with store.transaction() as batch:
        batch.put_finding(row_of(found), found, b"", records[:-1])
    with pytest.raises(ValueError, match="evidence"), store.transaction() as batch:
        batch.put_finding(row_of(found), found, b"", records)


def test_of_facts_the_newest_counts_and_of_equally_old_ones_the_larger_value(store):
    with store.transaction() as batch:
        assert batch.put_facts([Fact("instance/i-1", "type", '"b"', 5), Fact(HARD, "x", "1", 1)]) == {
            "instance/i-1", HARD}
    with store.transaction() as batch:
        assert batch.put_facts([Fact("instance/i-1", "type", '"z"', 4)]) == set()
        assert batch.put_facts([Fact("instance/i-1", "type", '"a"', 5)]) == set()
        assert batch.put_facts([Fact("instance/i-1", "type", '"b"', 7)]) == set()
        assert batch.put_facts([Fact("instance/i-1", "type", '"c"', 7)]) == {"instance/i-1"}
    assert store.facts() == sorted([Fact("instance/i-1", "type", '"c"', 7), Fact(HARD, "x", "1", 1)])
    assert store.facts([HARD, "unknown"]) == [Fact(HARD, "x", "1", 1)]


@settings(max_examples=40, deadline=None)
@given(st.lists(
    st.builds(Fact, st.sampled_from("ab"), st.sampled_from("xy"), st.sampled_from("123"), st.integers(0, 3)),
    max_size=12), st.integers(0, 12))
def test_facts_end_the_same_in_whatever_batches_they_come(facts, cut):
    ends = []
    for batches in ([facts], [facts[:cut], facts[cut:]], [list(reversed(facts))]):
        with Store.in_memory() as store:
            for part in batches:
                with store.transaction() as batch:
                    batch.put_facts(part)
            ends.append(store.facts())
    assert ends[0] == ends[1] == ends[2]
    newest = {}
    for fact in sorted(facts, key=lambda one: (one.observed, one.value)):
        newest[fact.entity, fact.field] = fact
    assert ends[0] == sorted(newest.values())


def test_single_values_are_replaced(store):
    assert store.meta("watermark") is None
    with store.transaction() as batch:
        batch.put_meta("watermark", "1")
        batch.put_meta("watermark", HARD)
    assert store.meta("watermark") == HARD


CHANGES = {
    "object": lambda batch: batch.record_object(entry("o")),
    "letter": lambda batch: batch.add_dead_letters("o", "1", [DeadLetter(1, "r")]),
    "state": lambda batch: batch.put_state(KeyedState(detector="d", key="k")),
    "open": lambda batch: batch.add_open([("s", "f", 1, b"")]),
    "replaced": lambda batch: batch.replace_open("d", "k", [("t", "f", 1, b"")]),
    "settled": lambda batch: batch.settle(100),
    "finding": lambda batch: put(batch, document(1)),
    "deleted": lambda batch: batch.delete_finding(document(7)["id"]),
    "facts": lambda batch: batch.put_facts([Fact("e", "f", "1", 1)]),
    "meta": lambda batch: batch.put_meta("m", "1"),
}


def change_and_stop(batch, names):
    for name in names:
        CHANGES[name](batch)
    batch.flush()
    raise Stop


def everything(store):
    ids = [document(number)["id"] for number in (1, 7)]
    return (
        list(store.ledger()), store.dead_letters(), store.states("d", ["k", "k7"]), store.open_of(["f"]),
        store.get(ids), store.list().ids, store.facts(), store.meta("m"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(sorted(CHANGES)), min_size=1, max_size=12))
def test_an_exception_in_a_transaction_leaves_nothing_of_it(store, names):
    with store.transaction() as batch:
        batch.record_object(entry("o7"))
        batch.put_state(KeyedState(detector="d", key="k7"))
        batch.add_open([("s7", "f", 7, b"")])
        put(batch, document(7))
    before = everything(store)
    with pytest.raises(Stop), store.transaction() as batch:
        change_and_stop(batch, names)
    assert everything(store) == before


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(sorted(set(CHANGES) - {"settled", "deleted"})), min_size=1, max_size=8))
def test_the_same_changes_again_change_nothing(store, names):
    for _ in range(2):
        with store.transaction() as batch:
            for name in names:
                CHANGES[name](batch)
    before = everything(store)
    with store.transaction() as batch:
        for name in names:
            CHANGES[name](batch)
    assert everything(store) == before


def test_a_transaction_inside_another_is_a_bug(store):
    with store.transaction(), pytest.raises(RuntimeError, match="already open"), store.transaction():
        pass


def test_the_store_shows_what_was_committed_and_the_batch_its_own_changes(store):
    with store.transaction() as batch:
        batch.put_meta("m", "1")
        assert batch.meta("m") == "1"
        assert store.meta("m") is None
    assert store.meta("m") == "1"


def test_a_store_in_memory_refuses_to_be_asked_inside_a_transaction():
    with Store.in_memory() as store:
        with store.transaction() as batch:
            batch.put_meta("m", "1")
            with pytest.raises(RuntimeError, match="ask the batch"):
                store.meta("m")
        assert store.meta("m") == "1"


def test_a_file_store_opened_again_has_everything(tmp_path: Path):
    with Store.open(tmp_path) as store, store.transaction() as batch:
        batch.record_object(entry("o"))
    with Store.open(tmp_path) as store:
        assert list(store.known_objects("logs")) == [("o", "1")]


def test_transactions_together_are_one_that_is_seen_by_its_own_thread_alone(store):
    def noted() -> tuple[str | None, str | None]:
        return store.meta("one"), store.meta("two")

    def change_and_break() -> None:
        with store.together():
            with store.transaction() as batch:
                batch.put_meta("one", "changed")
            raise ZeroDivisionError

    with ThreadPoolExecutor(1) as other:
        with store.together():
            with store.transaction() as batch:
                batch.put_meta("one", "1")
            assert noted() == ("1", None)
            assert other.submit(noted).result() == (None, None)
            with store.transaction() as batch:
                assert batch.meta("one") == "1"
                batch.put_meta("two", "2")
        assert other.submit(noted).result() == noted() == ("1", "2")
        with pytest.raises(ZeroDivisionError):
            change_and_break()
        assert other.submit(noted).result() == noted() == ("1", "2")
        with store.transaction() as batch:  # and all is as before
            batch.put_meta("one", "3")
        assert other.submit(noted).result() == ("3", "2")


def test_the_newest_dead_letters_of_objects_that_are_seen_come_first(store):
    with store.transaction() as batch:
        for name, count in (("a", 3), ("b", 2), ("c", 1)):
            batch.record_object(entry(name, kind="dns", last_time=5))
            batch.add_dead_letters(name, "1", [DeadLetter(place, f"{name}{place}") for place in range(count)])
    total, found = store.dead_letters_of(lambda name: name != "b", 3)
    assert (total, [one.reason for one in found]) == (4, ["c0", "a2", "a1"])
    total, found = store.dead_letters_of(lambda name: name != "b", 3, 3)
    assert (total, [one.reason for one in found]) == (4, ["a0"])
    assert store.dead_letters_of(lambda _: True, 0) == (6, [])
    assert store.dead_letters_of(lambda _: False, 5) == (0, [])
    entries = store.ledger_of([("a", "1"), ("a", "2"), ("c", "1")])
    assert {place: entry.kind for place, entry in entries.items()} == {("a", "1"): "dns", ("c", "1"): "dns"}
