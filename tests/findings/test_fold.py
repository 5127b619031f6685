"""Folding does not depend on the order in which signals come, nor on how often the same one comes."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from vedette.detectors.signal import ApiCallAction, Evidence, Resource, Signal
from vedette.findings.fold import EVIDENCE_KEPT, Fold, decode_fold, encode_fold, finding_id, folded


def signal(time: int, record: int, severity: float = 2.0) -> tuple[str, Signal]:
    evidence = Evidence(time, f"r{record:05}", "object", "1", record)
    return f"s{record:05}", Signal(
        type="T", severity=severity, account="1", region="r", first_seen=time, last_seen=time + record % 3,
        resource=Resource(kind="AccessKey"), action=ApiCallAction(api=f"Call{record}", service="s"),
        identity=("who",), evidence=(evidence,))


signals = st.lists(
    st.builds(signal, st.integers(0, 40), st.integers(0, 90), st.sampled_from([2.0, 5.0])), min_size=1, max_size=120,
    unique_by=lambda pair: pair[0])


@given(signals, st.integers(0, 2**32), st.integers(0, 100))
def test_order_repeats_and_a_stop_in_the_middle_change_nothing(told, seed, stop) -> None:
    whole = folded(Fold(), told)
    rng = random.Random(seed)
    again = [*told, *rng.sample(told, k=rng.randint(0, len(told)))]
    rng.shuffle(again)
    half = decode_fold(encode_fold(folded(Fold(), again[:stop])))
    assert folded(half, again[stop:]) == whole


@given(signals)
def test_the_fold_says_what_its_signals_say(told) -> None:
    whole = folded(Fold(), told)
    said = [one for _, one in told]
    assert whole.count == len(said)
    assert whole.first_seen == min(one.first_seen for one in said)
    assert whole.last_seen == max(one.last_seen for one in said)
    assert whole.severity == max(one.severity for one in said)
    assert whole.latest is not None
    assert whole.latest.last_seen == whole.last_seen
    records = sorted(e for one in said for e in one.evidence)
    assert whole.evidence[0] == records[0]
    assert whole.evidence[-1] == records[-1]
    assert len(whole.evidence) == min(len(records), 2 * EVIDENCE_KEPT)


def test_a_finding_has_one_id_for_one_identity_and_another_elsewhere() -> None:
    _, one = signal(5, 1)
    _, later = signal(90, 2)
    assert finding_id(one) == finding_id(later)
    assert len(finding_id(one)) == 32
    for other in ({"account": "2"}, {"region": "q"}, {"type": "U"}, {"identity": ("else",)}):
        changed = Signal(**{name: getattr(one, name) for name in one.__struct_fields__} | other)
        assert finding_id(changed) != finding_id(one)
