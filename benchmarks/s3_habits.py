"""How well unusual use of buckets is told from ordinary use: ``python -m benchmarks.s3_habits SEED …`` writes
docs/s3-habits.md.

What is judged is the detector itself, call by call, in `benchmarks.s3_world`.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from benchmarks.judged import DAYS, FIRST_ATTACK, Judged, spread
from benchmarks.s3_world import world
from vedette.detectors.declare import SPAN, Row
from vedette.detectors.known import Known
from vedette.detectors.s3 import unusual_access as detector
from vedette.detectors.signal import Evidence
from vedette.detectors.unusual import AccountHabits
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory

PAGE = Path("docs/s3-habits.md")
THRESHOLDS = (6.0, 7.0, 8.0, 8.5, 9.0, 9.5, 10.0, 11.0, 12.0, 14.0)
_KNOWN = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=Inventory())


def judged(seed: int) -> Judged:
    """Give every call of a company to the detector, as the engine does."""
    found = Judged()
    judge = detector.unusual_access.update
    assert judge is not None
    memory = AccountHabits()
    told: set[tuple[str, ...]] = set()
    likes: dict[tuple[object, ...], tuple[str, ...] | None] = {}
    span = 0
    attackers: set[str] = set()
    for call, attack in world(seed, DAYS, FIRST_ATTACK):
        found.calls += 1
        if attack:
            found.attacks.setdefault(attack, 0.0)
            attackers.add(call.event_id)
        begun = time.process_time()
        if call.time // 1000 // SPAN != span:
            span, told = call.time // 1000 // SPAN, set()
        asked = (id(call.user_identity), call.source_ip, call.user_agent, call.event_name, call.error_code,
                 bytes(call.raw_request))
        if asked not in likes:
            likes[asked] = detector.alike(call, _KNOWN)
        like = likes[asked]
        wanted = like is not None and (like not in told or detector.counted(call))
        found.cpu += time.process_time() - begun
        if not wanted or like is None:
            continue
        told.add(like)
        found.given += 1
        row = Row(call.time, Evidence(call.time, call.event_id, "", "", 0), call)
        begun = time.process_time()
        for _ in judge([row], memory, _KNOWN):
            pass
        found.cpu += time.process_time() - begun
        who, _ = detector.who_uses(call)
        burst = memory.bursts.get(who)
        if not burst or not burst.odd:
            continue
        total = detector.suspicion(memory.habits, who, burst)
        if attack:
            found.attacks[attack] = max(total, found.attacks[attack])
        elif not any(one.evidence.record in attackers for one in burst.odd.values()):
            day = (who, memory.habits.day)
            found.ordinary[day] = max(total, found.ordinary.get(day, 0.0))
    found.sizes = [len(msgspec.msgpack.encode(profile)) for profile in memory.habits.profiles.values()]
    return found


def main(seeds: list[int]) -> None:
    """Judge each seed, print, write the page."""
    outcomes = {}
    for seed in seeds:
        outcomes[seed] = judged(seed)
        print(_row(seed, outcomes[seed]), flush=True)
    PAGE.write_text(page(outcomes), encoding="utf-8")


def _row(seed: int, one: Judged) -> str:
    sizes = sorted(one.sizes)
    return (
        f"| {seed} | {one.calls:,} | {one.given / one.calls:.1%} | {len(one.attacks)} | "
        f"{one.recall(one.at_budget(5)):.2f} | {one.recall(one.at_budget(1)):.2f} | {one.false_at(0.9):.1f} | "
        f"{one.recall(detector.ENOUGH):.2f} | {one.false(detector.ENOUGH) / one.days * 7:.1f} | "
        f"{sizes[len(sizes) // 2]:,} ({sizes[-1]:,}) | {one.cpu / one.calls * 1e6:.1f} |")


def page(outcomes: Mapping[int, Judged]) -> str:
    """What is to be said of the seeds' outcomes."""
    all_of = list(outcomes.values())
    curve = [
        f"| {threshold:g} | {spread([one.recall(threshold) for one in all_of])} | "
        f"{spread([one.false(threshold) / one.days * 7 for one in all_of])} |" for threshold in THRESHOLDS]
    return _PAGE.format(
        rows="\n".join(_row(seed, one) for seed, one in outcomes.items()), curve="\n".join(curve),
        enough=detector.ENOUGH, seeds=len(all_of), techniques="\n".join(_techniques(all_of)),
        budget=spread([one.recall(one.at_budget(5)) for one in all_of]),
        recall=spread([one.recall(detector.ENOUGH) for one in all_of]),
        false=spread([one.false(detector.ENOUGH) / one.days * 7 for one in all_of]),
        million=spread([one.false_at(0.9) for one in all_of]))


def _techniques(outcomes: Sequence[Judged]) -> list[str]:
    found: Counter[str] = Counter()
    all_of: Counter[str] = Counter()
    for one in outcomes:
        for attack, total in one.attacks.items():
            technique = attack.partition("#")[0]
            all_of[technique] += 1
            found[technique] += total >= detector.ENOUGH
    return [f"| {technique} | {found[technique]} of {number} |" for technique, number in sorted(all_of.items())]


_PAGE = """# Unusual use of buckets: what the model of habits finds

<!-- Written by `python -m benchmarks.s3_habits SEED …`. -->

S3 data events of made-up companies, 60 days each, one attack a day from the 22nd on, made by `benchmarks.s3_world`.
Ordinary work is hard on purpose: people ask buckets that they never asked, jobs are rolled out, backfilled and cleaned
up, buckets are moved and opened, people travel and change programs, machines of a fleet live for a day. Every seed is
another company: other numbers of people and machines, buckets, habits, restlessness.

Looks: seed 1 three times, seeds 2 and 3 twice while the model was made; the threshold of {enough:g} nats was chosen
there. The seeds below once, with nothing changed afterwards. **The world and the model are by one hand**, so these
seeds say that the model was not fitted to one company, not that companies are like this.

| figure | median of seeds (least–most) | goal |
|---|---|---|
| share of attacks found, as shipped | {recall} | |
| false alerts a week, as shipped | {false} | at most a few |
| false alerts in 1 M events where 90 % are found | {million} | ≤ 20 |

| seed | events | given | attacks | found | false a week | false in 1 M | the same at 90 % found | bytes | µs |
|---|---|---|---|---|---|---|---|---|---|
{rows}

An alert is a principal on a day: it gives a finding of each type that applies, as a rule one or two. "Given" is the
share of events that reach the detector: the first of those that are alike, and the sample that is counted. Bytes are
those kept of a principal, median (and most). µs: CPU time for an event, given or not, of what this page does to choose
and to judge. In the engine the detector adds some 2.1 µs to choosing and 1.1 µs to judging (527,333 events of seed 1,
CPU time of one process on a machine that others used).

Other thresholds, median (least–most):

| nats | found | false a week |
|---|---|---|
{curve}

By technique, as shipped, over all seeds:

| technique | found |
|---|---|
{techniques}

"Elsewhere" is another network and mostly another program; "here" is the victim's own. "Huge" reads 100 to 900 large
objects of a bucket that the victim reads anyway, from where it always does: it is missed where that is no more than
fourfold of what the victim, a training job, say, reads on other days, and it is one new thing where it is. "Remove
here" is missed for the same reason. "Own bucket elsewhere" is missed when the thief's program is the victim's and he
takes no more than the victim does: then there is nothing but a new network, as on a journey.
"""

if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or list(range(201, 211)))
