"""What names carry, and how it adds up."""

from __future__ import annotations

import base64
import random

import pytest

from vedette.baselines.dns_information import DAY, HOUR, LABELS, SLOT_MS, Sender, Sent, code_of

ENCODERS = {
    "hex": bytes.hex, "base32": lambda data: base64.b32encode(data).decode().lower().rstrip("="),
    "base32hex": lambda data: base64.b32hexencode(data).decode().lower().rstrip("="),
    "base64": lambda data: base64.urlsafe_b64encode(data).decode().lower().rstrip("="),
}
OLD = 1_700_000_000_000


@pytest.mark.parametrize("encoder", ENCODERS)
def test_what_was_encoded_is_what_the_name_is_thought_to_carry(encoder: str) -> None:
    rng = random.Random(encoder)
    carried = thought = 0.0
    for _ in range(300):
        data = rng.randbytes(rng.randint(20, 60))
        code = ENCODERS[encoder](data)
        thought += sum(code_of(".".join([code[place:place + 50] for place in range(0, len(code), 50)])).values())
        carried += len(data)
    assert 0.75 <= thought / carried <= 1.05


@pytest.mark.parametrize("name", [
    "www", "customer-portal-production", "ip-10-20-30-40", "140.77.9.9", "1.0.0.127.zen", "web01.eu-west-1", "01234567",
    "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4", "login.microsoftonline", "_ldap._tcp.dc._msdcs",
    "kubernetes.default.svc.cluster.local", "donaudampfschifffahrtsgesellschaft", "20240131-1200.backup", "shinjuku-ku",
    "0f8fad5b-d9cb-469f-a165-70867728950e.domains",
    "", ".", "-", "\\", "\\0", "\\052.wildcard",
])
def test_words_counters_and_addresses_carry_nothing(name: str) -> None:
    assert code_of(name) == {}


def test_octets_as_the_resolver_writes_them() -> None:
    assert round(sum(code_of("\\351\\302\\277\\341\\377\\200\\211\\250").values())) == 7


def test_what_is_asked_for_again_within_a_day_carries_nothing() -> None:
    sender, code = Sender(), {"7f3a90c4d2e15b86aa": 9.0}
    assert sender.observe(OLD, code, 2.0)
    assert not sender.observe(OLD + SLOT_MS, code, 2.0)
    assert not sender.observe(OLD + DAY * SLOT_MS, code, 2.0)
    assert sender.within(HOUR, OLD + SLOT_MS) == Sent(7, 9, 1, 2)
    assert sender.observe(OLD + 2 * DAY * SLOT_MS, code, 2.0)


def test_windows_forget_and_expiry_changes_nothing() -> None:
    one, other = Sender(), Sender()
    for number in range(4 * DAY):
        time = OLD + number * SLOT_MS
        other.expire(time - 1)
        for sender in (one, other):
            sender.observe(time, {str(number): 3.0, f"{number}b": 2.0}, 4.0)
        assert one.within(DAY, time) == other.within(DAY, time) == Sent(*(
            each * min(number + 1, DAY) for each in (1, 5, 1, 1)))
        assert one.within(HOUR, time).size == 5 * min(number + 1, HOUR)
        assert one.since(DAY, time) == other.since(DAY, time) == min(number, DAY - 1)


def test_it_stays_small() -> None:
    sender = Sender()
    for number in range(3 * LABELS):
        sender.observe(OLD, {str(number): 3.0}, 0.0)
    assert len(sender.labels) <= LABELS
    assert sender.within(HOUR, OLD).names == 3 * LABELS
    assert len(sender.merge(sender).labels) <= LABELS


def test_merging_adds_up_and_does_not_depend_on_the_side() -> None:
    one, other = Sender(), Sender()
    for number in range(20):
        (one if number % 3 else other).observe(OLD + number * SLOT_MS // 2, {str(number): 3.0}, 0.0)
    assert one.merge(other) == other.merge(one)
    assert one.merge(Sender()) == one
    assert one.merge(other).within(DAY, OLD + DAY * SLOT_MS // 2).names == 20
