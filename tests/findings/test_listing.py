import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from tests.findings.documents import document, put
from vedette.findings import listing
from vedette.findings.attributes import INDEXED, filter_paths, values_of
from vedette.findings.exact_text import storable
from vedette.findings.filters import FilterError, FindingCriteria
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
    """How SQLite goes about the query for a page, and the page's ids."""
    steps = []

    def explain(connection, cursor, statement, parameters, context, many):
        if " AS place" in statement and "EXPLAIN" not in statement:
            again = connection.connection.cursor()
            steps.extend(step[3] for step in again.execute("EXPLAIN QUERY PLAN " + statement, parameters))

    event.listen(store._engine, "before_cursor_execute", explain)
    page = store.list(FindingCriteria.parse({"criterion": criterion}), sort, limit=5)
    event.remove(store._engine, "before_cursor_execute", explain)
    return steps, page.ids


COMMON = {
    "resource.instanceDetails.platform": {"eq": ["linux"]}, "severity": {"gte": 2},
    "type": {"eq": ["Recon:EC2/Portscan"]}, "service.count": {"lt": 5}}


@pytest.fixture
def sixty(tmp_path):
    with Store.open(tmp_path) as store:
        with store.transaction() as batch:
            for number in range(60):
                put(batch, document(number, resource={"instanceDetails": {
                    "instanceId": f"i-{number}", "platform": "linux"}}))
        yield store


@pytest.mark.parametrize(("criterion", "sort", "index"), [
    ({}, "updatedAt", "ix_finding_updated (detector=?)"),
    (COMMON, "updatedAt", "ix_finding_updated (detector=?)"),
    (COMMON, "severity", "ix_finding_severity (detector=?)"),
    (COMMON, "createdAt", "ix_finding_created (detector=?)"),
    ({**COMMON, "service.archived": {"eq": ["false"]}}, "updatedAt",
     "ix_finding_archived_updated (detector=? AND archived=?)"),
])
def test_a_page_of_common_findings_walks_the_index_of_its_order(sixty, monkeypatch, criterion, sort, index):
    monkeypatch.setattr(listing, "FEW", 10)
    steps, ids = plan_of(sixty, criterion, (sort, "DESC"))
    assert steps[0].endswith(index)
    assert not any("TEMP B-TREE" in step for step in steps)
    assert len(ids) == 5


@pytest.mark.parametrize("criterion", [
    {**COMMON, "resource.instanceDetails.instanceId": {"eq": ["i-7", "i-8"]}},
    {**COMMON, "resource.instanceDetails.instanceId": {"eq": ["i-7", "i-8"]}, "service.archived": {"eq": ["false"]}},
])
def test_a_page_of_rare_findings_looks_them_up_one_by_one(sixty, monkeypatch, criterion):
    monkeypatch.setattr(listing, "FEW", 10)
    steps, ids = plan_of(sixty, criterion)
    assert steps[0] == "SEARCH finding USING INTEGER PRIMARY KEY (rowid=?)"
    assert ids == [document(8)["id"], document(7)["id"]]


def test_a_finding_is_looked_up_by_its_id(sixty):
    steps, ids = plan_of(sixty, {"id": {"eq": [document(7)["id"]]}, "service.archived": {"eq": ["false"]}})
    assert "(id=?)" in steps[0]
    assert ids == [document(7)["id"]]


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
