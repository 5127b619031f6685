"""Open feeds: their formats, and how they are configured."""

import json
from pathlib import Path

import pytest

from vedette.errors import ListError
from vedette.intel.feed_formats import FeedFormat, parse_feed
from vedette.intel.feeds import OPEN_FEEDS, Category, load_feeds
from vedette.intel.lists import load_list
from vedette.intel.lookup import Intel

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def texts(data, written):
    return list(parse_feed(data.encode(), FeedFormat(written), name="feed").texts())


def test_a_plain_feed_may_comment_with_hash_or_semicolon():
    assert texts("; Spamhaus\n1.10.16.0/20 ; SBL256894\n# c\n8.8.8.8\n", "plain") == ["8.8.8.8", "1.10.16.0/20"]


def test_a_hosts_file_gives_its_names_only():
    text = "127.0.0.1 localhost\n::1 ip6-localhost\n0.0.0.0 bad.example www.bad.example\n127.0.0.1\tevil.example # c\n"
    assert texts(text, "hosts") == ["bad.example", "evil.example", "www.bad.example"]


def test_maltrail_s_ports_go_hosts_stay_and_pages_are_passed_over():
    entries = parse_feed(
        b"8.8.8.8:3333\nbad.example:80\nhttp://9.9.9.9\nhttps://evil.example/\nhttp://good.example/evil.exe\n/gate.php\n"
        b".xyz\n1.2.3.0/24 # scanner\n2001:db8::1\n", FeedFormat.MALTRAIL, name="feed",
    )
    assert list(entries.texts()) == ["8.8.8.8", "9.9.9.9", "1.2.3.0/24", "bad.example", "evil.example", "*.xyz"]
    assert entries.ignored == {"URL or path": 2, "IPv6": 1}


def test_onionoo_s_relays_give_their_addresses():
    relays = [{"or_addresses": ["8.8.8.8:9001", "[2001:db8::1]:9001"]}, {"or_addresses": ["9.9.9.9:443"]}]
    text = json.dumps({"version": "8.0", "relays": relays})
    assert texts(text, "onionoo") == ["8.8.8.8", "9.9.9.9"]
    with pytest.raises(ListError, match="Onionoo"):
        texts('{"relays": 3}', "onionoo")


def test_the_odd_unreadable_line_is_counted_but_a_page_of_another_kind_is_refused():
    assert parse_feed(b"8.8.8.8\n9.9.9.9\n???\n", FeedFormat.PLAIN, name="feed").ignored == {"unreadable": 1}
    with pytest.raises(ListError) as caught:
        parse_feed(b"8.8.8.8\n<html>\n<body> Please log in\n", FeedFormat.PLAIN, name="feed")
    assert caught.value.where == "feed:2"


def test_a_feeds_file_names_feeds_and_known_open_ones(tmp_path):
    (tmp_path / "mine.txt").write_text("8.8.8.8\n")
    (tmp_path / "feeds.toml").write_text(
        '[[feed]]\nname = "mine"\ncategory = "crypto_mining"\nlocation = "mine.txt"\n[[feed]]\nopen = "tor-exit"\n'
        '[[feed]]\nopen = "ipsum"\nlocation = "mine.txt"\n'
    )
    mine, tor, ipsum = load_feeds(tmp_path / "feeds.toml")
    assert (mine.category, mine.custom) == (Category.CRYPTO_MINING, False)
    assert load_list(mine).size == 1
    assert (tor.location, tor.category) == ("https://check.torproject.org/torbulkexitlist", Category.TOR_EXIT)
    assert ipsum.location == str(tmp_path / "mine.txt")


@pytest.mark.parametrize(("text", "what"), [
    ('[[feed]]\nname = "a"\ncategory = "evil"\nlocation = "x"\n', "command-and-control, crypto-mining"),
    ('[[feed]]\nname = "a"\ncategory = "dga"\nlocation = "x"\nformat = "tsv"\n', "plain, hosts, maltrail"),
    ('[[feed]]\nname = "a"\nlocation = "x"\n', "'category'"), ('[[feed]]\nopen = "no"\n', "tor-exit"),
    ('[[feed]]\nname = "a"\nurl = "x"\n', "'url' is no key"), ("feed = 3\n", "[[feed]]"), ("[[feed", "TOML"),
    ("", "at least one"), ('[[feed]]\nopen = "ipsum"\n[[feed]]\nopen = "ipsum"\n', "two feeds"),
    ('[[feed]]\nname = 3\n', "texts"),
])
def test_a_malformed_feeds_file_is_refused(tmp_path, text, what):
    path = tmp_path / "feeds.toml"
    path.write_text(text)
    with pytest.raises(ListError) as caught:
        load_feeds(path)
    assert what in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_folder_of_feeds_is_laid_out_by_category(tmp_path):
    (tmp_path / "tor-exit").mkdir()
    (tmp_path / "tor-exit" / "exits.txt").write_text("8.8.8.8\n")
    (tmp_path / "phishing").mkdir()
    (tmp_path / "phishing" / "phish.hosts").write_text("0.0.0.0 bad.example\n")
    specs = load_feeds(tmp_path)
    assert [(spec.name, spec.category) for spec in specs] == [
        ("phish", Category.PHISHING), ("exits", Category.TOR_EXIT)
    ]
    assert [list(load_list(spec).entries.texts()) for spec in specs] == [["bad.example"], ["8.8.8.8"]]
    (tmp_path / "evil").mkdir()
    with pytest.raises(ListError, match=r"'evil' is not a category; one of .*sinkhole"):
        load_feeds(tmp_path)


def test_known_open_feeds_have_distinct_names_and_https():
    assert len({feed.name for feed in OPEN_FEEDS}) == len(OPEN_FEEDS)
    assert all(feed.url.startswith("https://") and feed.refresh >= 3600 and feed.licence for feed in OPEN_FEEDS)


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared test data is not there")
def test_real_maltrail_and_ipsum_feeds_are_read(tmp_path):
    for folder, source in (
        ("command-and-control", "maltrail/malware/cobaltstrike.txt"), ("scanner", "maltrail/mass_scanner.txt"),
        ("crypto-mining", "maltrail/suspicious/crypto_mining.txt"), ("malicious", "ipsum/3.txt"),
        ("abused-domain", "maltrail/suspicious/dynamic_domain.txt"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / Path(source).name).symlink_to(DATA / source)
    lists = [load_list(spec) for spec in load_feeds(tmp_path)]
    ipsum = next(item for item in lists if item.spec.name == "3")
    assert ipsum.size == len(set((DATA / "ipsum/3.txt").read_text().split()))
    intel = Intel.of(lists)
    assert [match.list.name for match in intel.threats_of_ip("107.191.47.239")] == ["crypto_mining"]
    assert [match.entry for match in intel.threats_of_domain("me.3utilities.com")] == ["3utilities.com"]


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared test data is not there")
@pytest.mark.parametrize("path", sorted(DATA.glob("maltrail/**/*.txt")), ids=lambda path: path.stem)
def test_every_line_of_a_real_maltrail_trail_is_an_entry_or_accounted_for(path):
    entries = parse_feed(path.read_bytes(), FeedFormat.MALTRAIL, name=path.stem)
    values = [line for line in map(str.strip, path.read_text().splitlines()) if line and line[0] != "#"]
    assert entries.size + sum(entries.ignored.values()) == len(values)
    assert entries.ignored.get("unreadable", 0) <= 10
