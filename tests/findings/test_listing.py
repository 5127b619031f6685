import json
from itertools import count
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from tests.findings.documents import document, put
from vedette.findings import bits, listing, postings, selection
from vedette.findings.attributes import INDEXED, filter_paths, values_of
from vedette.findings.exact_text import storable
from vedette.findings.filters import FilterError, FindingCriteria
from vedette.findings.postings import DAY
from vedette.findings.store import Store
from vedette.logs.times import format_time

LONG = "x" * (INDEXED + 8)
TEXTS = ["a", "b", "A", "a_b", "a%", "[a]", "a\\b", "\0", "é", "true", "5", LONG + "x", LONG + "y"]
PATTERNS = ["a*", "?", "*", "[a]", "a_?", "a%", "*\\*", "*y", "x*", "\0", "tr?e", "5"]
PATHS = [
    "resource.instanceDetails.instanceId", "resource.instanceDetails.tags.value", "service.additionalInfo.domain",
    "service.action.networkConnectionAction.blocked", "service.action.networkConnectionAction.localPortDetails.port",
    "resource.s3BucketDetails.createdAt", "accountId", "region", "type", "severity", "resource.resourceType",
    "service.archived", "service.count", "createdAt", "updatedAt", "service.eventFirstSeen", "service.eventLastSeen",
    "service.detectorId", "id", "confidence",
]
text_values = st.sampled_from(TEXTS)
moments = st.sampled_from([1000, 2000, 2001, 1_700_000_000_000]).map(format_time)


@st.composite
def documents(draw, number):
    resource = {"resourceType": draw(st.sampled_from(["Instance", "AccessKey"]))}
    if draw(st.booleans()):
        resource["instanceDetails"] = {
            "instanceId": draw(text_values),
            "tags": [{"key": "k", "value": one} for one in draw(st.lists(text_values, max_size=3))]}
    if draw(st.booleans()):
        resource["s3BucketDetails"] = [
            {"createdAt": one} for one in draw(st.lists(st.sampled_from([0, 1.5, 2, 1700000000]), max_size=2))]
    service = {}
    if draw(st.booleans()):
        service["additionalInfo"] = {"domain": draw(text_values)}
    if draw(st.booleans()):
        service["action"] = {"networkConnectionAction": {
            "blocked": draw(st.booleans()), "localPortDetails": {"port": draw(st.sampled_from([0, 5, 443]))}}}
    found = document(
        number, resource=resource, detectorId=draw(st.sampled_from(["d1", "d2"])), archived=draw(st.booleans()),
        count=draw(st.sampled_from([1, 5, 443])), severity=draw(st.sampled_from([1.0, 4.9, 5.0, 5.5, 9, 10.0])),
        accountId=draw(st.sampled_from(["1", "5", "a"])), region=draw(text_values.filter(lambda one: len(one) < 9)),
        type=draw(st.sampled_from(["a", "b", "a_b"])), createdAt=draw(moments), updatedAt=draw(moments),
        eventFirstSeen=draw(moments), eventLastSeen=draw(moments), **service)
    if draw(st.booleans()):
        found["confidence"] = draw(st.sampled_from([0.5, 5, 5.0, 7]))
    return found


@st.composite
def conditions(draw, path):
    kind = filter_paths()[path].kind
    op = draw(st.sampled_from(
        ["eq", "neq", "equals", "notEquals", "gt", "gte", "lt", "lte", "greaterThan", "lessThanOrEqual"]
        + (["matches", "notMatches"] if kind == "string" else [])))
    if op in ("matches", "notMatches"):
        return op, draw(st.lists(st.sampled_from([*PATTERNS, "d?", "0*1", "*lse"]), min_size=1, max_size=2))
    if op not in ("eq", "neq", "equals", "notEquals"):
        return op, draw(st.sampled_from([-1, 0, 1, 4, 5, 443, 1500, 2000, 2001, 1_700_000_000_000, 2**62]))
    if kind == "epoch-ms":
        values = st.sampled_from(["0", "1000", "1500", "2000", "02001", "1700000000000"])
    elif path == "severity":
        values = st.sampled_from(["1", "4", "5", "5.5", "5.0", "9", "10", "05"])
    else:
        values = st.one_of(text_values, st.sampled_from(["Instance", "d1", "false", "1", "443", "05", "7", "0.5"]))
    return op, draw(st.lists(values, min_size=1, max_size=3))


