"""What is known of addresses and names: against a plain oracle, and after being saved."""

import ipaddress

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.errors import ListError
from vedette.intel.categories import Category
from vedette.intel.feed_formats import FeedFormat, parse_feed
from vedette.intel.formats import ListFormat, parse_list
from vedette.intel.limits import ListKind, ListLimits
from vedette.intel.lists import ListSpec, LoadedList
from vedette.intel.lookup import Intel

BIG = ListLimits(threat_entities=2_000_000, threat_ip_entries=2_000_000, trusted_entities=100_000)


def custom(name, text, kind=ListKind.THREAT, *, entities=True):
    entries = parse_list(text.encode(), ListFormat.TXT, entities=entities, limits=BIG, name=name, kind=kind)
    spec = ListSpec(name=name, location=name, entities=entities, kind=kind)
    return LoadedList(spec=spec, version="v", bytes=len(text), entries=entries, loaded_at=0)


def trusted(text):
    return custom("trusted", text, ListKind.TRUSTED)


def feed(name, category, text):
    spec = ListSpec(name=name, location=name, category=category, custom=False)
    entries = parse_feed(text.encode(), FeedFormat.MALTRAIL, name=name)
    return LoadedList(spec=spec, version="v", bytes=len(text), entries=entries, loaded_at=0)


def found(matches):
    return [(match.list.name, match.entry) for match in matches]


def kept(frame, column="ip"):
    return frame.collect()[column].to_list()


def test_an_address_is_found_itself_and_in_its_networks_the_narrowest_first():
    intel = Intel.of([
        custom("mine", "8.8.0.0/16\n8.8.8.0/24\n"), feed("c2", Category.COMMAND_AND_CONTROL, "8.8.8.8 # A bot\n"),
    ])
    assert found(intel.threats_of_ip("8.8.8.8")) == [("c2", "8.8.8.8"), ("mine", "8.8.8.0/24"), ("mine", "8.8.0.0/16")]
    assert intel.threats_of_ip("8.8.8.8")[0].threat_names == ("A bot",)
    assert intel.threats_of_ip("8.8.8.8")[0].list.category is Category.COMMAND_AND_CONTROL
    assert found(intel.threats_of_ip("8.8.9.1")) == [("mine", "8.8.0.0/16")]
    assert intel.threats_of_ip("8.9.0.0") == ()


@pytest.mark.parametrize("text", ["ec2.amazonaws.com", "AWS Internal", "", "::1", "2001:db8::1", "8.8.8", "8.8.8.8 ",
                                  "008.8.8.8", "8.8.8.8\0", "\ud800"])
def test_what_is_no_ipv4_address_has_no_threats(text):
    intel = Intel.of([custom("mine", "0.0.0.0/0\n")])
    assert intel.threats_of_ip(text) == ()
    assert not intel.is_trusted_ip(text)


