import json
import sys

import pytest

from tests.publish.many import NOW, answering, numbered
from vedette.publish.chat import Chat, subject, text_of
from vedette.publish.destination import ARRIVED, DestinationError


@pytest.fixture
def room():
    """A service that Apprise speaks to: plain JSON over HTTP."""
    pytest.importorskip("apprise", reason="needs the extra [chat]")
    got, answers = [], []

    def answer(request, body):
        got.append(json.loads(body))
        return answers.pop(0) if answers else (200, b"")

    with answering(answer) as url:
        yield url.replace("http", "json"), got, answers


def test_a_message_tells_of_at_most_ten_findings(room):
    url, got, _ = room
    assert Chat(url).send(numbered(12), NOW) == [ARRIVED] * 12
    assert [message["title"] for message in got] == ["10 findings (10 medium)", "2 findings (2 medium)"]
    for number in range(12):
        assert f"Finding {number}\n" in got[number // 10]["message"]


def test_a_service_that_refuses_is_tried_later(room):
    url, got, answers = room
    answers += [(200, b""), (500, b"")]
    outcomes = Chat(url).send(numbered(25), NOW)
    assert [one.fate for one in outcomes] == ["arrived"] * 10 + ["later"] * 10 + ["untried"] * 5
    assert len(got) == 2


def test_names_that_an_attacker_chose_neither_mention_nor_link_nor_break_lines():
    (sent,) = numbered(1)
    sent["title"] = "<!channel> @everyone <https://bad.example|click>\n`rm`"
    for text in (subject([sent]), text_of(sent)):
        assert not set("<>@`") & set(text)
    assert "\n" not in subject([sent])
    assert text_of(sent).count("\n") == text_of(numbered(1)[0]).count("\n")


def test_the_head_says_how_bad_it_is():
    sent = numbered(3)
    sent[0]["severity"], sent[1]["severity"] = 9.5, 8.0
    assert subject(sent[:1]) == "Critical: Finding 0"
    assert subject(sent) == "3 findings (1 critical, 1 high, 1 medium)"


def test_an_address_that_apprise_does_not_know_is_refused_without_showing_it():
    pytest.importorskip("apprise", reason="needs the extra [chat]")
    with pytest.raises(DestinationError, match="no address") as raised:
        Chat("slak://T000/B000/secret")
    assert "secret" not in str(raised.value)


def test_without_apprise_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(DestinationError, match=r"install vedette\[chat\]"):
        Chat("json://localhost")