@st.composite
def criteria(draw):
    chosen = draw(st.lists(st.sampled_from(PATHS), max_size=3, unique=True))
    return {"criterion": {
        path: dict(draw(st.lists(conditions(path), min_size=1, max_size=2))) for path in chosen}}


@st.composite
def estates(draw):
    return [draw(documents(number)) for number in range(1, draw(st.integers(1, 7)) + 1)]


def sort_key(found, path):
    """What a finding is sorted by, worked out without the database: its least value, or what stands before all."""
    values = values_of(found).get(path, {})
    if filter_paths()[path].kind != "string" or path == "service.count":
        return min((number for number in values.values() if number is not None), default=-1.7e308)
    return min((storable(text) for text in values), default="")


def pages(store, *arguments, limit):
    ids, after = [], None
    while True:
        page = store.list(*arguments, limit=limit, after=after)
        assert len(page.ids) == limit or page.next_token is None
        ids.extend(page.ids)
        assert len(ids) < 100, "a page comes again"
        if page.next_token is None:
            return ids
        after = page.next_token


@pytest.fixture
def emptied(store):
    def empty():
        with store.transaction() as batch:
            for one in store.list(limit=1000).ids:
                batch.delete_finding(one)
        return store

    return empty


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    found=estates(), asked=st.lists(criteria(), min_size=1, max_size=6), path=st.sampled_from(PATHS),
    direction=st.sampled_from(["ASC", "DESC"]), limit=st.integers(1, 4), few=st.sampled_from([0, 1, 2000]))
def test_the_database_finds_what_matches_says_in_the_order_asked_for(
    emptied, monkeypatch, found, asked, path, direction, limit, few
):
    monkeypatch.setattr(listing, "FEW", few)
    store = emptied()
    with store.transaction() as batch:
        for one in found:
            put(batch, one)
    for data in asked:
        wanted = FindingCriteria.parse(data)
        matching = [one for one in found if wanted.matches(one)]
        ids = pages(store, wanted, (path, direction), limit=limit)
        assert sorted(ids) == sorted(one["id"] for one in matching), data
        if max(len(text) for one in found for text in values_of(one).get(path, {"": None})) <= INDEXED:
            keys = {one["id"]: sort_key(one, path) for one in matching}
            ordered = [keys[one] for one in ids]
            assert ordered == sorted(ordered, reverse=direction == "DESC"), (path, direction)


def test_findings_of_equal_place_come_in_the_order_they_were_made(store):
    with store.transaction() as batch:
        for number in (3, 1, 2):
            put(batch, document(number, updatedAt=format_time(5)))
    made = [document(number)["id"] for number in (3, 1, 2)]
    assert pages(store, None, ("updatedAt", "ASC"), limit=1) == made
    assert pages(store, None, ("updatedAt", "DESC"), limit=2) == made[::-1]


def test_the_newest_come_first_unless_told_otherwise(store):
    with store.transaction() as batch:
        for number in (2, 3, 1):
            put(batch, document(number))
    assert store.list().ids == [document(number)["id"] for number in (3, 2, 1)]


@pytest.mark.parametrize(("arguments", "said"), [
    ({"sort": ("nothing", "ASC")}, "no path"),
    ({"sort": ("updatedAt", "UP")}, "use ASC or DESC"),
    ({"limit": 0}, "must be 1 to"),
    ({"limit": 10**9}, "must be 1 to"),
    ({"after": "rubbish"}, "no token"),
    ({"after": "é"}, "no token"),
    ({"after": "WzFd"}, "no token"),
])
def test_what_cannot_be_listed_is_refused_in_a_sentence(store, arguments, said):
    with pytest.raises(FilterError, match=said):
        store.list(**arguments)


