"""What stories of two sign-ins do not tell of sign-ins far apart."""

from __future__ import annotations

from pathlib import Path

from tests.playing import known_in, play
from vedette.commands.knowledge import KnowledgeOptions, gather
from vedette.detectors.api.console_logins import CONSOLE_LOGIN_SUCCESS_B
from vedette.engine.knowledge import open_scopes, save_scopes
from vedette.engine.pipeline import Settings
from vedette.engine.scoped import scopes_of
from vedette.simulate import Given, iam_user, root, story
from vedette.simulate.place_file import mmdb, place
from vedette.simulate.story import Story

PLACES = {"81.2.69.0/24": place("Berlin", "Germany", "DE", 52.52, 13.4),
          "102.89.0.0/16": place("Lagos", "Nigeria", "NG", 6.45, 3.39),
          "200.160.0.0/16": place("Brasilia", "Brazil", "BR", -15.8, -47.9)}
GIVEN = Given(places=PLACES)
LAGOS, BRASILIA = "102.89.2.10", "200.160.2.3"
ann = iam_user("ann")


def found(told: Story, into: Path, settings: Settings | None = None) -> list[dict]:
    told.render().save(into)
    return play(into / "logs", known_in(into), settings=settings).of(CONSOLE_LOGIN_SUCCESS_B.name)


def test_root_cannot_be_in_two_places_either(tmp_path: Path) -> None:
    told = story("root", root().console_login(), root(ip=LAGOS).console_login(at=600), given=GIVEN)
    (finding,) = found(told, tmp_path)
    assert finding["resource"]["accessKeyDetails"]["userType"] == "Root"


def test_three_places_are_one_finding_with_the_evidence_of_all(tmp_path: Path) -> None:
    told = story("three", ann.console_login(mfa=False), ann.console_login(ip=LAGOS, mfa=False, at=600),
                 ann.console_login(ip=BRASILIA, mfa=True, at=1200), given=GIVEN)
    (finding,) = found(told, tmp_path)
    assert finding["service"]["count"] == 2
    assert "Second factor: not used each time." in finding["description"]
    assert finding["service"]["eventFirstSeen"] == "2026-03-02T09:00:00.000Z"


def test_worker_processes_know_the_places(tmp_path: Path) -> None:
    told = story("workers", ann.console_login(), ann.console_login(ip=LAGOS, at=600), given=GIVEN)
    assert found(told, tmp_path, Settings(jobs=2)) == found(told, tmp_path)


def test_places_and_exposed_keys_are_handed_on(tmp_path: Path) -> None:
    (tmp_path / "city.mmdb").write_bytes(mmdb("City", PLACES))
    (tmp_path / "leaked.txt").write_text("AKIAIOSFODNN7EXAMPLE\n")
    known, geo = gather(KnowledgeOptions(
        geo_city=tmp_path / "city.mmdb", exposed_keys=[str(tmp_path / "leaked.txt")]))
    assert known.geo is geo
    (tmp_path / "saved").mkdir()
    save_scopes(scopes_of(known), tmp_path / "saved")
    assert b"AKIAIOSFODNN7EXAMPLE" not in (tmp_path / "saved" / "rest.msgpack").read_bytes()
    opened = open_scopes(tmp_path / "saved").everywhere
    assert opened.geo.of(LAGOS) == geo.of(LAGOS)
    assert opened.exposed.naming("AKIAIOSFODNN7EXAMPLE") == ("leaked",)
