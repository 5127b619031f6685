"""What the configuration file names of lists and feeds is known at the start, and renewed while the server runs."""

from __future__ import annotations

import threading
import time

import pytest
from structlog.testing import capture_logs

from vedette.commands.serving import knowing
from vedette.commands.serving.knowing import StandingKnowledge
from vedette.commands.serving.secret_text import SecretText
from vedette.commands.serving.settings import InventoryTable, ListsTable, Settings, StateTable
from vedette.errors import VedetteError
from vedette.findings.store import Store

ONE, TWO = "8.8.8.8", "9.9.9.9"


@pytest.fixture
def listed(tmp_path):
    file = tmp_path / "bad.txt"
    file.write_text(f"{ONE}\n")
    return file


@pytest.fixture
def knowledge(listed, tmp_path):
    settings = Settings(state=StateTable(location=SecretText("unused")), lists=ListsTable(threat=(str(listed),)))
    with Store.open(tmp_path / "state") as store:
        yield StandingKnowledge(settings, store)


def threats(knowledge):
    intel = knowledge.current().everywhere.intel
    return [one for one in (ONE, TWO) if intel.threats_of_ip(one)]


@pytest.mark.parametrize(("table", "keys"), [
    (InventoryTable(), ("department", "team")), (InventoryTable(department_tags=("CostCentre",)), ("costcentre",)),
    (InventoryTable(department_tags=()), ())])
def test_which_tags_name_a_department_is_in_the_file(table, keys, tmp_path):
    settings = Settings(state=StateTable(location=SecretText("unused")), inventory=table)
    with Store.open(tmp_path / "state") as store:
        assert StandingKnowledge(settings, store).current().everywhere.departments == keys


def test_a_list_that_has_changed_is_known_when_it_is_renewed(knowledge, listed):
    before = knowledge.current()
    listed.write_text(f"{TWO}\n")
    assert threats(knowledge) == [ONE]
    assert knowledge.current() is before, "the same while nothing changes: workers are started anew for another"
    assert knowledge.renew()
    assert threats(knowledge) == [TWO]


def test_what_was_known_stays_when_a_list_is_broken_and_that_is_told(knowledge, listed):
    listed.write_text("no address\n")
    with capture_logs() as told:
        assert not knowledge.renew()
    assert threats(knowledge) == [ONE]
    (line,) = told
    assert line["log_level"] == "error"
    assert "bad" in line["reason"]


def test_a_list_that_is_broken_at_the_start_is_refused(listed, tmp_path):
    listed.write_text("no address\n")
    settings = Settings(state=StateTable(location=SecretText("unused")), lists=ListsTable(threat=(str(listed),)))
    with Store.open(tmp_path / "state") as store, pytest.raises(VedetteError, match="bad"):
        StandingKnowledge(settings, store)


def test_renewing_goes_on_after_a_failure_until_it_is_stopped(knowledge, listed, monkeypatch):
    monkeypatch.setattr(knowing, "HOUR", 0.05)
    stop = threading.Event()
    thread = threading.Thread(target=knowledge.renewing(1), args=(stop,))
    listed.write_text("no address\n")
    thread.start()
    time.sleep(0.2)
    listed.write_text(f"{TWO}\n")
    deadline = time.monotonic() + 20
    while threats(knowledge) != [TWO] and time.monotonic() < deadline:
        time.sleep(0.05)
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
    assert threats(knowledge) == [TWO]
