"""Special-use ranges, AWS's ranges, registered domains, and the arithmetic of addresses below them."""

import ipaddress
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.errors import ListError
from vedette.intel.addresses import Ranges, cidrs, ipv4_number, ipv4_text
from vedette.intel.aws_ranges import AwsPrefix, AwsRanges
from vedette.intel.domains import registered_domain
from vedette.intel.special_ranges import SPECIAL_NETWORKS, is_public
from vedette.logs.times import format_time

NUMBERS = st.integers(0, 2**32 - 1)
BOUNDS = st.tuples(NUMBERS, NUMBERS).map(sorted)


@given(NUMBERS)
def test_an_address_survives_as_a_number(number):
    text = ipv4_text(number)
    assert text == str(ipaddress.IPv4Address(number))
    assert ipv4_number(text) == number


@given(BOUNDS)
def test_a_range_is_made_of_the_blocks_that_ipaddress_finds(bounds):
    expected = ipaddress.summarize_address_range(*map(ipaddress.IPv4Address, bounds))
    assert cidrs(*bounds) == [(int(block.network_address), block.prefixlen) for block in expected]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted)), st.lists(st.integers(0, 70)))
def test_merged_ranges_hold_what_any_of_them_held(bounds, asked):
    ranges = Ranges.merge(np.array([a for a, _ in bounds], np.uint32), np.array([b for _, b in bounds], np.uint32))
    expected = [any(low <= number <= high for low, high in bounds) for number in asked]
    assert ranges.contain(np.array(asked, np.uint32)).tolist() == expected
    seeker = ranges.seeker()
    assert [number in seeker for number in asked] == expected
    # Disjoint, and no two touch.
    assert all(last + 1 < first for last, first in zip(ranges.last.tolist(), ranges.first.tolist()[1:], strict=False))


@given(NUMBERS)
def test_public_is_what_no_special_network_holds(number):
    address = ipaddress.IPv4Address(number)
    expected = not any(address in ipaddress.ip_network(network) for network in SPECIAL_NETWORKS)
    assert is_public(str(address)) is expected


def test_the_edges_of_special_networks_are_not_public_and_their_neighbours_are():
    assert [is_public(ip) for ip in ("9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0")] == [
        True, False, False, True
    ]
    assert not is_public("255.255.255.255")
    assert not is_public("2606:4700::1")
    assert not is_public("AWS Internal")


@pytest.fixture
def document():
    return {
        "syncToken": "1700000000", "createDate": "2023-11-14-22-13-20", "ipv6_prefixes": [],
        "prefixes": [
            {"ip_prefix": "3.0.0.0/8", "region": "GLOBAL", "service": "AMAZON", "network_border_group": "GLOBAL"},
            {"ip_prefix": "3.5.140.0/22", "region": "ap-northeast-2", "service": "AMAZON"},
            {"ip_prefix": "3.5.140.0/22", "region": "ap-northeast-2", "service": "S3"},
            {"ip_prefix": "13.34.37.64/27", "region": "ap-southeast-4", "service": "EC2"},
        ],
    }


def test_the_narrowest_aws_block_and_service_are_found(tmp_path, document):
    path = tmp_path / "ip-ranges.json"
    path.write_text(json.dumps(document))
    aws = AwsRanges.load(str(path))
    assert aws.find("3.5.141.7") == AwsPrefix("3.5.140.0/22", "S3", "ap-northeast-2")
    assert aws.find("3.9.9.9") == AwsPrefix("3.0.0.0/8", "AMAZON", "GLOBAL")
    assert aws.find("13.34.37.96") is None
    assert aws.find("ec2.amazonaws.com") is None
    assert "13.34.37.95" in aws
    assert "13.34.37.96" not in aws
    assert aws.created_at == 1_700_000_000_000
    assert aws.age > 0


@pytest.mark.parametrize(("change", "what"), [
    ({"prefixes": 3}, "ip-ranges.json"), ({"createDate": "today"}, "createDate"),
    ({"prefixes": [{"ip_prefix": "3.5.140/22", "region": "x", "service": "y"}]}, "'3.5.140/22'"),
])
def test_what_is_not_aws_s_document_is_refused(tmp_path, document, change, what):
    path = tmp_path / "ip-ranges.json"
    path.write_text(json.dumps({**document, **change}))
    with pytest.raises(ListError, match=what):
        AwsRanges.load(str(path))


def test_the_snapshot_knows_aws_from_others_and_says_when_it_was_taken():
    aws = AwsRanges.snapshot()
    # S3 in us-east-1, EC2 in eu-west-1, and three that are not AWS's: Google, Cloudflare, private.
    assert [ip in aws for ip in ("52.216.1.1", "34.240.0.1", "8.8.8.8", "1.1.1.1", "10.0.0.1")] == [
        True, True, False, False, False
    ]
    copied = format_time(aws.created_at)[:10]
    assert f"snapshot, copied {copied}" in aws.location
    assert copied >= "2026"


@pytest.mark.parametrize(("name", "registered"), [
    ("a.b.Example.co.uk.", "example.co.uk"), ("example.com", "example.com"), ("com", None), ("", None),
    ("me.github.io", "me.github.io"), ("a..com", None), ("x." * 200 + "com", None),
])
def test_the_registered_domain_is_the_suffix_and_a_label(name, registered):
    assert registered_domain(name) == registered
