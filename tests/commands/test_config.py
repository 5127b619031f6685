"""The configuration file: what is right, and for all that is wrong one sentence that says where."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vedette.commands.serving.reading import SettingsError, read_settings
from vedette.commands.serving.reference import reference
from vedette.commands.serving.secret_text import SecretText
from vedette.commands.serving.settings import S3Source, Settings, WebhookPublish

ROOT = Path(__file__).resolve().parents[2]

STATE = '[state]\nlocation = "state"\n'
HOOK = '[[publish]]\nkind = "webhook"\nname = "hook"\nurl = "https://a.example/"\nsecret = "s3cret"\n'


@pytest.fixture
def read(tmp_path):
    file = tmp_path / "vedette.toml"

    def reading(text: str) -> Settings:
        file.write_text(text, encoding="utf-8")
        return read_settings(file)

    return reading


def test_a_state_is_all_that_must_be_given_and_the_rest_is_safe(read):
    found = read(STATE)
    assert found.state.location.reveal() == "state"
    assert (found.server.host, found.server.port) == ("127.0.0.1", 8470)
    assert not found.server.allow_plain_http_elsewhere
    assert found.retention.findings_days == 90
    assert found.source == found.publish == ()


def test_tables_of_several_kinds_come_in_their_order(read):
    found = read(STATE + HOOK + '[[source]]\nkind = "s3"\nlocation = "s3://logs/a"\nbackfill_days = 7\n')
    assert found.source == (S3Source(location="s3://logs/a", backfill_days=7),)
    assert found.publish == (WebhookPublish(
        name="hook", url=SecretText("https://a.example/"), secret=SecretText("s3cret")),)


WRONG = {
    STATE + '[history]\nlocation = "s3://logs/a"': r"\[history\] location: is a folder .*: give its path, and s3://",
    STATE + '[history]\narchive = "/srv/a"': r"\[history\] archive: is no place in a bucket: write s3://bucket/prefix",
    "": "vedette.toml: has no state, which it must have",
    "\nx y": "vedette.toml: is not TOML: .*line 2",
    STATE + "[servr]": "vedette.toml: there is no table 'servr': did you mean server?",
    STATE + "[server]\nprt = 1": r"\[server\]: there is no key 'prt': did you mean port?",
    STATE + "[server]\nport = 65536": r"\[server\] port: 65536 cannot be used: give a whole number from 0 to 65535",
    STATE + '[server]\nport = "80"': r"\[server\] port: '80' cannot be used: give a whole number",
    STATE + "[server]\nport = 8470.0": r"\[server\] port: 8470.0 cannot be used: give a whole number",
    STATE + "[server]\nport = true": r"\[server\] port: true cannot be used: give a whole number",
    STATE + '[server]\nhost = ""': r"\[server\] host: '' cannot be used: give a text",
    STATE + '[server]\nallow_plain_http_elsewhere = "no"': "'no' cannot be used: give true or false",
    STATE + '[server]\ntls_certificate = "c.pem"': r"\[server\] tls_certificate: is given without tls_key: give both",
    STATE + '[server]\ntls_key = "k.pem"': r"\[server\] tls_key: is given without tls_certificate: give both",
    STATE + "[retention]\nfindings_days = 0": r"\[retention\] findings_days: 0 cannot be used: .* from 1 to 36500",
    STATE + '[log]\nlevel = "loud"': r"\[log\] level: 'loud' cannot be used: give `debug` or",
    STATE + "[lists]\nthreat = 'a.txt'": r"\[lists\] threat: 'a.txt' cannot be used: give an array, each a text",
    STATE + "[lists]\nthreat = ['a.txt', 4]": r"\[lists\] threat: 4 cannot be used: give a text",
    STATE + "[geo]\ncity = ''": r"\[geo\] city: cannot be used: give a path",
    STATE + "[source]\nkind = 's3'": r"\[source\]: is not an array of tables: write \[\[source\]\]",
    STATE + "[[source]]\n": r"\[\[source\]\] 1: has no kind: give .*folder",
    STATE + "[[source]]\nkind = 'ftp'": r"\[\[source\]\] 1, kind: 'ftp' is none: give .*folder",
    STATE + "[[source]]\nkind = 3": r"\[\[source\]\] 1, kind: 3 is none: give .*folder",
    STATE + "[[source]]\nkind = 's3'": r"\[\[source\]\] 1: has no location, which it must have",
    STATE + "[[source]]\nkind = 's3'\nlocation = 'logs'": "'logs' cannot be used: give `s3://bucket/prefix`",
    STATE + "[[source]]\nkind = 'folder'\nlocation = 'a'\nendpoint_url = 'b'":
        r"\[\[source\]\] 1: there is no key 'endpoint_url': give location, poll_seconds",
    STATE + "[[source]]\nkind = 'folder'\nlocation = 'a'\n" * 2:
        r"\[\[source\]\] 2, location: 'a' is the location of an earlier one: give each its own",
    STATE + HOOK + HOOK: r"\[\[publish\]\] 2, name: 'hook' is the name of an earlier one",
    STATE + HOOK.replace('"hook"', '"A hook"'): r"\[\[publish\]\] 1, name: 'A hook' cannot be used: give 1 to 40 small",
    STATE + HOOK.replace('"hook"', '"hook\\n"'): r"\[\[publish\]\] 1, name: .*cannot be used: give 1 to 40 small",
    '[state]\nlocation = "env:VEDETTE_NOWHERE"': "the environment has no variable VEDETTE_NOWHERE: set it",
    '[state]\nlocation = "file:/nowhere/at/all"': "the file /nowhere/at/all cannot be read: No such file",
    "[state]\nlocation = 5": r"\[state\] location: a number cannot be used: give a text, `env:NAME` or `file:PATH`",
    '[state]\nlocation = "postgresql://h/n"': r"\[state\] key_file: must be given, since the state is in no folder",
    '[state]\nlocation = "postgresql://h/n"\nkey_file = "k"\naudit_log = "a"\n[[source]]\nkind = "push"\nname = "p"':
        r"\[\[source\]\] 1, folder: must be given, since the state is in no folder",
    STATE + "[[source]]\nkind = 'folder'\nlocation = 'a'\nname = 'p'\n[[source]]\nkind = 'push'\nname = 'p'":
        r"\[\[source\]\] 2, name: 'p' is the name of an earlier one: give each its own",
    STATE + "[[source]]\nkind = 'folder'\nlocation = 'a'\n[[source]]\nkind = 's3'\nlocation = 's3://b'\nname = 'a'":
        r"\[\[source\]\] 2, name: 'a' is the name of an earlier one",
    STATE + "[[source]]\nkind = 'folder'\nlocation = 'a'\nname = 'A name'":
        r"\[\[source\]\] 1, name: 'A name' cannot be used: give 1 to 40 small",
    STATE + "[[source]]\nkind = 'push'\nname = 'p'\n" * 2: r"\[\[source\]\] 2, name: 'p' is the name of an earlier one",
    STATE + "[[source]]\nkind = 'cloudwatch'\ngroup = 'g'\nregion = 'r'\n" * 2:
        r"\[\[source\]\] 2, group: 'r/g' is the group of an earlier one",
    "state = 3": r"\[state\]: 3 cannot be used: give a table",
}


@pytest.mark.parametrize(("text", "said"), WRONG.items())
def test_what_is_wrong_is_one_sentence_that_says_where(read, text, said):
    with pytest.raises(SettingsError, match=said) as raised:
        read(text)
    assert "vedette.toml" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_or_no_text_or_too_long_is_told(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        read_settings(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"[state]\nlocation = '\xff'")
    with pytest.raises(SettingsError, match="is not UTF-8 text: byte 20"):
        read_settings(tmp_path / "bytes.toml")
    (tmp_path / "long.toml").write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(SettingsError, match="longer than"):
        read_settings(tmp_path / "long.toml")


VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(
        st.sampled_from(["kind", "name", "location", "port", "level", "x"]), inner, max_size=3), max_leaves=5)


@given(table=st.sampled_from([field.name for field in msgspec.structs.fields(Settings)]), value=VALUES)
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_a_table_is_taken_or_told_never_a_traceback(monkeypatch, tmp_path, table, value):
    """TOML's own syntax is tomllib's business: what it may give stands in for the file."""
    file = tmp_path / "vedette.toml"
    file.write_text("")
    given_document = {"state": {"location": "state"}, table: value}
    monkeypatch.setattr("vedette.commands.serving.reading.tomllib.loads", lambda _: given_document)
    with suppress(SettingsError):
        assert isinstance(read_settings(file), Settings)


def test_a_secret_comes_from_the_environment_or_a_file_and_never_shows(read, monkeypatch, tmp_path):
    monkeypatch.setenv("VEDETTE_TEST_SECRET", "hunter2")
    (tmp_path / "secret").write_text("hunter3\n")
    one = read(STATE + HOOK.replace('"s3cret"', '"env:VEDETTE_TEST_SECRET"'))
    two = read(STATE + HOOK.replace('"s3cret"', f'"file:{tmp_path / "secret"}"'))
    assert one.publish[0].secret.reveal() == "hunter2"
    assert two.publish[0].secret.reveal() == "hunter3"
    for shown in (repr(one), str(two), f"{one.publish}"):
        assert "hunter" not in shown


def test_every_table_and_key_is_told_with_its_default(read):
    text = reference()
    for field in msgspec.structs.fields(Settings):
        assert f"`[{field.name}]`" in text or f"`[[{field.name}]]`" in text
    assert "- `port`: a whole number from 0 to 65535, `8470` unless given." in text


def test_the_guide_tells_every_option():
    """`make docs` writes the options anew."""
    guide = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
    assert reference() in guide


def test_the_example_that_is_delivered_can_be_used(monkeypatch, tmp_path):
    example = (ROOT / "deploy" / "vedette.toml").read_text(encoding="utf-8")
    monkeypatch.setenv("VEDETTE_WEBHOOK_SECRET", "s")
    monkeypatch.setenv("VEDETTE_METRICS_TOKEN", "t")
    file = tmp_path / "vedette.toml"
    without_comment_signs = re.sub(r"^#(?=[\[a-z])", "", example, flags=re.MULTILINE)
    assert without_comment_signs.count("\n[") > example.count("\n[")
    for text in (example, without_comment_signs):
        file.write_text(text, encoding="utf-8")
        read_settings(file)


def test_checking_a_file_says_what_a_server_would_do(vedette, tmp_path):
    file = tmp_path / "vedette.toml"
    file.write_text(STATE + HOOK)
    said = vedette("config", "check", str(file))
    assert (said.code, said.err) == (0, "")
    assert said.out == (f"{file} can be used: it listens on 127.0.0.1 port 8470 (http), reads no sources and publishes "
                        "to 1 destination\n")


def test_checking_a_file_refuses_what_a_server_would_refuse(vedette, tmp_path):
    file = tmp_path / "vedette.toml"
    for text, sentence in {
        '[server]\nhost = "0.0.0.0"\n':
            "[server] host: 0.0.0.0 can be reached from other machines, and there is no TLS",
        '[server]\nhost = "::"\n': "[server] host: :: can be reached from other machines, and there is no TLS",
        '[server]\nhost = "vedette.example"\n': "[server] host: vedette.example can be reached",
        HOOK.replace("https:", "http:"): "[[publish]] 1, http://a.example",
        HOOK + '[[publish]]\nkind = "s3"\nname = "b"\nbucket = "logs"\n': "[[publish]] 2, logs: is no bucket: write",
        '[[publish]]\nkind = "eventbridge"\nname = "e"\nsource = "aws.guardduty"\n':
            "[[publish]] 1, source: 'aws.guardduty' is kept for AWS",
        '[server]\ntls_certificate = "/none.pem"\ntls_key = "/none.key"\n':
            "[server] tls_certificate: /none.pem cannot be read: No such file",
    }.items():
        file.write_text(STATE + text)
        said = vedette("config", "check", str(file))
        assert (said.code, said.out) == (2, ""), text
        assert said.err.startswith(f"vedette: {file}, {sentence}"), said.err
        assert said.err.count("\n") == 1
        assert "s3cret" not in said.err


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine_alone_needs_no_tls(vedette, tmp_path, host):
    file = tmp_path / "vedette.toml"
    file.write_text(STATE + f'[server]\nhost = "{host}"\n')
    assert vedette("config", "check", str(file)).code == 0


def test_plain_http_elsewhere_must_be_said(vedette, tmp_path):
    file = tmp_path / "vedette.toml"
    file.write_text(STATE + '[server]\nhost = "0.0.0.0"\nallow_plain_http_elsewhere = true\n')
    assert vedette("config", "check", str(file)).code == 0
