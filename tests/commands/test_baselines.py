"""``vedette baselines``, on states made by real scans."""

from __future__ import annotations

import json
import threading

import msgspec
import pytest

from tests.playing import known_in, play
from vedette.detectors.catalogue import catalogue
from vedette.detectors.unusual import AccountHabits
from vedette.findings.rows import KeyedState
from vedette.findings.store import ASIDE, Store
from vedette.simulate import FLOW_V5, every, iam_user, instance, instance_session, sso_session, story
from vedette.simulate.weeks import LATER, WEEKS, works

DAY = 86_400.0
MODEL = "api.unusual_calls.unusual_calls"
BEA, CLEO = (f"arn:aws:iam::111122223333:user/{name}" for name in ("bea", "cleo"))

bea, cleo = iam_user("bea"), iam_user("cleo")
dan = sso_session("dan@acme.example", "Developer")
machine = instance("i-0b1ff00dba5e00015")
role = instance_session(machine, "orders")
host = instance("i-0d51b7c0e2ffee011", private_ip="10.0.11.20")


def work(day: int) -> list:
    return [
        bea.calls("ec2", "DescribeInstances"), bea.calls("s3", "ListBuckets", after=60),
        cleo.calls("ec2", "DescribeInstances", after=60), cleo.calls("iam", "CreateUser", after=60),
        dan.calls("lambda", "ListFunctions20150331", after=60), role.calls("dynamodb", "DescribeTable", after=60),
    ]


LIVED = story(
    "weeks of work", *every(DAY, 17, work), works(host, port=7443, remote="9.9.62.1"),
    host.connects_to("9.9.61.4", 1389, packets=7, bytes=420, reply_packets=6, reply_bytes=620, at=LATER),
    works(host, 6, first=WEEKS + 1), flow_fields=FLOW_V5)


@pytest.fixture
def state(location, tmp_path):
    LIVED.render().save(tmp_path / "told")
    with Store.open(location) as store:
        play(tmp_path / "told/logs", known_in(tmp_path), store=store)
    return location


def memory_of(location: str) -> AccountHabits:
    with Store.open(location) as store:
        (state,) = store.remembered(MODEL)
    return msgspec.msgpack.decode(state.settled, type=AccountHabits)


def exported(vedette, state: str, *options: str) -> list[dict]:
    said = vedette("baselines", "export", "--state", state, *options)
    assert (said.code, said.err) == (0, "")
    return [json.loads(line) for line in said.out.splitlines()]


def test_without_a_name_it_tells_which_models_know_how_much(vedette, state):
    said = vedette("baselines", "show", "--state", state)
    assert said.code == 0, said.err
    by_model = {line.split()[0]: line.split() for line in said.out.splitlines()[1:]}
    assert set(by_model) <= {one.name for one in catalogue().detectors if one.learns}
    assert {MODEL, "network.unusual_port.unusual_port"} <= set(by_model)
    _, days, _, keys, principals, size, typical, most = by_model[MODEL]
    assert (days, keys, principals) == ("14", "1", "4")
    with Store.open(state) as store:
        assert store.remembering()[MODEL] == (1, int(size.replace(",", "")))
    sizes = [len(name) + len(msgspec.msgpack.encode(one)) for name, one in memory_of(state).habits.profiles.items()]
    assert int(most) == max(sizes)
    assert min(sizes) <= int(typical) <= max(sizes)


def test_a_principals_habits_are_shown_beside_its_peers_and_the_accounts(vedette, state):
    said = vedette("baselines", "show", "principal", BEA, "--state", state)
    assert said.code == 0, said.err
    assert said.out.startswith(f"{BEA}\n")
    rows = {" ".join(cells[:-3]): cells[-3:] for line in said.out.splitlines() if len(cells := line.split()) > 3}
    habits = memory_of(state).habits
    own, peers, account = habits.profiles[BEA].own, habits.groups["IAMUser"], habits.everybody
    for trait in ("ec2:DescribeInstances", "s3:ListBuckets"):
        counts = [level.traits[f"api:{trait}"].at(habits.day) for level in (own, peers, account)]
        assert rows[trait] == [f"{count:.1f}" for count in counts]
    assert rows["All days"] == [f"{level.days.at(habits.day):.1f}" for level in (own, peers, account)]
    assert "iam:CreateUser" not in said.out


@pytest.mark.parametrize(("given", "whose"), [
    ("bea", BEA),
    ("arn:aws:iam::111122223333:role/orders/i-0b1ff00dba5e00015", "orders/i-0b1ff00dba5e00015"),
    ("arn:aws:sts::111122223333:assumed-role/orders/i-0b1ff00dba5e00015", "orders/i-0b1ff00dba5e00015"),
    ("dan@acme.example", "dan@acme.example"),
])
def test_a_principal_is_named_in_several_ways(vedette, state, given, whose):
    said = vedette("baselines", "show", "principal", given, "--state", state)
    assert said.code == 0, said.err
    assert said.out.splitlines()[0].endswith(whose)


