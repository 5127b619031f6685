"""Answers at hand: given again only while nothing was committed, and only when the time was not asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.api.serving import REGION, serving
from vedette.api.answers import ROOM, Answer, Answers, Question
from vedette.api.operation import Context, Operation
from vedette.findings.store import Store


def question(body: bytes = b"") -> Question:
    return Question("111122223333", REGION, "admin", "POST", b"/detector", b"", None, body)


def test_a_version_moves_on_with_every_commit_whoever_made_it(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store, Store.open(tmp_path) as another:
        changes = store.changes()
        seen = [changes.version()]
        assert changes.version() == seen[0]
        for writer in (store, another, store):
            with writer.transaction() as batch:
                batch.put_meta("a", str(len(seen)))
            seen.append(changes.version())
        store.meta("a")
        assert changes.version() == seen[-1]
        assert len(set(seen)) == 4
        changes.close()
        assert changes.version() is None


def test_an_in_memory_store_never_knows() -> None:
    with Store.in_memory() as store:
        assert store.changes().version() is None


def test_answers_of_another_version_are_not_kept_nor_found() -> None:
    version = 1
    answers = Answers(lambda: version)
    asked = answers.version()
    answers.keep(asked, question(), Answer(200, b"old", True))
    assert answers.find(question()) == Answer(200, b"old", True)
    version = 2
    assert answers.version() == 2
    assert answers.find(question()) is None
    answers.keep(asked, question(), Answer(200, b"old", True))
    assert answers.find(question()) is None


def test_what_is_kept_stays_within_its_room() -> None:
    answers = Answers(lambda: 1)
    answers.version()
    for number in range(600):
        answers.keep(1, question(str(number).encode()), Answer(200, bytes(60_000), True))
    found = sum(answers.find(question(str(number).encode())) is not None for number in range(600))
    assert 0 < found <= ROOM // 60_000
    assert answers.find(question(b"599")) is not None


def test_a_handler_is_asked_again_after_a_commit_or_when_it_asked_the_time(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        called: list[str] = []

        def listed(context: Context, **_: Any) -> dict[str, Any]:
            called.append("listed")
            return {"DetectorIds": []}

        def timely(context: Context, **_: Any) -> dict[str, Any]:
            called.append("timely")
            return {"Invitations": [{"invitationId": str(context.clock())}]}

        served.api._operations = {
            **served.api._operations, "ListDetectors": Operation(listed, False),
            "ListInvitations": Operation(timely, False)}
        client = served.client()
        client.list_detectors()
        client.list_detectors()
        assert called == ["listed"]
        served.client("analyst").list_detectors()
        with served.store.transaction() as batch:
            batch.put_meta("a", "b")
        client.list_detectors()
        assert called.count("listed") == 3
        client.list_invitations()
        client.list_invitations()
        assert called.count("timely") == 2
