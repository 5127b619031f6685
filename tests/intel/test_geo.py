"""Geography from MMDB files of several makers, written here in the format's own bytes."""

import ipaddress
import struct

import pytest

from vedette.errors import VedetteError
from vedette.intel.geo import Geo, GeoFacts


def encode(value):
    """A value in the MaxMind DB data format 2.0: a control byte (type, size), then the payload."""
    if isinstance(value, dict):
        pairs = b"".join(encode(key) + encode(inner) for key, inner in value.items())
        return control(7, len(value)) + pairs
    if isinstance(value, list):
        return control(11, len(value)) + b"".join(map(encode, value))
    if isinstance(value, str):
        return control(2, len(value.encode())) + value.encode()
    if isinstance(value, float):
        return control(3, 8) + struct.pack(">d", value)
    return integer(6, value)


def integer(kind, value):
    """5: 16 bits, 6: 32 bits, 9: 64 bits. Leading zero bytes are left out."""
    payload = value.to_bytes((value.bit_length() + 7) // 8)
    return control(kind, len(payload)) + payload


def control(kind, size):
    head, extended = (kind << 5, b"") if kind < 8 else (0, bytes([kind - 7]))
    if size < 29:
        return bytes([head | size]) + extended
    return bytes([head | 29]) + extended + bytes([size - 29])


def write_mmdb(path, type_name, networks):
    """A file of IPv4 networks with 24-bit records: a binary tree, 16 zero bytes, the data, the metadata."""
    tree = [[None, None]]
    data, places = b"", {}
    for network, record in networks.items():
        block = ipaddress.ip_network(network)
        places[network] = len(data)
        data += encode(record)
        node = 0
        for depth in range(block.prefixlen):
            bit = int(block.network_address) >> (31 - depth) & 1
            if depth == block.prefixlen - 1:
                tree[node][bit] = network
            else:
                if tree[node][bit] is None:
                    tree.append([None, None])
                    tree[node][bit] = len(tree) - 1
                node = tree[node][bit]

    def pointer(entry):
        if entry is None:
            return len(tree)
        return entry if isinstance(entry, int) else len(tree) + 16 + places[entry]

    nodes = b"".join(pointer(left).to_bytes(3) + pointer(right).to_bytes(3) for left, right in tree)
    # Readers insist on the width of each of these integers.
    fields = {
        "binary_format_major_version": integer(5, 2), "binary_format_minor_version": integer(5, 0),
        "build_epoch": integer(9, 1_700_000_000), "database_type": encode(type_name),
        "description": encode({"en": "test"}), "ip_version": integer(5, 4), "languages": encode(["en"]),
        "node_count": integer(6, len(tree)), "record_size": integer(5, 24),
    }
    metadata = control(7, len(fields)) + b"".join(encode(key) + value for key, value in fields.items())
    path.write_bytes(nodes + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + metadata)
    return path


def test_maxmind_s_city_and_asn_files_together(tmp_path):
    city = write_mmdb(tmp_path / "city.mmdb", "GeoLite2-City", {"8.8.8.0/24": {
        "country": {"iso_code": "US", "names": {"en": "United States", "de": "USA"}},
        "city": {"names": {"en": "Ashburn"}}, "location": {"latitude": 39.0, "longitude": -77.5},
    }})
    asn = write_mmdb(tmp_path / "asn.mmdb", "GeoLite2-ASN", {"8.8.8.0/23": {
        "autonomous_system_number": 15169, "autonomous_system_organization": "GOOGLE",
    }})
    geo = Geo.open(city, asn)
    assert geo.of("8.8.8.8") == GeoFacts(
        country_code="US", country_name="United States", city="Ashburn", lat=39.0, lon=-77.5, asn="15169",
        asn_org="GOOGLE",
    )
    assert geo.of("8.8.9.8") == GeoFacts(asn="15169", asn_org="GOOGLE")
    assert geo.of("9.9.9.9") is None
    assert [(file.type, file.built_at) for file in geo.files] == [
        ("GeoLite2-City", 1_700_000_000_000), ("GeoLite2-ASN", 1_700_000_000_000)
    ]
    geo.close()


@pytest.mark.parametrize(("record", "facts"), [
    ({"isp": "An ISP", "organization": "An Org", "autonomous_system_number": 64500},
     GeoFacts(isp="An ISP", org="An Org", asn="64500")),
    ({"country": "US", "city": "Ashburn", "lat": "39.0", "lng": "-77.5"},
     GeoFacts(country_code="US", city="Ashburn", lat=39.0, lon=-77.5)),
    ({"country": "US", "lat": "nan", "lng": "inf"}, GeoFacts(country_code="US")),
    ({"country": "Germany", "country_code": "DE", "asn": "AS64500", "as_name": "An AS"},
     GeoFacts(country_code="DE", country_name="Germany", asn="64500", asn_org="An AS")),
    ({"asn": "AS64500", "name": "An AS", "domain": "as.example"}, GeoFacts(asn="64500", asn_org="An AS")),
    ({"country": {"iso_code": 3, "names": []}, "city": [1], "location": "x"}, GeoFacts(country_code="3")),
])
def test_other_makers_schemas_are_read_for_what_is_there(tmp_path, record, facts):
    geo = Geo.open(write_mmdb(tmp_path / "x.mmdb", "X", {"8.0.0.0/8": record}))
    assert geo.of("8.8.8.8") == facts
    geo.close()


def test_an_address_that_is_none_or_ipv6_is_unknown(tmp_path):
    geo = Geo.open(write_mmdb(tmp_path / "x.mmdb", "X", {"8.0.0.0/8": {"isp": "An ISP"}}))
    assert [geo.of(text) for text in ("AWS Internal", "::1", "", "8.8.8")] == [None] * 4
    assert Geo.open().of("8.8.8.8") is None
    geo.close()


def test_a_file_that_is_absent_or_no_mmdb_is_refused(tmp_path):
    with pytest.raises(VedetteError, match=r"absent\.mmdb"):
        Geo.open(tmp_path / "absent.mmdb")
    (tmp_path / "text.mmdb").write_text("not a database")
    with pytest.raises(VedetteError, match="not an MMDB"):
        Geo.open(None, tmp_path / "text.mmdb")