def test_an_sso_session_is_named_by_its_own_arn(vedette, state):
    name = next(name for name in memory_of(state).habits.profiles if name.endswith("dan@acme.example"))
    session = name.rpartition("/role/")[2].split("/")[-2:]
    said = vedette("baselines", "show", "principal", f"arn:aws:sts::111122223333:assumed-role/{'/'.join(session)}",
                   "--state", state)
    assert said.out.splitlines()[0] == name


def test_all_principals_are_listed(vedette, state):
    said = vedette("baselines", "show", "principal", "--state", state)
    rows = [line.split() for line in said.out.splitlines()[1:]]
    assert [row[0] for row in rows if row[-1] == MODEL] == sorted(memory_of(state).habits.profiles)


@pytest.mark.parametrize("by_interface", [True, False])
def test_a_host_is_named_by_its_interface_or_its_instance(vedette, state, by_interface):
    name = host.interface if by_interface else host.instance_id
    said = vedette("baselines", "show", "host", name, "--state", state)
    assert said.code == 0, said.err
    (ports,) = [part for part in said.out.split("\n\n") if part.startswith("network.unusual_port")]
    days = {line.split()[0]: line.split()[1] for line in ports.splitlines() if line.split()[0] in ("7443", "1389")}
    assert int(days["7443"]) >= 14
    assert days["1389"] == "1"
    assert (f"interface {host.interface}" in ports) is not by_interface


@pytest.mark.parametrize(("arguments", "said"), [
    (("show", "user", BEA), "neither principal nor host"),
    (("show", "principal", "nobody"), "no model knows that principal"),
    (("show", "principal", ""), "no model knows that principal"),
    (("show", "principal", "arn:aws:iam::111122223333:user/"), f"there are {BEA}, {CLEO}"),
    (("show", "host", "i-0d51b7c0e2ffee0ff"), "no model knows that host"),
    (("show", "host"), "cannot be listed"),
    (("forget", "principal", "bea"), f"there are {BEA}"),
    (("forget", "host", "eni-1"), "only a principal can"),
    (("export", "--principal", "be"), f"there are {BEA}"),
])
def test_what_is_not_there_is_one_sentence_and_exit_2(vedette, state, arguments, said):
    before = memory_of(state)
    got = vedette("baselines", *arguments, "--state", state)
    assert (got.code, got.out) == (2, "")
    assert said in got.err
    assert len(got.err.splitlines()) == 1
    assert memory_of(state) == before


def test_a_mistyped_state_is_refused(vedette, tmp_path):
    assert "holds no state" in vedette("baselines", "show", "--state", str(tmp_path / "typo")).err
    assert not (tmp_path / "typo").exists()


def test_nothing_learned_is_said(vedette, location):
    Store.open(location).close()
    assert vedette("baselines", "show", "--state", location).out == "no model has learned anything yet\n"


def test_the_export_is_all_that_is_known_with_a_version_on_each_line(vedette, state, tmp_path):
    everything = exported(vedette, state)
    assert {line["version"] for line in everything} == {1}
    lines = [line for line in everything if line["model"] == MODEL]
    assert {line["memoryVersion"] for line in lines} == {AccountHabits.VERSION}
    habits = memory_of(state).habits
    told = {line["name"]: line for line in lines if line["kind"] == "principal"}
    assert told.keys() == habits.profiles.keys()
    for name, line in told.items():
        counts = {trait: count.at(habits.day) for trait, count in habits.profiles[name].own.traits.items()}
        assert line["traits"] == pytest.approx(counts)
    assert {line["name"] for line in lines if line["kind"] == "peers"} == habits.groups.keys()
    (port,) = [line for line in everything if line["model"] == "network.unusual_port.unusual_port"]
    assert port["memory"]["uses"]["things"]["1389"]["days"] == 1
    assert [line for line in exported(vedette, state, "--principal", BEA) if line["model"] == MODEL] == [told[BEA]]
    assert vedette("baselines", "export", "--state", state, "--output", str(tmp_path / "out.jsonl")).out == ""
    assert [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()] == everything


def test_a_forgotten_principal_is_gone_from_all_counts_and_learned_again(vedette, state, tmp_path):
    before = memory_of(state).habits
    said = vedette("baselines", "forget", "principal", BEA, "--state", state)
    assert said.code == 0, said.err
    assert f"{before.profiles[BEA].active} days and {len(before.profiles[BEA].own.traits)} habits" in said.out
    after = memory_of(state).habits
    assert after.profiles.keys() == before.profiles.keys() - {BEA}
    assert "api:s3:ListBuckets" not in after.everybody.traits
    assert "api:s3:ListBuckets" not in after.groups["IAMUser"].traits
    assert after.groups["IAMUser"].days.at(after.day) == pytest.approx(after.profiles[CLEO].own.days.at(after.day))
    assert after.groups["Developer"] == before.groups["Developer"]
    assert vedette("baselines", "show", "principal", BEA, "--state", state).code == 2

    rendered = story("more days", *every(DAY, 8, work, at=30 * DAY)).render()
    rendered.save(tmp_path / "more")
    with Store.open(state) as store:
        play(tmp_path / "more/logs", known_in(tmp_path), store=store)
    learned = memory_of(state).habits.profiles[BEA]
    assert 1 <= learned.active <= 8
    assert "api:s3:ListBuckets" in learned.own.traits | learned.today