def test_private_addresses_never_match_though_a_network_holds_them():
    intel = Intel.of([custom("mine", "0.0.0.0/0\n")])
    for private in ("10.1.2.3", "172.31.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "127.0.0.1", "224.0.0.1"):
        assert intel.threats_of_ip(private) == ()
    assert found(intel.threats_of_ip("8.8.8.8")) == [("mine", "0.0.0.0/0")]
    frame = pl.LazyFrame({"ip": ["10.1.2.3", "8.8.8.8", "192.168.1.1"]})
    assert kept(intel.listed_ips(frame, "ip")) == ["8.8.8.8"]


def test_trusted_wins_for_addresses_and_names():
    intel = Intel.of([
        custom("mine", "8.8.8.8\n9.9.9.0/24\nbad.example\n*.bad.example\n"),
        trusted("8.8.0.0/16\n9.9.9.9\nok.bad.example\n*.fine.bad.example\n"),
    ])
    assert intel.threats_of_ip("8.8.8.8") == ()
    assert intel.is_trusted_ip("8.8.1.1")
    assert not intel.is_trusted_ip("9.9.9.8")
    assert found(intel.threats_of_ip("9.9.9.8")) == [("mine", "9.9.9.0/24")]
    assert intel.threats_of_ip("9.9.9.9") == ()
    names = ["bad.example", "OK.bad.example.", "a.fine.bad.example", "fine.bad.example", "x.bad.example"]
    assert [bool(intel.threats_of_domain(name)) for name in names] == [True, False, False, True, True]
    assert [intel.is_trusted_domain(name) for name in names] == [False, True, True, False, False]
    assert kept(intel.listed_domains(pl.LazyFrame({"ip": names}), "ip")) == [names[0], names[3], names[4]]
    assert kept(intel.listed_ips(pl.LazyFrame({"ip": ["8.8.8.8", "9.9.9.8", "9.9.9.9"]}), "ip")) == ["9.9.9.8"]


def test_whoever_asks_what_stands_where_is_told_of_all_lists_whichever_counts(tmp_path):
    lists = [
        custom("mine", "8.8.8.8\nbad.example\n"),
        custom("good", "8.8.0.0/16\n10.0.0.0/8\n*.example\n", ListKind.TRUSTED),
        feed("c2", Category.COMMAND_AND_CONTROL, "8.8.8.8 # A bot\n"),
    ]
    intel = Intel.of(lists)
    intel.save(tmp_path)
    for one in (intel, Intel.open(tmp_path), Intel.of(lists[:1]).joined(lists[1:])):
        assert found(one.entries_of_ip("8.8.8.8")) == [("mine", "8.8.8.8"), ("c2", "8.8.8.8"), ("good", "8.8.0.0/16")]
        assert one.entries_of_ip("8.8.8.8")[1].threat_names == ("A bot",)
        assert found(one.entries_of_ip("8.8.1.1")) == [("good", "8.8.0.0/16")]
        assert one.threats_of_ip("8.8.8.8") == one.entries_of_ip("10.1.2.3") == one.entries_of_ip("x") == ()
        assert found(one.entries_of_domain("Bad.Example.")) == [("mine", "bad.example"), ("good", "*.example")]
        assert one.entries_of_domain("example") == ()


def test_an_entity_set_s_domain_is_itself_its_wildcard_what_is_below_and_a_feed_s_both():
    intel = Intel.of([
        custom("mine", "a.example\n*.b.example\n"), feed("bad", Category.MALICIOUS, "c.example\n.d.example\n"),
    ])
    names = ["a.example", "x.a.example", "b.example", "x.y.b.example", "c.example", "x.c.example", "d.example",
             "X.D.Example.", "xc.example", "example"]
    assert [found(intel.threats_of_domain(name)) for name in names] == [
        [("mine", "a.example")], [], [], [("mine", "*.b.example")], [("bad", "c.example")], [("bad", "c.example")],
        [], [("bad", "*.d.example")], [], [],
    ]
    listed = kept(intel.listed_domains(pl.LazyFrame({"ip": [*names, None, ""]}), "ip"))
    assert listed == [name for name in names if intel.threats_of_domain(name)]


def test_a_top_level_entry_covers_every_name_below():
    intel = Intel.of([feed("tld", Category.SUSPICIOUS_DOMAIN, ".xyz\n")])
    assert found(intel.threats_of_domain("a.b.xyz")) == [("tld", "*.xyz")]
    assert kept(intel.listed_domains(pl.LazyFrame({"ip": ["a.b.xyz", "xyz", "a.xyzz"]}), "ip")) == ["a.b.xyz"]


@pytest.mark.parametrize("suffix", ["github.io", "duckdns.org", "co.uk", "any.ck", "xn--55qx5d.cn"])
def test_a_feed_s_entry_that_is_a_public_suffix_covers_nobody_below_unless_the_feed_is_of_abused_names(suffix):
    intel = Intel.of([
        feed("c2", Category.COMMAND_AND_CONTROL, f"{suffix}\nbad.{suffix}\n"),
        feed("free", Category.ABUSED_DOMAIN, f"{suffix}\n"),
    ])
    names = [suffix, f"me.{suffix}", f"a.me.{suffix}", f"x.bad.{suffix}"]
    of_c2 = [found(match for match in intel.threats_of_domain(name) if match.list.name == "c2") for name in names]
    assert of_c2 == [[("c2", suffix)], [], [], [("c2", f"bad.{suffix}")]]
    assert [("free", suffix) in found(intel.threats_of_domain(name)) for name in names] == [True] * 4
    frame = pl.LazyFrame({"ip": names})
    assert kept(intel.listed_domains(frame, "ip", [Category.COMMAND_AND_CONTROL])) == [names[0], names[3]]
    assert kept(intel.listed_domains(frame, "ip", [Category.ABUSED_DOMAIN])) == names


def test_columns_can_be_narrowed_to_categories_and_to_the_user_s_own():
    intel = Intel.of([
        custom("mine", "8.8.8.1\n", entities=False), feed("c2", Category.COMMAND_AND_CONTROL, "8.8.8.2\n"),
        feed("tor", Category.TOR_EXIT, "8.8.8.3\n"),
    ])
    frame = pl.LazyFrame({"ip": ["8.8.8.1", "8.8.8.2", "8.8.8.3", "8.8.8.4", None]})

    def last(**chosen):
        return [ip[-1] for ip in kept(intel.listed_ips(frame, "ip", **chosen))]

    assert last() == ["1", "2", "3"]
    assert last(categories=[Category.TOR_EXIT]) == ["3"]
    assert last(categories=[Category.TOR_EXIT], custom=True) == ["1", "3"]
    assert last(custom=True) == ["1"]
    assert last(custom=False) == ["2", "3"]
    assert last(categories=[Category.SINKHOLE]) == []
    assert intel.has(Category.TOR_EXIT)
    assert intel.has(custom=True)
    assert not intel.has(Category.SINKHOLE)


def test_no_lists_find_nothing():
    intel = Intel.of([])
    assert intel.threats_of_ip("8.8.8.8") == ()
    assert intel.threats_of_domain("bad.example") == ()
    assert kept(intel.listed_ips(pl.LazyFrame({"ip": ["8.8.8.8"]}), "ip")) == []
    assert intel.lists == ()


def test_what_is_saved_answers_the_same_when_opened(tmp_path):
    intel = Intel.of([
        custom("mine", "8.8.8.8 # A bot\n9.9.0.0/16\nbad.example\n"), trusted("9.9.9.9\nok.example\n"),
        feed("c2", Category.COMMAND_AND_CONTROL, "8.8.8.8\nevil.example # Worm\n"),
    ])
    intel.save(tmp_path / "saved")
    opened = Intel.open(tmp_path / "saved")
    assert opened.lists == intel.lists
    for ip in ("8.8.8.8", "9.9.1.1", "9.9.9.9", "1.1.1.1"):
        assert opened.threats_of_ip(ip) == intel.threats_of_ip(ip)
        assert opened.is_trusted_ip(ip) == intel.is_trusted_ip(ip)
    for name in ("bad.example", "a.evil.example", "ok.example"):
        assert opened.threats_of_domain(name) == intel.threats_of_domain(name)
        assert opened.is_trusted_domain(name) == intel.is_trusted_domain(name)
    empty = tmp_path / "empty"
    Intel.of([]).save(empty)
    assert Intel.open(empty).threats_of_ip("8.8.8.8") == ()


def test_a_folder_of_something_else_is_refused(tmp_path):
    with pytest.raises(ListError, match="not a folder of saved lists"):
        Intel.open(tmp_path)
    (tmp_path / "intel.msgpack").write_bytes(b"nonsense")
    with pytest.raises(ListError, match="not a folder of saved lists"):
        Intel.open(tmp_path)


# Addresses from a small space, so that entries, networks and questions meet.
ADDRESSES = st.builds(lambda a, b: f"8.8.{a}.{b}", st.integers(0, 3), st.integers(0, 255)) | st.just("10.0.0.1")
NETWORKS = st.builds(lambda ip, length: f"{ip}/{length}", ADDRESSES, st.integers(20, 32))
IP_LISTS = st.lists(st.lists(ADDRESSES | NETWORKS, max_size=12), max_size=4)


@settings(max_examples=150, deadline=None)
@given(
    threats=IP_LISTS, trust=st.lists(ADDRESSES | NETWORKS, max_size=3),
    asked=st.lists(ADDRESSES, min_size=1, max_size=40),
)
def test_addresses_are_found_as_a_plain_search_finds_them(threats, trust, asked):
    lists = [custom(f"l{n}", "\n".join(["1.1.1.1", *entries])) for n, entries in enumerate(threats)]
    intel = Intel.of([*lists, trusted("\n".join(["1.1.1.2", *trust]))])

    def holds(entries, ip):
        return any(ipaddress.ip_address(ip) in ipaddress.ip_network(entry, strict=False) for entry in entries)

    def expected(ip):
        if ip.startswith("10.") or holds(trust, ip):
            return set()
        return {f"l{n}" for n, entries in enumerate(threats) if holds(entries, ip)}

    for ip in asked:
        assert {match.list.name for match in intel.threats_of_ip(ip)} == expected(ip)
    assert kept(intel.listed_ips(pl.LazyFrame({"ip": asked}), "ip")) == [ip for ip in asked if expected(ip)]


LABELS = st.sampled_from(["a", "b", "c", "example", "xyz"])
DOMAINS = st.lists(LABELS, min_size=2, max_size=5).map(".".join)


@settings(max_examples=150, deadline=None)
@given(
    entries=st.lists(DOMAINS | DOMAINS.map(lambda name: f"*.{name}"), max_size=8),
    feeds=st.lists(DOMAINS, max_size=4), trust=st.lists(DOMAINS | DOMAINS.map(lambda name: f"*.{name}"), max_size=2),
    asked=st.lists(DOMAINS, min_size=1, max_size=30),
)
def test_names_are_found_as_a_plain_search_finds_them(entries, feeds, trust, asked):
    good = [name for name in entries if len(name.split(".")[-1]) > 1]
    trust = [name for name in trust if len(name.split(".")[-1]) > 1]
    feeds = [name for name in feeds if len(name.split(".")[-1]) > 1]
    intel = Intel.of([
        custom("mine", "\n".join(["one.test", *good])), trusted("\n".join(["two.test", *trust])),
        feed("feed", Category.MALICIOUS, "\n".join(["three.test", *feeds])),
    ])

    def covers(entry, name):
        return name.endswith(entry[1:]) if entry.startswith("*") else name == entry

    def expected(name):
        if any(covers(entry, name) for entry in trust):
            return set()
        mine = {"mine"} if any(covers(entry, name) for entry in good) else set()
        return mine | ({"feed"} if any(name == entry or name.endswith("." + entry) for entry in feeds) else set())

    for name in asked:
        assert {match.list.name for match in intel.threats_of_domain(name)} == expected(name)
    assert kept(intel.listed_domains(pl.LazyFrame({"ip": asked}), "ip")) == [n for n in asked if expected(n)]


def test_half_a_million_addresses_match_a_column_as_sets_do():
    random = np.random.default_rng(7)
    numbers = random.integers(16 << 24, 99 << 24, 500_000)
    texts = [str(ipaddress.ip_address(int(number))) for number in numbers]
    blocks = [text.rsplit(".", 1)[0] + ".0/24" for text in texts[:50_000]]
    spec = ListSpec(name="big", location="big", category=Category.MALICIOUS, custom=False)
    data = "\n".join([*texts, *blocks]).encode()
    entries = parse_feed(data, FeedFormat.PLAIN, name="big")
    intel = Intel.of([LoadedList(spec=spec, version="v", bytes=len(data), entries=entries, loaded_at=0)])
    asked = [str(ipaddress.ip_address(int(number))) for number in random.integers(16 << 24, 99 << 24, 100_000)]
    asked += texts[-2_000:]
    addresses, networks = set(texts), {block[:-5] for block in blocks}
    expected = [ip for ip in asked if ip in addresses or ip.rsplit(".", 1)[0] in networks]
    assert kept(intel.listed_ips(pl.LazyFrame({"ip": asked}), "ip")) == expected
    assert all(intel.threats_of_ip(ip) for ip in expected[:1000])
    assert len(expected) >= 2_000


ENTRIES = st.sampled_from([
    "8.8.8.8", "8.8.8.9", "8.8.8.0/24", "8.8.0.0/16", "1.1.1.0/24", "bad.example", "*.bad.example", "b.example",
    "worse.example", "*.example", "zz.test",
])
LISTS = st.lists(st.tuples(st.sampled_from(ListKind), st.lists(ENTRIES, min_size=1, max_size=5)), max_size=3)


@settings(deadline=None)
@given(LISTS, LISTS)
def test_lists_that_are_added_say_what_they_would_have_said_from_the_beginning(first, second):
    lists = [custom(f"{number}", "".join(f"{line}\n" for line in lines), kind)
             for number, (kind, lines) in enumerate([*first, *second])]
    lists.insert(len(first), feed("c2", Category.COMMAND_AND_CONTROL, "8.8.8.8 # A bot\nbad.example # B\n"))
    whole = Intel.of(lists)
    for cut in (len(first), len(first) + 1):
        joined = Intel.of(lists[:cut]).joined(lists[cut:])
        assert joined._saved == whole._saved
        for name, array in whole._arrays().items():
            assert np.array_equal(joined._arrays()[name], array), name
            assert joined._arrays()[name].dtype == array.dtype, name