def test_a_token_belongs_to_its_order(store):
    with store.transaction() as batch:
        for number in (1, 2):
            put(batch, document(number))
    token = store.list(limit=1).next_token
    with pytest.raises(FilterError, match="belongs to a list sorted by updatedAt DESC"):
        store.list(sort=("updatedAt", "ASC"), after=token)
    with pytest.raises(FilterError, match=r"no token|belongs"):
        store.list(sort=("type", "DESC"), after=token)


def plan_of(store, criterion, sort=("updatedAt", "DESC")):
    """How SQLite goes about the queries for a page, and the page's ids."""
    steps = []

    def explain(connection, cursor, statement, parameters, context, many):
        again = connection.connection.cursor()
        steps.extend(step[3] for step in again.execute("EXPLAIN QUERY PLAN " + statement, parameters))

    event.listen(store._engine, "before_cursor_execute", explain)
    page = store.list(FindingCriteria.parse({"criterion": criterion}), sort, limit=5)
    event.remove(store._engine, "before_cursor_execute", explain)
    return steps, page.ids


COMMON = {
    "resource.instanceDetails.platform": {"eq": ["linux"]}, "severity": {"gte": 2},
    "type": {"eq": ["Recon:EC2/Portscan"]}, "service.count": {"lt": 5}}
RARE = {**COMMON, "resource.instanceDetails.instanceId": {"eq": ["i-7", "i-8"]}}
CURRENT = {"service.archived": {"eq": ["false"]}}


@pytest.fixture
def sixty(tmp_path):
    with Store.open(tmp_path) as store:
        with store.transaction() as batch:
            for number in range(60):
                put(batch, document(number, resource={"instanceDetails": {
                    "instanceId": f"i-{number}", "platform": "linux", "launchTime": 1000 + number}}))
        yield store


@pytest.mark.parametrize("few", [2, listing.FEW])
@pytest.mark.parametrize("sort", ["updatedAt", "createdAt", "severity", "type", "service.count"])
@pytest.mark.parametrize(("criterion", "count"), [
    ({}, 5), (COMMON, 5), ({**COMMON, **CURRENT}, 5), (RARE, 2), ({**RARE, **CURRENT}, 2),
    ({**COMMON, "resource.instanceDetails.instanceId": {"matches": ["i-1?"]}}, 5),
    ({**COMMON, "updatedAt": {"gt": 2_000_003, "lt": 2_000_006}}, 2),
    ({**CURRENT, "resource.instanceDetails.launchTime": {"gte": 1_058_000}}, 2),
    ({"resource.instanceDetails.instanceId": {"neq": ["i-1"]}, **CURRENT}, 5),
    ({"id": {"eq": [document(7)["id"]]}, **CURRENT}, 1),
])
def test_no_table_is_read_from_end_to_end_for_a_page(sixty, monkeypatch, criterion, count, sort, few):
    monkeypatch.setattr(listing, "FEW", few)
    steps, ids = plan_of(sixty, criterion, (sort, "DESC"))
    assert len(ids) == count
    assert any(step.startswith("SEARCH") for step in steps)
    tables = ("finding", "attribute", "posting", "one")
    assert not [step for step in steps if step.startswith(tuple(f"SCAN {table}" for table in tables))]
    assert not [step for step in steps if "TEMP B-TREE" in step]


@pytest.mark.parametrize("sort", ["updatedAt", "severity", "id"])
@pytest.mark.parametrize(("criterion", "count"), [(RARE, 2), ({**COMMON, "service.count": {"gt": 5}}, 0)])
def test_of_findings_that_are_rare_together_no_others_are_looked_at(sixty, monkeypatch, criterion, count, sort):
    monkeypatch.setattr(listing, "FEW", 10)
    monkeypatch.setattr(selection, "ASKED", 0)
    asked = []

    def remember(connection, cursor, statement, parameters, context, many):
        if "FROM finding" in statement:
            asked.append(sum(len(json.loads(one)) for one in parameters if str(one).startswith("[")))

    event.listen(sixty._engine, "before_cursor_execute", remember)
    ids = sixty.list(FindingCriteria.parse({"criterion": criterion}), (sort, "DESC")).ids
    assert len(ids) == count
    assert all(number == count for number in asked)


