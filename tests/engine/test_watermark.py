"""A record with an absurd time must not make the engine forget, or take everything else for late."""

from __future__ import annotations

import json
from pathlib import Path

from tests.playing import known_in, lay, play
from vedette.findings.store import Store
from vedette.simulate import every, instance, story

GUESSED = "UnauthorizedAccess:EC2/SSHBruteForce"


def test_a_record_of_the_year_9999_does_not_end_time(tmp_path: Path) -> None:
    """Half of a brute force, then the absurd record, then the other half in another run."""
    host = instance("i-0a1b2c3d4e5f60001", private_ip="10.0.1.15")

    def guesses(start: int) -> list:
        return every(20, 12, lambda _: host.is_contacted_by("9.9.33.7", 22, packets=18, bytes=2600, reply_packets=16,
                                                            reply_bytes=3400), at=start)

    told = story("guessing", guesses(0), guesses(240))
    told.render().save(tmp_path / "whole")
    whole = play(tmp_path / "whole/logs", known_in(tmp_path))
    assert whole.types == [GUESSED]

    story("first half", guesses(0)).render().save(tmp_path / "first")
    story("second half", guesses(240)).render().save(tmp_path / "second")
    absurd = {"Records": [{"eventVersion": "1.08", "eventTime": "9999-12-31T23:59:59Z", "eventName": "GetUser",
                           "eventSource": "iam.amazonaws.com", "eventID": "x"}]}
    lay([("absurd.json", json.dumps(absurd).encode())], tmp_path / "first/logs")
    with Store.open(tmp_path / "state") as store:
        play(tmp_path / "first/logs", known_in(tmp_path), store=store)
        both = play(tmp_path / "second/logs", known_in(tmp_path), store=store)
    assert both.types == [GUESSED]
