"""What the finding on generated names shows."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tests.playing import known_in, play
from vedette.detectors.dns import generated_names
from vedette.detectors.dns.generated_names import EXAMPLES, GENERATED, HELD, Names, ratio

DAY = 1_772_442_000_000


def test_the_finding_says_why(tmp_path: Path) -> None:
    told = next(one for one in EXAMPLES if "the sixth name is there" in one.title)
    told.render().save(tmp_path)
    (found,) = play(tmp_path / "logs", known_in(tmp_path)).of(GENERATED.name)
    said = msgspec.json.decode(found["service"]["additionalInfo"]["value"])
    assert (said["nonexistentDomains"], said["existingDomains"]) == (5, 1)
    assert said["score"] >= said["threshold"] == generated_names.ENOUGH
    shown = said["unusual"]["domains"]
    assert [one["exists"] for one in shown] == [False] * 5 + [True]
    assert all(one["score"] == round(ratio(one["domain"]) or 0, 1) for one in shown)
    assert found["resource"]["instanceDetails"]["instanceId"] == "i-0b7714d2c0ffee011"


def test_a_domain_counts_once_and_is_forgotten_after_a_day() -> None:
    memory = Names()
    assert [memory.asked("one", 9.0, DAY + n, exists=False) for n in range(3)] == [3.0, 3.0, 3.0]
    assert memory.asked("two", 2.0, DAY + 1, exists=False) == 5.0
    assert memory.asked("three", 2.0, DAY + generated_names.DAY_MS, exists=False) == 4.0


def test_the_more_others_the_odder_a_name_must_be() -> None:
    memory = Names()
    for number in range(generated_names.OTHERS + 1):
        memory.asked(f"other {number}", -4.0, DAY, exists=False)
    assert memory.asked("odd", 3.0, DAY, exists=False) == 0.0
    assert memory.asked("odder", 9.0, DAY, exists=False) == generated_names.MOST


def test_a_domain_that_is_there_after_all_does_not_count() -> None:
    memory = Names()
    memory.asked("one", 9.0, DAY, exists=False)
    assert memory.asked("one", 9.0, DAY + 1, exists=True) == 0.0
    assert memory.asked("one", 9.0, DAY + 2, exists=False) == 0.0


def test_the_latest_names_are_held() -> None:
    memory = Names()
    for number in range(2 * HELD):
        memory.asked(str(number), 3.0, DAY + number, exists=False)
    assert len(memory.counted) == HELD
    assert memory.counted[-1].domain == str(2 * HELD - 1)
