"""Signing in to the console over real HTTP: who gets in, for how long, and what another site cannot do."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.api.browsers import PASSWORD, Browser, make_user, signed_in
from tests.api.serving import ACCOUNT, REGION, Served, now, serving
from tests.api.test_asgi import ask as signed
from vedette.api import sessions
from vedette.api.console import attempts
from vedette.api.sessions import IDLE, LONGEST, NOTED
from vedette.api.users import LINK_GOOD, digest_of, new_link, remove_user
from vedette.findings.console_users import ConsoleSession

SESSION = "/vedette/v1/session"


@pytest.fixture
def served(tmp_path: Path, location: str) -> Iterator[Served]:
    """Over SQLite and over PostgreSQL."""
    with serving(tmp_path, state=location) as server:
        yield server


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as server:
        yield server


def session_of(served: Served, browser: Browser) -> ConsoleSession:
    (token,) = browser.cookies.values()
    found = served.store.console_session(digest_of(token))
    assert found is not None
    return found.session


def test_who_has_signed_in_works_with_guarddutys_operations_and_is_told_of_in_the_audit_log(served: Served) -> None:
    make_user(served.store)
    browser = Browser(served.url)
    first = browser.sign_in()
    assert first.status == 200
    told = first.body
    assert told.pop("csrf") == browser.csrf
    assert now() + IDLE - 60_000 < told.pop("expiresAt") <= now() + IDLE
    assert told.pop("version")
    assert told == {"user": "alice", "role": "admin", "account": ACCOUNT, "regions": [], "detectors": {},
                    "lastVisit": None}
    made = browser.post("/detector", {"enable": True})
    assert made.status == 200
    assert browser.get("/detector").body == {"detectorIds": [made.body["detectorId"]]}
    told = browser.get(SESSION).body
    assert (told["regions"], told["detectors"]) == ([REGION], {REGION: made.body["detectorId"]})
    assert browser.get("/detector", X_Vedette_Region="us-east-1").body == {"detectorIds": []}
    assert [(one["operation"], one["console_user"], one["outcome"]) for one in served.audited] == [
        ("CreateSession", "alice", "Success"), ("CreateDetector", "alice", "Success")]
    assert "access_key_id" not in served.audited[1]
    again = Browser(served.url).sign_in()
    assert again.body["lastVisit"] <= now()
    assert again.body["lastVisit"] > now() - 120_000


def test_a_wrong_password_and_nobodys_name_are_told_alike_and_cost_the_same(
    local: Served, monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_user(local.store)
    compared: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, hashed: str, password: bytes) -> bool:
        compared.append(hashed.split("$")[3])
        return verify(self, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    answers = [Browser(local.url).sign_in(user, password) for user, password in (
        ("alice", "wrong horse battery"), ("nobody", PASSWORD), ("no name\n", PASSWORD), ("alice", "x" * 4000))]
    assert {answer.status for answer in answers} == {401}
    assert len({json.dumps(answer.body) for answer in answers}) == 1
    assert answers[0].body["__type"] == "UnauthorizedException"
    assert len(compared) == 4  # with one Argon2 each, and its parameters are the same:
    assert len(set(compared)) == 1
    assert all("set-cookie" not in answer.headers for answer in answers)
    assert [(one["operation"], one.get("console_user"), one["outcome"]) for one in local.audited][:3] == [
        ("CreateSession", "alice", "UnauthorizedException"), ("CreateSession", "nobody", "UnauthorizedException"),
        ("CreateSession", None, "UnauthorizedException")]
    assert PASSWORD not in (local.folder / "audit.log").read_text()


def test_many_tries_are_refused_for_a_while_and_a_link_is_not(
    local: Served, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(attempts, "PATIENCE", 0.0)
    make_user(local.store)
    browser = Browser(local.url)
    statuses = [browser.sign_in(password=f"wrong number {number}").status for number in range(7)]
    assert statuses == [401] * 5 + [429] * 2 or statuses == [401] * 6 + [429]
    refused = browser.sign_in()
    assert (refused.status, refused.body["__type"]) == (429, "TooManyRequestsException")
    assert int(refused.headers["retry-after"]) >= 1
    assert browser.post(SESSION, {"token": new_link(local.store, "alice", now())}).status == 200


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b'{"user":"alice"', b'{"user":1,"password":"x"}', b'{"user":"a","password":"x","b":1}',
    b"{}", b'{"token":""}', b'{"user":"alice","password":"x","token":"y"}', b'{"user":"\xff","password":"x"}',
    b'{"a":' + b"[" * 4000 + b"]" * 4000 + b"}",
])
def test_what_is_no_credentials_is_refused(local: Served, body: bytes) -> None:
    answer = Browser(local.url).ask("POST", SESSION, body)
    assert (answer.status, answer.body["__type"]) == (400, "BadRequestException")


def test_large_bodies_are_refused(local: Served) -> None:
    make_user(local.store)
    answer = Browser(local.url).ask("POST", SESSION, b"x" * 1_000_000)
    assert (answer.status, answer.body["__type"]) == (413, "RequestEntityTooLargeException")
    browser = Browser(local.url)
    browser.sign_in()
    assert browser.ask("POST", "/vedette/v1/facets", b"[" * 1_048_577).status == 413
    assert browser.ask("POST", "/vedette/v1/facets", b"[" * 1_000_000).status == 400


def test_a_form_of_another_site_cannot_sign_in(local: Served) -> None:
    make_user(local.store)
    browser = Browser(local.url)
    for content_type in ("text/plain", "application/x-www-form-urlencoded", None):
        assert browser.sign_in(Content_Type=content_type).status == 400
    assert browser.sign_in(Sec_Fetch_Site="cross-site").status == 403
    assert browser.sign_in(Sec_Fetch_Site="same-site").status == 403
    assert browser.sign_in(Origin="https://evil.example").status == 403
    assert browser.sign_in(Origin="null").status == 403
    assert browser.cookies == {}
    assert browser.sign_in(Sec_Fetch_Site="same-origin", Origin=local.url).status == 200


def test_without_the_header_of_the_session_nothing_is_answered(local: Served) -> None:
    browser = signed_in(local)
    other = signed_in(local, "bob")
    for wrong in (None, "", "x", other.csrf, browser.csrf + "x", browser.csrf[:-1]):
        for method, path in (("GET", "/detector"), ("GET", "/vedette/v1/health"), ("DELETE", SESSION)):
            answer = browser.ask(method, path, X_Vedette_CSRF=wrong)
            assert (answer.status, answer.body["__type"]) == (403, "AccessDeniedException"), (method, path, wrong)
    assert browser.get("/detector").status == 200
    assert browser.get(SESSION, X_Vedette_CSRF=None).body["csrf"] == browser.csrf


def test_another_site_changes_nothing_even_with_the_header(local: Served) -> None:
    browser = signed_in(local)
    for headers in ({"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "none"}, {"Origin": "https://evil.example"},
                    {"Origin": local.url.replace("127.0.0.1", "localhost")}):
        assert browser.post("/detector", {"enable": True}, **headers).status == 403
    assert browser.get("/detector").body == {"detectorIds": []}
    assert browser.post("/detector", {"enable": True}, Origin=local.url).status == 200


def test_a_region_must_be_named(local: Served) -> None:
    browser = signed_in(local)
    assert browser.get("/detector", X_Vedette_Region=None).status == 400
    for region in ("", "eu-west-1 ", "EU", "eu-west-1/../x", "\xff", "x" * 60_000):
        assert browser.get("/detector", X_Vedette_Region=region).status in (200, 400)
    assert browser.get("/detector", X_Vedette_Region="EU").status == 400


def test_a_session_is_no_signature_and_a_signature_no_session(local: Served) -> None:
    browser = signed_in(local)
    answer = browser.get("/detector", Authorization="AWS4-HMAC-SHA256 Credential=x")
    assert (answer.status, answer.body["__type"]) == (403, "IncompleteSignatureException")
    assert Browser(local.url).get("/detector").status == 403  # as AWS answers what is not signed at all
    assert local.client().list_detectors()["DetectorIds"] == []


def test_nobody_gets_in_by_a_token_that_is_none(local: Served) -> None:
    for token in ("", "x", "é", "A" * 43, "A" * 60_000, "../../etc/passwd", "\x00"[:0] + "%00"):
        browser = Browser(local.url)
        browser.cookies = {"vedette-session": token}
        browser.csrf = "x"
        answer = browser.get("/detector", Cookie=f"vedette-session={token}".encode().decode("latin-1"))
        assert (answer.status, answer.body["__type"]) == (401, "UnauthorizedException"), token
        assert browser.get(SESSION).status == 401 if token.isascii() else True


def test_a_cookie_that_came_first_is_never_made_a_session(local: Served) -> None:
    make_user(local.store)
    browser = Browser(local.url)
    planted = "A" * 43
    browser.cookies = {"vedette-session": planted}
    assert browser.sign_in().status == 200
    assert browser.cookies["vedette-session"] != planted
    victim = Browser(local.url)
    victim.cookies = {"vedette-session": planted}
    assert victim.get(SESSION).status == 401
    # Two of the name: one of them is another's.
    doubled = f"vedette-session={planted}; vedette-session={browser.cookies['vedette-session']}"
    assert browser.get("/detector", Cookie=doubled).status == 401


def test_signing_in_again_ends_the_session_before(local: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "FRESH", 0.0)
    browser = signed_in(local)
    before = Browser(local.url)
    before.cookies, before.csrf = dict(browser.cookies), browser.csrf
    assert browser.sign_in().status == 200
    assert before.get("/detector").status == 401
    assert browser.get("/detector").status == 200


def test_signing_out_ends_the_session_and_the_cookie(served: Served) -> None:
    browser = signed_in(served)
    kept = dict(browser.cookies)
    answer = browser.ask("DELETE", SESSION)
    assert (answer.status, answer.body) == (204, b"")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert browser.cookies == {}
    browser.cookies = kept
    assert browser.get("/detector").status == 401
    assert browser.get(SESSION).status == 401
    assert served.audited[-1]["operation"] == "DeleteSession"


def test_all_sessions_of_a_user_end_when_it_is_removed(served: Served) -> None:
    browser, second, other = signed_in(served), Browser(served.url), signed_in(served, "bob")
    second.sign_in()
    assert {one.get("/detector").status for one in (browser, second, other)} == {200}
    remove_user(served.store, "alice")
    time.sleep(sessions.FRESH)
    assert [one.get("/detector").status for one in (browser, second, other)] == [401, 401, 200]
    assert browser.sign_in().status == 401
    make_user(served.store)  # another one of the name has no part in the sessions of the first
    assert browser.get("/detector").status == 401


@pytest.mark.parametrize(("created", "used"), [(LONGEST, 0), (IDLE, IDLE), (LONGEST + 1, IDLE + 1)])
def test_a_session_ends_after_a_week_and_after_half_a_day_without_use(
    served: Served, monkeypatch: pytest.MonkeyPatch, created: int, used: int,
) -> None:
    monkeypatch.setattr(sessions, "FRESH", 0.0)
    browser = signed_in(served)
    made = session_of(served, browser)
    assert browser.get("/detector").status == 200
    with served.store.transaction() as batch:
        batch.end_console_session(made.digest)
        batch.start_console_session(ConsoleSession(
            digest=made.digest, name="alice", created=now() - created, used=now() - used, last_visit=None))
    answer = browser.get("/detector")
    assert (answer.status, answer.body["__type"]) == (401, "UnauthorizedException")
    Browser(served.url).sign_in()
    assert served.store.console_session(made.digest) is None


def test_use_of_a_session_is_noted_now_and_then(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "FRESH", 0.0)
    browser = signed_in(served)
    made = session_of(served, browser)
    assert browser.get("/detector").status == 200
    assert session_of(served, browser).used == made.used
    with served.store.transaction() as batch:
        batch.use_console_session(made.digest, "alice", now() - NOTED)
    assert browser.get(SESSION).body["expiresAt"] > now() + IDLE - NOTED
    deadline = time.monotonic() + 20
    while session_of(served, browser).used < made.used:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_login_link_signs_in_once(served: Served) -> None:
    make_user(served.store, role="analyst")
    token = new_link(served.store, "alice", now())
    browser = Browser(served.url)
    answer = browser.post(SESSION, {"token": token})
    assert answer.status == 200
    assert (answer.body["user"], answer.body["role"]) == ("alice", "analyst")
    assert Browser(served.url).post(SESSION, {"token": token}).status == 401
    assert browser.get(SESSION).status == 200
    late = new_link(served.store, "alice", now() - LINK_GOOD)
    of_removed = new_link(served.store, "alice", now())
    assert browser.post(SESSION, {"token": late}).status == 401
    remove_user(served.store, "alice")
    assert browser.post(SESSION, {"token": of_removed}).status == 401
    assert browser.post(SESSION, {"token": "x" * 5000}).status == 401


def test_an_analyst_changes_nothing_and_sees_no_dead_letters(local: Served) -> None:
    admin, analyst = signed_in(local), signed_in(local, "ann", "analyst")
    detector = admin.post("/detector", {"enable": True}).body["detectorId"]
    for answer in (
        analyst.post("/detector", {"enable": True}), analyst.ask("DELETE", f"/detector/{detector}"),
        analyst.post(f"/detector/{detector}/findings/archive", {"findingIds": ["x"]}),
        analyst.get("/vedette/v1/dead-letters"),
    ):
        assert (answer.status, answer.body["__type"]) == (403, "AccessDeniedException")
        assert "analyst" in answer.body["message"]
    assert analyst.get(f"/detector/{detector}").status == 200
    assert admin.get("/vedette/v1/dead-letters").body == {"total": 0, "deadLetters": []}
    assert [one["operation"] for one in local.audited if one["outcome"] == "AccessDeniedException"] == [
        "CreateDetector", "DeleteDetector", "ArchiveFindings"]


def test_the_cookie_is_for_this_site_alone_and_no_script(local: Served) -> None:
    make_user(local.store)
    flags = Browser(local.url).sign_in().headers["set-cookie"].split("; ")
    assert flags[0].startswith("vedette-session=")
    assert set(flags[1:]) == {"Path=/", "Max-Age=604800", "HttpOnly", "SameSite=Strict"}


def test_behind_a_proxy_that_ends_tls_the_cookie_is_for_tls_alone(local: Served) -> None:
    make_user(local.store)
    browser = Browser(local.url)
    flags = browser.sign_in(X_Forwarded_Proto="https").headers["set-cookie"].split("; ")
    assert flags[0].startswith("__Host-vedette-session=")
    assert "Secure" in flags
    assert browser.get("/detector", X_Forwarded_Proto="https").status == 200
    assert browser.get("/detector").status == 401
    # A page of another host of the domain could plant the plain one.
    browser.cookies = {"vedette-session": browser.cookies["__Host-vedette-session"]}
    assert browser.get("/detector", X_Forwarded_Proto="https").status == 401


def test_with_tls_the_cookie_is_for_tls_alone(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256()))
    files = tmp_path / "cert.pem", tmp_path / "key.pem"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    with serving(tmp_path, tls=files) as served:
        make_user(served.store)
        browser = Browser(served.url, ssl.create_default_context(cafile=str(files[0])))
        flags = browser.sign_in().headers["set-cookie"].split("; ")
        assert flags[0].startswith("__Host-vedette-session=")
        assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(flags)
        assert browser.get("/detector").status == 200


def test_answers_are_kept_by_no_cache_and_no_other_site(local: Served) -> None:
    browser = signed_in(local)
    for answer in (browser.get("/detector"), browser.get(SESSION), Browser(local.url).get("/vedette/v1/health")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in answer.headers


def test_a_preflight_of_another_site_allows_nothing(local: Served) -> None:
    answer = Browser(local.url).ask("OPTIONS", SESSION, Origin="https://evil.example",
                                    Access_Control_Request_Method="POST")
    assert answer.status in (401, 403, 404)
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_header_lines_cannot_be_smuggled_into_answers(local: Served) -> None:
    with socket.create_connection(("127.0.0.1", int(local.url.rpartition(":")[2])), timeout=20) as raw:
        raw.sendall(b"GET /vedette/v1/x%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: x\r\nX-Vedette-CSRF: a\r\n"
                    b"Cookie: vedette-session=\x01\r\nConnection: close\r\n\r\n")
        told = b""
        while data := raw.recv(65536):
            told += data
    assert b"set-cookie" not in told.split(b"\r\n\r\n")[0].lower()


def test_the_endpoints_are_for_who_signs_as_well_but_not_for_who_delivers_logs(local: Served) -> None:
    for role, path, status in (
        ("admin", "/vedette/v1/attributes", 200), ("analyst", "/vedette/v1/attributes", 200),
        ("ingest", "/vedette/v1/attributes", 403), ("ingest", "/vedette/v1/health", 403),
        ("admin", "/vedette/v1/dead-letters", 200), ("analyst", "/vedette/v1/dead-letters", 403),
        ("admin", "/vedette/v1/nothing", 404), (None, "/vedette/v1/attributes", 403),
    ):
        assert signed(local, "GET", path, role=role)[0] == status, (role, path)
    status, _, told = signed(local, "POST", "/vedette/v1/facets", b'{"detectorId": "x", "attributes": ["type"]}')
    assert (status, told["__type"]) == (400, "BadRequestException")
    assert signed(local, "GET", "/vedette/v1/session")[0] == 401
