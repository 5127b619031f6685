import hmac
import json
import socket
import threading
from hashlib import sha256

import pytest

from tests.publish.many import NOW, answering, numbered
from vedette.publish.destination import ARRIVED, DestinationError
from vedette.publish.ocsf_form import ocsf_post
from vedette.publish.webhook import Webhook

SECRET = "correct horse battery staple"


class Receiver:
    """Does what a receiver is told to: checks the signature before it believes anything."""

    def __init__(self, *answers):
        self.got = []
        self._answers = list(answers)

    def __call__(self, request, body):
        headers = request.headers
        signed = headers["Vedette-Timestamp"].encode() + b"." + body
        expected = "v1=" + hmac.new(SECRET.encode(), signed, sha256).hexdigest()
        if not hmac.compare_digest(expected, headers["Vedette-Signature"]):
            return 401, b"bad signature"
        self.got.append((request.path, headers, json.loads(body)))
        return self._answers.pop(0) if self._answers else (204, b"")


def test_each_finding_is_posted_as_an_event_that_the_receiver_can_verify():
    receiver = Receiver()
    sent = numbered(3)
    with answering(receiver) as url:
        assert Webhook(f"{url}/hook?team=blue", SECRET).send(sent, NOW) == [ARRIVED] * 3
    assert [event["detail"] for _, _, event in receiver.got] == sent
    path, headers, event = receiver.got[0]
    assert path == "/hook?team=blue"
    assert headers["Content-Type"] == "application/json"
    assert headers["Vedette-Timestamp"] == "1772442123"
    assert headers["Vedette-Event-Id"] == event["id"]
    assert (event["source"], event["detail-type"], event["time"]) == (
        "aws.guardduty", "GuardDuty Finding", "2026-03-02T09:02:03Z")
    assert len({headers["Vedette-Event-Id"] for _, headers, _ in receiver.got}) == 3


def test_the_same_finding_again_has_the_same_event_id_and_a_changed_one_another():
    receiver = Receiver()
    (first,) = numbered(1)
    with answering(receiver) as url:
        for sent in (first, first, {**first, "severity": 8.0}):
            Webhook(url, SECRET).send([sent], NOW + len(receiver.got) * 60_000)
    ids = [headers["Vedette-Event-Id"] for _, headers, _ in receiver.got]
    assert ids[0] == ids[1] != ids[2]


def test_a_receiver_with_another_secret_does_not_believe_it():
    receiver = Receiver()
    with answering(receiver) as url:
        (outcome,) = Webhook(url, "another").send(numbered(1), NOW)
    assert (receiver.got, outcome.fate) == ([], "unable")
    assert "401: bad signature" in outcome.reason


def test_ocsf_can_be_posted_instead():
    receiver = Receiver()
    with answering(receiver) as url:
        Webhook(url, SECRET, render=ocsf_post).send(numbered(1), NOW)
    assert receiver.got[0][2]["class_uid"] == 2004


@pytest.mark.parametrize(("status", "fate"), [
    (200, "arrived"), (202, "arrived"), (400, "unable"), (404, "unable"), (410, "unable"), (413, "never"),
    (408, "later"), (429, "later"), (500, "later"), (503, "later")])
def test_an_answer_says_what_becomes_of_the_finding_and_the_others_are_still_sent(status, fate):
    receiver = Receiver((status, b"said"))
    with answering(receiver) as url:
        outcomes = Webhook(url, SECRET).send(numbered(2), NOW)
    assert [one.fate for one in outcomes] == [fate, "arrived"]


def test_redirects_are_not_followed():
    elsewhere = Receiver()
    with answering(elsewhere) as other, answering(Receiver((307, b"", {"Location": other}))) as url:
        (outcome,) = Webhook(url, SECRET).send(numbered(1), NOW)
    assert elsewhere.got == []
    assert (outcome.fate, "redirects are not followed" in outcome.reason) == ("unable", True)


def test_when_nobody_answers_the_rest_is_not_tried():
    with answering(Receiver()) as url:
        pass
    outcomes = Webhook(url, SECRET).send(numbered(3), NOW)
    assert [one.fate for one in outcomes] == ["later", "untried", "untried"]


def test_a_receiver_that_hangs_is_given_up():
    given_up = threading.Event()

    def hang(request, body):
        given_up.wait(60)
        return 200, b""

    with answering(hang) as url:
        outcomes = Webhook(url, SECRET, timeout=0.2).send(numbered(2), NOW)
        given_up.set()
    assert [one.fate for one in outcomes] == ["later", "untried"]


def test_what_is_not_http_is_tried_later():
    with socket.create_server(("127.0.0.1", 0)) as server:
        def talk():
            there, _ = server.accept()
            with there:
                there.recv(65536)
                there.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")

        thread = threading.Thread(target=talk)
        thread.start()
        (outcome,) = Webhook(f"http://127.0.0.1:{server.getsockname()[1]}", SECRET).send(numbered(1), NOW)
        thread.join()
    assert outcome.fate == "later"


@pytest.mark.parametrize(("url", "said"), [
    ("", "is no URL"), ("hook", "is no URL"), ("ftp://host/x", "is no URL"), ("https://", "is no URL"),
    ("https://host:99999/", "is no URL"), ("https://ho st/", "is no URL"), ("https://host/\r\nX: y", "is no URL"),
    ("https://[::1/", "is no URL"), ("https://bücher.example/", "is no URL"),
    ("https://user:pw@host/", "holds a password"),
    ("http://hooks.example/x", "in the clear"), ("http://127.0.0.1.example/", "in the clear")])
def test_what_findings_should_not_be_posted_to_is_refused(url, said):
    with pytest.raises(DestinationError, match=said) as raised:
        Webhook(url, SECRET)
    assert "pw" not in str(raised.value)


def test_plain_http_is_for_this_machine_or_when_it_is_allowed():
    for url in ("http://localhost/", "http://127.1.2.3:8080/", "http://[::1]:80/x", "https://hooks.example/x"):
        Webhook(url, SECRET)
    Webhook("http://hooks.example/x", SECRET, insecure=True)


def test_a_secret_is_needed():
    with pytest.raises(DestinationError, match="no secret"):
        Webhook("https://hooks.example/x?token=abc", "")