def ask_at(store, number, do):
    """A list of all current findings, with ``do`` done just before its statement ``number``; None: it has fewer."""
    seen = []

    def interrupt(connection, cursor, statement, parameters, context, many):
        seen.append(statement)
        if len(seen) == number:
            do()

    event.listen(store._engine, "before_cursor_execute", interrupt)
    ids = pages(store, FindingCriteria.parse({"criterion": CURRENT}), ("severity", "DESC"), limit=100)
    event.remove(store._engine, "before_cursor_execute", interrupt)
    return ids if len(seen) >= number else None


@pytest.mark.parametrize("few", [0, 2000])
def test_a_page_is_of_one_moment_whatever_is_committed_meanwhile(location, monkeypatch, few):
    monkeypatch.setattr(listing, "FEW", few)
    with Store.open(location) as store, Store.open(location) as other:
        archived, before = False, None
        for number in count(1):
            with store.transaction() as batch:
                for one in range(1, 7):
                    put(batch, document(one, archived=(one % 2 == 0) is archived, severity=1.0 + one))

            def change():
                with other.transaction() as batch:
                    for one in range(1, 7):
                        put(batch, document(one, archived=(one % 2 == 0) is not archived, severity=9.0 - one))
                    batch.delete_finding(document(1)["id"])

            before = pages(store, FindingCriteria.parse({"criterion": CURRENT}), ("severity", "DESC"), limit=100)
            during = ask_at(store, number, change)
            if during is None:
                break
            after = pages(store, FindingCriteria.parse({"criterion": CURRENT}), ("severity", "DESC"), limit=100)
            assert before != after
            assert during in (before, after), number
        assert number > 4


SORTS = ["updatedAt", "severity", "service.count", "type", "accountId", "service.archived", "id", "service.detectorId",
         "resource.instanceDetails.instanceId", "resource.instanceDetails.tags.value",
         "service.action.networkConnectionAction.localPortDetails.port", "service.eventLastSeen"]


def drawn(draw, number):
    """A finding of an estate in which values are common, and rare, and go together."""
    kind = draw.randrange(8)
    port = draw.choice([22, 443, "443", 1000 + number])
    seen = 1_700_000_000_000 + draw.randrange(20) * DAY + draw.randrange(3) * 1000
    return document(
        number, type=f"t{kind}", severity=[2.0, 5.0, 8.0, 8.5][kind % 4], archived=draw.random() < 0.3,
        count=draw.choice([1, 2, 3, 127, 128, 129, 200, 201, 70_000, 70_001]), accountId=str(draw.randrange(4)),
        detectorId=f"d{draw.randrange(3)}", createdAt=format_time(seen - draw.randrange(3) * DAY),
        updatedAt=format_time(seen), eventLastSeen=format_time(seen - draw.randrange(1000)),
        resource={"instanceDetails": {
            "instanceId": f"i-{number % 40}" if kind < 4 else LONG + str(number % 5),
            "tags": [{"value": f"v{draw.randrange(9)}"} for _ in range(draw.randrange(3))]}},
        action={"networkConnectionAction": {
            "blocked": draw.random() < 0.1, "localPortDetails": {"port": port}}})


ASKED = [
    ("type", ["eq", "neq"], [["t1"], ["t2", "t5"]]), ("type", ["matches", "notMatches"], [["t?"], ["*3", "t1"]]),
    ("severity", ["gte", "lt"], [5, 8, 9]), ("severity", ["eq", "neq"], [["8"], ["2", "8.5"]]),
    ("service.archived", ["eq", "neq"], [["false"], ["true"]]),
    ("service.count", ["gt", "lte"], [2, 128, 200, 70_000]),
    ("service.count", ["eq", "neq"], [["1", "128"], ["70001"]]),
    ("service.count", ["matches", "notMatches"], [["12*"], ["7000?"]]),
    ("updatedAt", ["gt", "lt"], [1_700_000_000_000 + 9 * DAY, 1_700_000_000_000 + 12 * DAY + 1000]),
    ("updatedAt", ["eq", "neq"], [[str(1_700_000_000_000 + 3 * DAY)]]),
    ("accountId", ["eq", "neq"], [["1"], ["0", "3"]]), ("service.detectorId", ["eq", "neq"], [["d1"], ["d0", "d2"]]),
    ("resource.instanceDetails.instanceId", ["eq", "neq"], [["i-1", "i-2", "i-3"], [LONG + "1"]]),
    ("resource.instanceDetails.instanceId", ["matches", "notMatches"], [["i-1*"], ["x*2"], ["*3"]]),
    ("resource.instanceDetails.tags.value", ["eq", "neq"], [["v1"], ["v2", "v3"]]),
    ("service.action.networkConnectionAction.localPortDetails.port", ["gt", "lt"], [443, 1100, 1380]),
    ("service.action.networkConnectionAction.blocked", ["eq", "neq"], [["true"]]),
]


