"""One clientToken, two servers on one database: what is asked of both at the same time is done once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vedette.api.errors import BadRequest
from vedette.api.operation import Context
from vedette.api.repeated import Repeated
from vedette.findings.configuration import ClientToken, Filter
from vedette.findings.store import Store

ACCOUNT, REGION, NOW = "111122223333", "eu-west-1", 1_790_000_000_000


class Server:
    """What a process has of it: its own connections, its own locks."""

    def __init__(self, where: str) -> None:
        self.store = Store.open(where)
        self.repeated = Repeated(self.store)

    def create(self, name: str, meanwhile: Callable[[], Any] = lambda: None, **asked: Any) -> dict[str, Any] | None:
        """Ask for a filter with the token ``t``; ``meanwhile`` happens before anything is written."""
        context = Context(ACCOUNT, REGION, "admin", self.store, lambda: NOW)

        def make() -> dict[str, Any]:
            meanwhile()
            with self.store.transaction() as batch:
                if batch.configuration(Filter, ACCOUNT, REGION, name):
                    raise BadRequest("it is there already")
                batch.configure(Filter(account=ACCOUNT, region=REGION, id=name, criteria={}))
            return {"Name": name}

        return self.repeated.once(context, "CreateFilter", "t", asked, make)

    def filters(self) -> list[str]:
        return [one.id for one in self.store.configured(Filter, ACCOUNT, REGION)]


@pytest.fixture(params=["sqlite", "postgresql"])
def servers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    where = str(tmp_path) if request.param == "sqlite" else request.getfixturevalue("new_postgres_url")()
    one, other = Server(where), Server(where)
    yield one, other
    one.store.close()
    other.store.close()


def test_what_the_second_did_is_undone_and_it_answers_what_the_first_has(servers: tuple[Server, Server]) -> None:
    one, other = servers
    # As ids are drawn at random, what the two make differs.
    assert one.create("second", lambda: other.create("first")) == {"Name": "first"}
    assert one.filters() == ["first"]
    assert len(one.store.configured(ClientToken)) == 1
    assert one.create("third") == other.create("third") == {"Name": "first"}


def test_the_second_is_answered_too_when_the_first_has_taken_the_name(servers: tuple[Server, Server]) -> None:
    one, other = servers
    assert one.create("name", lambda: other.create("name")) == {"Name": "name"}
    assert one.filters() == ["name"]


def test_a_token_that_another_server_got_for_something_else_is_refused(servers: tuple[Server, Server]) -> None:
    one, other = servers
    with pytest.raises(BadRequest, match="clientToken"):
        one.create("second", lambda: other.create("first", rank=2), rank=1)
    assert one.filters() == ["first"]


def test_what_is_refused_for_another_reason_is_refused(servers: tuple[Server, Server]) -> None:
    one, other = servers
    with other.store.transaction() as batch:
        batch.configure(Filter(account=ACCOUNT, region=REGION, id="name", criteria={}))
    with pytest.raises(BadRequest, match="there already"):
        one.create("name")
