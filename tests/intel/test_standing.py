"""Lists of how popular and how old names are, as their makers write them, and what is answered of a name."""

import io
import re
import zipfile

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.intel.test_lookup import custom, feed, kept
from vedette.errors import ListError
from vedette.intel.categories import STANDING, Category
from vedette.intel.feeds import OPEN_FEEDS, load_feeds
from vedette.intel.limits import FEED_LIMITS, ListLimits
from vedette.intel.lists import ListSpec, load_lists, loaded_from
from vedette.intel.lookup import Intel
from vedette.intel.shared_names import PLATFORMS, SHARED_HOSTS, is_platform, shared_by
from vedette.intel.standing import DAY, read_standing

POPULAR, AGE = Category.POPULAR_DOMAIN, Category.DOMAIN_AGE
MARCH_1 = 20_513
"""2026-03-01 in days since 1970."""


def read(text, category=POPULAR):
    told = read_standing(text if isinstance(text, bytes) else text.encode(), category, name="list", limits=FEED_LIMITS)
    return dict(zip(told.names.to_list(), told.numbers.tolist(), strict=True))


def told(name, category, text):
    return loaded_from(ListSpec(name=name, location=name, category=category, custom=False), text.encode(), 0)


def zipped(*files):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name, (2026, 3, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return whole.getvalue()


@pytest.mark.parametrize("text", [
    "1,google.com\n2,bad.example\n",
    "1,google.com\r\n2,bad.example\r\n",
    "\ufeff1,Google.com.\n\n# remark\n2,bad.example",
    "rank,domain\n1,google.com\n2,bad.example\n",
    'GlobalRank,TldRank,Domain,TLD,RefSubNets\n1,1,google.com,com,499\n2,9,"bad.example",example,4\n',
    "2,bad.example\n1,google.com\n7,google.com\n",
    zipped(("top-1m.csv", "1,google.com\n2,bad.example\n")),
])
def test_popularity_lists_are_read_as_their_makers_write_them(text):
    assert read(text) == {"google.com": 1, "bad.example": 2}


@pytest.mark.parametrize("text", [
    "bad.example,2026-03-01\n",
    "domain,created\nBad.Example,2026-03-01T10:11:12Z\n",
    "created-date,registrar,domain\n2026-03-01 09:00,Somebody,bad.example\n",
    "bad.example,2011-01-01\nbad.example,2026-03-01\n",
    zipped(("new.csv", "bad.example,2026-03-01\n")),
])
def test_lists_of_age_are_read_with_and_without_a_header(text):
    assert read(text, AGE) == {"bad.example": MARCH_1}
    assert np.datetime64(MARCH_1, "D") == np.datetime64("2026-03-01")


def test_what_cannot_be_read_is_counted_as_long_as_most_can():
    lines = "1,google.com\n0,zero.example\nx,word.example\n3,bad_ name\n4,1.2.3.4\n5\n" + "".join(
        f"{rank},site{rank}.example\n" for rank in range(6, 12))
    told_by = read_standing(lines.encode(), POPULAR, name="list", limits=FEED_LIMITS)
    assert told_by.ignored == {"unreadable": 5}
    assert len(told_by.numbers) == 7


@pytest.mark.parametrize(("data", "category", "where", "what"), [
    (b"<html>no</html>\nno\n", POPULAR, "list:1", "'<html>no</html>' is not rank,domain"),
    (b"1,google.com\n2,x\n\n3,y\nz\n", POPULAR, "list:2", "'2,x' is not rank,domain"),
    (b"google.com\nbad.example\n", AGE, "list:1", "'google.com' is not domain,created"),
    (b"google.com,01/02/2026\n", AGE, "list:1", "is not domain,created"),
    (b"google.com,2126-01-01\n", AGE, "list:1", "is not domain,created"),
    (b"", POPULAR, "list:1", "is not rank,domain"),
    (b"1,google.com\n\xff\n", POPULAR, "list:2", "is not UTF-8"),
    (b"1,a.example\n2,\0b.example\n", POPULAR, "list:2", "NUL"),
    (zipped(("a", "1,a.example"), ("b", "1,b.example")), POPULAR, "list", "is a zip of 2 files, not of one"),
    (zipped(("a", "1,a.example"))[:40], POPULAR, "list", "cannot be unzipped"),
])
def test_what_is_no_such_list_is_refused_with_the_line_and_what_is_right(data, category, where, what):
    with pytest.raises(ListError, match=rf"^{re.escape(where)}: .*{re.escape(what)}"):
        read(data, category)


def test_a_zip_is_not_read_further_than_a_list_may_be_long():
    bomb = zipped(("top.csv", b"1,google.com\n" * 100_000))
    assert len(bomb) < 10_000
    with pytest.raises(ListError, match="larger, unzipped, than the 100,000 bytes"):
        read_standing(bomb, POPULAR, name="list", limits=ListLimits(max_file_bytes=100_000))


@given(st.binary(max_size=300), st.sampled_from(sorted(STANDING)))
def test_any_bytes_are_read_or_refused(data, category):
    try:
        read(data, category)
    except ListError:
        return


def test_a_name_is_as_popular_as_its_domain_but_not_as_what_strangers_share():
    intel = Intel.of([told("a", POPULAR, "9,shop.co.uk\n3,duckdns.org\n2,co.uk\n70,www.plain.example\n"),
                      told("b", POPULAR, "4,shop.co.uk\n90,plain.example\n")])
    assert intel.rank("Deep.www.shop.co.uk.") == 4
    assert intel.rank("shop.co.uk") == 4
    assert intel.rank("other.co.uk") == intel.rank("home.duckdns.org") == intel.rank("notshop.co.uk") == 0
    assert intel.rank("duckdns.org") == 3
    assert (intel.rank("a.www.plain.example"), intel.rank("mail.plain.example")) == (70, 90)
    assert intel.registered_at("shop.co.uk") is None


def test_the_age_of_a_name_is_its_domains_and_the_last_registration_counts():
    intel = Intel.of([told("a", AGE, "plain.example,2020-05-05\nduckdns.org,2026-03-01\n"),
                      told("b", AGE, "plain.example,2026-03-01\n")])
    assert intel.registered_at("www.Plain.example") == MARCH_1 * DAY
    assert intel.registered_at("home.duckdns.org") is None
    assert intel.rank("plain.example") == 0
    frame = pl.LazyFrame({"name": ["a.b.PLAIN.example.", "other.example", None, "", "example"]})
    assert kept(intel.aged_domains(frame, "name"), "name") == ["a.b.PLAIN.example."]


def test_what_tells_how_popular_a_name_is_makes_nobody_a_threat():
    intel = Intel.of([custom("mine", "x.example\n"), told("top", POPULAR, "1,bad.example\n"),
                      told("age", AGE, "bad.example,2026-03-01\n")])
    assert intel.threats_of_domain("bad.example") == ()
    assert intel.has(POPULAR)
    assert intel.has(AGE)
    assert not intel.has(Category.MALICIOUS)
    frame = pl.LazyFrame({"name": ["bad.example", "x.example"]})
    assert kept(intel.listed_domains(frame, "name"), "name") == ["x.example"]
    assert kept(intel.listed_domains(frame, "name", [POPULAR, AGE]), "name") == []


def test_standing_is_the_same_after_it_was_saved_and_with_lists_that_were_added(tmp_path):
    first = [custom("mine", "a.example\n"), told("top", POPULAR, "5,bad.example\n")]
    more = [custom("more", "b.example\n"), told("age", AGE, "bad.example,2026-03-01\n")]
    whole = Intel.of([*first, *more])
    whole.save(tmp_path)
    for intel in (whole, Intel.open(tmp_path), Intel.of(first).joined(more)):
        assert intel.rank("www.bad.example") == 5
        assert intel.registered_at("bad.example") == MARCH_1 * DAY
        assert [match.list.name for match in intel.threats_of_domain("b.example")] == ["more"]


NAMES = st.lists(st.sampled_from(["a", "b", "co", "uk", "com", "example", "duckdns", "org"]), min_size=1, max_size=4)


@settings(deadline=None)
@given(st.lists(NAMES, max_size=6), st.lists(NAMES, min_size=1, max_size=8))
def test_a_column_is_matched_as_its_names_are_one_by_one(listed, asked):
    lines = "".join(f"{'.'.join(labels)}\n" for labels in listed if len(labels) > 1 and len(labels[-1]) > 1)
    lists = [feed("abused", Category.ABUSED_DOMAIN, lines)] if lines else []
    intel = Intel.of(lists)
    names = [".".join(labels) for labels in asked]
    frame = pl.LazyFrame({"name": names, "answers": [[name, "9.9.9.9"] for name in names]})
    expected = [name for name in names if intel.threats_of_domain(name)]
    assert kept(intel.listed_domains(frame, "name", [Category.ABUSED_DOMAIN]), "name") == expected
    assert kept(intel.listed_answers(frame, "answers", [Category.ABUSED_DOMAIN]), "name") == expected


def test_answers_are_matched_by_name_and_only_by_addresses_of_the_categories_that_are_meant():
    intel = Intel.of([
        feed("c2", Category.COMMAND_AND_CONTROL, "bad.example\n9.9.77.140\n"),
        feed("hole", Category.SINKHOLE, "9.9.77.141\n"),
    ])
    frame = pl.LazyFrame({"n": [1, 2, 3, 4, 5, 6], "answers": [
        ["x.example.", "BAD.example.", "9.9.77.139"], ["9.9.77.140"], ["9.9.77.141"], None, [], ["9.9.77.142", None]]})

    def found(**asked):
        return kept(intel.listed_answers(frame, "answers", [Category.COMMAND_AND_CONTROL], **asked), "n")

    assert found() == [1]
    assert found(addresses=[Category.SINKHOLE]) == [1, 3]
    assert kept(intel.listed_answers(frame, "answers", [Category.TOR_EXIT]), "n") == []


def test_a_feeds_file_and_a_folder_name_them_by_category(tmp_path):
    (tmp_path / "top.csv").write_text("1,google.com\n")
    (tmp_path / "feeds.toml").write_text(
        '[[feed]]\nname = "top"\ncategory = "popular-domain"\nlocation = "top.csv"\n'
        '[[feed]]\nopen = "tranco"\nlocation = "top.csv"\n')
    folder = tmp_path / "feeds" / "domain-age"
    folder.mkdir(parents=True)
    (folder / "new.csv").write_text("bad.example,2026-03-01\n")
    intel = Intel.of(load_lists([*load_feeds(tmp_path / "feeds.toml"), *load_feeds(tmp_path / "feeds")]))
    assert [(info.name, info.category, info.size) for info in intel.lists] == [
        ("top", POPULAR, 1), ("tranco", POPULAR, 1), ("new", AGE, 1)]
    assert intel.rank("google.com") == 1


def test_a_format_is_refused_where_there_is_but_one(tmp_path):
    (tmp_path / "feeds.toml").write_text(
        '[[feed]]\nname = "top"\ncategory = "popular-domain"\nlocation = "top.csv"\nformat = "plain"\n')
    with pytest.raises(ListError, match="category popular-domain is written in one way: give no 'format'"):
        load_feeds(tmp_path / "feeds.toml")


def test_open_feeds_have_a_format_unless_their_category_tells_it():
    assert all((feed.format is None) == (feed.category in STANDING) for feed in OPEN_FEEDS)


@pytest.mark.parametrize("name", ["s3.amazonaws.com", "s3.eu-west-1.amazonaws.com", "duckdns.org", "github.io",
                                  "raw.githubusercontent.com"])
def test_names_that_strangers_share(name):
    assert shared_by(name)


@pytest.mark.parametrize("name", ["bad.s3.amazonaws.com", "home.duckdns.org", "bad.github.io", "bad.example", "example",
                                  "ec2-9-9-77-140.compute-1.amazonaws.com", "bad.pastebin.com"])
def test_names_that_are_one_owners(name):
    assert shared_by(name) is None
    assert not is_platform(name)
    assert not is_platform(f"*.{name}")


def test_every_shared_name_has_its_reason():
    assert all(SHARED_HOSTS.values())
    assert all(PLATFORMS.values())
    assert is_platform("*.cloudfront.net")
    assert is_platform("s3.amazonaws.com")
    assert not is_platform("duckdns.org")