@pytest.mark.parametrize(("few", "limits"), [
    pytest.param(few, limits, marks=pytest.mark.long if few != 15 and limits else ())
    for few in (0, 15, 2000) for limits in ({}, {"MANY": 3, "VALUES": 4, "ROWS": 5, "ASKED": 0}, {"ASKED": 40})])
def test_hundreds_of_findings_are_found_in_order_page_by_page(store, monkeypatch, limits, few):
    # As a great many are: in several parts, by values of which there are too many to look at, along indexes.
    for module, name, value in (
        (bits, "PART", 64), (bits, "_BYTES", 8), (bits, "_SPARSE", 3), (postings, "PART", 64), (listing, "PART", 64),
        (listing, "FEW", few), (listing, "_STEP", 3), (listing, "_LONGEST_STEP", 7), (listing, "_AHEAD", 2),
        (listing, "VALUES", limits.get("VALUES", listing.VALUES)),
        *((selection, name, value) for name, value in limits.items()),
    ):
        monkeypatch.setattr(module, name, value)
    draw = Random(len(limits) * 10_000 + few)
    found = [drawn(draw, number) for number in range(400)]
    with store.transaction() as batch:
        for one in found:
            put(batch, one)
    with store.transaction() as batch:
        for one in draw.sample(found, 60):
            found[found.index(one)] = new = drawn(draw, int(one["id"], 16))
            put(batch, new)
        for one in draw.sample(found, 60):
            found.remove(one)
            batch.delete_finding(one["id"])
    for turn in range(60):
        criterion = {}
        for path, operators, values in draw.sample(ASKED, draw.randrange(4)):
            criterion.setdefault(path, {})[draw.choice(operators)] = draw.choice(values)
        detectors = draw.choice([None, None, ["d0"], ["d0", "d2"], []])
        wanted = FindingCriteria.parse({"criterion": criterion})
        expected = {one["id"]: one for one in found if wanted.matches(one)
                    and (detectors is None or one["service"]["detectorId"] in detectors)}
        sort, down = SORTS[turn % len(SORTS)], draw.random() < 0.5
        ids, after = [], None
        while ids == [] or after is not None:
            page = store.list(wanted, (sort, "DESC" if down else "ASC"), draw.choice([7, 60]), after, detectors)
            ids, after = ids + page.ids, page.next_token
            if not page.ids:
                break
        assert sorted(ids) == sorted(expected), (criterion, sort, detectors)
        keys = [sort_key(expected[one], sort) for one in ids]
        if sort != "resource.instanceDetails.instanceId":  # the long ones are cut, and come by what is left
            assert keys == sorted(keys, reverse=down), (criterion, sort)


@pytest.mark.parametrize("path", [
    "region", "resource.instanceDetails.instanceId", "resource.instanceDetails.tags.value", "service.count"])
def test_every_wildcard_finds_what_matches_says(store, path):
    texts = TEXTS if path != "region" else [text for text in TEXTS if len(text) < INDEXED]
    found = [
        document(number, region=text, resource={"instanceDetails": {"instanceId": text, "tags": [{"value": text}]}})
        for number, text in enumerate(texts)]
    with store.transaction() as batch:
        for one in found:
            put(batch, one)
    for pattern in PATTERNS:
        for op in ("matches", "notMatches"):
            wanted = FindingCriteria.parse({"criterion": {path: {op: [pattern]}}})
            matching = {one["id"] for one in found if wanted.matches(one)}
            assert set(store.list(wanted).ids) == matching, (op, pattern)