def test_forgetting_between_the_batches_of_a_running_scan_loses_nothing_of_others(vedette, location, tmp_path):
    """Each transaction sees the other's whole: what a scan wrote between is not written over."""
    LIVED.render().save(tmp_path / "told")
    done = threading.Event()

    def touch() -> None:
        with Store.open(location) as store:
            while not done.is_set():
                with store.transaction() as batch:
                    for state in batch.remembered(MODEL):
                        memory = msgspec.msgpack.decode(state.settled, type=AccountHabits)
                        memory.habits.show("counter", "people", [f"api:a:B{len(told)}"], 0)
                        told.append(1)
                        batch.put_state(msgspec.structs.replace(state, settled=msgspec.msgpack.encode(memory)))

    told: list[int] = []
    with Store.open(location) as store:
        play(tmp_path / "told/logs", known_in(tmp_path), store=store)
    thread = threading.Thread(target=touch)
    thread.start()
    try:
        while len(told) < 5:
            done.wait(0.01)
        said = vedette("baselines", "forget", "principal", BEA, "--state", location)
        now = len(told)
        while len(told) < now + 5:
            done.wait(0.01)
    finally:
        done.set()
        thread.join()
    assert said.code == 0, said.err
    habits = memory_of(location).habits
    assert BEA not in habits.profiles
    assert len(habits.profiles["counter"].today) == min(len(told), 300)


def test_every_memory_of_principals_can_forget_one():
    for one in catalogue().detectors:
        if one.memory and one.learns and "habits" in one.memory.__struct_fields__:
            memory = one.memory()
            memory.habits.turn(20_000)
            memory.habits.show("who", "people", ["api:a:B"], 1)
            assert memory.forget_principal("who")
            assert not memory.habits.profiles
            assert not memory.forget_principal("who")


def test_what_logs_say_cannot_move_the_cursor(vedette, location, tmp_path):
    evil = iam_user("e\x1b[31mve\u202e")
    story("hostile names", *every(DAY, 9, lambda _: [
        evil.calls("ec2", "Describe\x1b[2JInstances", agent="\x1b]0;x\x07")])).render().save(tmp_path / "told")
    with Store.open(location) as store:
        play(tmp_path / "told/logs", known_in(tmp_path), store=store)
    for arguments in (("show",), ("show", "principal"), ("show", "principal", "111122223333"), ("export",),
                      ("forget", "principal", evil.arn)):
        said = vedette("baselines", *arguments, "--state", location)
        assert said.code == 0, said.err
        assert all(line.isprintable() for line in said.out.splitlines())


# Versions


def of_another_version(location: str) -> KeyedState:
    """The account's habits, as an older Vedette may have written them."""
    with Store.open(location) as store, store.transaction() as batch:
        (state,) = batch.remembered(MODEL)
        old = msgspec.structs.replace(state, version=0, settled=b"\xc1 nothing that can be read")
        batch.put_state(old)
    return old


def test_a_memory_of_another_version_is_put_aside_and_said_never_read(vedette, state, tmp_path):
    old = of_another_version(state)
    assert MODEL not in vedette("baselines", "show", "principal", BEA, "--state", state).out
    more = tmp_path / "more"
    story("more days", *every(DAY, 8, work, at=30 * DAY)).render().save(more)
    scanned = vedette("scan", str(more / "logs"), "--state", state, "--jobs", "1")
    assert scanned.code == 0, scanned.err
    assert f"{MODEL} begins to learn anew" in scanned.err
    assert memory_of(state).habits.profiles[BEA].active <= 8
    with Store.open(state) as store:
        (aside,) = store.remembered(f"{MODEL}{ASIDE}0")
    assert (aside.key, aside.settled, aside.version) == (old.key, old.settled, 0)
    shown = vedette("baselines", "show", "--state", state).out
    assert f"put aside: 1 keys ({len(old.settled)} bytes) of {MODEL} of version 0" in shown
    again = vedette("baselines", "forget", "principal", BEA, "--state", state)
    assert "Memories of other versions cannot be read" in again.out


def test_records_that_wait_are_judged_though_the_memory_is_put_aside(location, tmp_path):
    """Half of the records come before the version changes: those not yet settled are not lost with the memory."""
    told = story("a day", *work(0)).render()
    told.save(tmp_path / "told")
    with Store.open(location) as store:
        play(tmp_path / "told/logs", known_in(tmp_path), store=store)
        (waiting,) = store.remembered(MODEL)
    assert waiting.pending
    of_another_version(location)
    story("a month later", *every(DAY, 3, lambda _: [cleo.calls("ec2", "DescribeInstances")], at=30 * DAY)
          ).render().save(tmp_path / "more")
    with Store.open(location) as store:
        play(tmp_path / "more/logs", known_in(tmp_path), store=store)
    assert BEA in memory_of(location).habits.profiles


