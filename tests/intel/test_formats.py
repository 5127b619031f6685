"""GuardDuty's six formats, good and malformed."""

from pathlib import Path

import pytest

from vedette.errors import ListError
from vedette.intel.formats import ListFormat, parse_list
from vedette.intel.limits import ListKind, ListLimits

LIMITS = ListLimits()
DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"

FIRE_EYE_HEADER = (
    "reportId,title,threatScape,audience,intelligenceType,publishDate,reportLink,webLink,emailIdentifier,"
    "senderAddress,senderName,sourceDomain,sourceIp,subject,recipient,emailLanguage,fileName,fileSize,fuzzyHash,"
    "fileIdentifier,md5,sha1,sha256,description,fileType,packer,userAgent,registry,fileCompilationDateTime,filePath,"
    "asn,cidr,domain,domainTimeOfLookup,networkIdentifier,ip,port,protocol,registrantEmail,registrantName,"
    "networkType,url,malwareFamily,malwareFamilyId,actor,actorId,observationTime"
)


def fire_eye(**values):
    return ",".join(values.get(column, "") for column in FIRE_EYE_HEADER.split(","))


def stix_xml(body):
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<stix:STIX_Package xmlns:stix="http://stix.mitre.org/stix-1" xmlns:cybox="http://cybox.mitre.org/cybox-2"
    xmlns:indicator="http://stix.mitre.org/Indicator-2" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xmlns:AddressObject="http://cybox.mitre.org/objects#AddressObject-2"
    xmlns:DomainNameObj="http://cybox.mitre.org/objects#DomainNameObject-1"
    id="example:package-1" version="1.2">
{body}
</stix:STIX_Package>""".encode()


def observable(value, condition="Equals", category="ipv4-addr"):
    return f"""<cybox:Observable id="example:o-1"><cybox:Object><cybox:Properties
xsi:type="AddressObject:AddressObjectType" category="{category}">
<AddressObject:Address_Value condition="{condition}">{value}</AddressObject:Address_Value>
</cybox:Properties></cybox:Object></cybox:Observable>"""


def indicator(domain, title=""):
    return f"""<stix:Indicators><stix:Indicator id="example:i-1" xsi:type="indicator:IndicatorType">
<indicator:Title>{title}</indicator:Title>
<indicator:Observable><cybox:Object><cybox:Properties xsi:type="DomainNameObj:DomainNameObjectType">
<DomainNameObj:Value condition="Equals">{domain}</DomainNameObj:Value></cybox:Properties></cybox:Object>
</indicator:Observable></stix:Indicator></stix:Indicators>"""


def parse(data, written, *, entities=True, limits=LIMITS, kind=ListKind.THREAT):
    data = data.encode() if isinstance(data, str) else data
    return parse_list(data, ListFormat(written), entities=entities, limits=limits, name="mine", kind=kind)


def texts(entries):
    return list(entries.texts())


def names_by_text(entries):
    places = [*entries.ip_names, *entries.network_names, *entries.domain_names, *entries.wildcard_names]
    return {text: entries.names[place] for text, place in zip(entries.texts(), places, strict=True)}


def refusal(data, written, **options):
    with pytest.raises(ListError) as caught:
        parse(data, written, **options)
    return caught.value


def test_txt_takes_addresses_networks_domains_and_wildcards():
    entries = parse("8.8.8.8\n# note\n\n 1.2.3.0/24 \r\nBad.Example.\n*.evil.example\n9.9.9.9 # a bot\n", "TXT")
    assert texts(entries) == ["8.8.8.8", "9.9.9.9", "1.2.3.0/24", "bad.example", "*.evil.example"]
    assert names_by_text(entries)["9.9.9.9"] == ("a bot",)
    assert names_by_text(entries)["8.8.8.8"] == ()


def test_a_network_is_kept_by_its_first_address_and_a_32_is_an_address():
    assert texts(parse("1.2.3.77/24\n1.2.4.4/32\n", "TXT")) == ["1.2.4.4", "1.2.3.0/24"]


def test_what_never_matches_is_counted_with_the_reason_and_not_kept():
    entries = parse("10.0.0.1\n192.168.0.0/16\n2001:db8::/32\n8.8.8.8\n8.8.8.8\nBAD.example\nbad.example\n", "TXT")
    assert texts(entries) == ["8.8.8.8", "bad.example"]
    assert entries.ignored == {"not a public address": 2, "IPv6": 1, "repeated": 2}


def test_a_network_that_is_partly_public_is_kept():
    assert set(texts(parse("0.0.0.0/0\n8.0.0.0/5\n", "TXT"))) == {"8.0.0.0/5", "0.0.0.0/0"}


@pytest.mark.parametrize("bad", [
    "1.2.3.256", "1.2.3", "1.2.3.4/33", "01.2.3.4", "1.2.3.4-1.2.3.9", "under score.example", "*.*.bad.example",
    "-bad.example", "http://bad.example/", "example", "1:2:3", "bad..example", "a" * 64 + ".example",
])
def test_a_malformed_txt_value_is_refused_with_its_line(bad):
    error = refusal(f"# comment\n8.8.8.8\n\n{bad}\n", "TXT")
    assert error.where == "mine:4"
    assert bad[:60] in error.message


def test_a_domain_in_a_txt_ip_set_is_refused_and_in_an_entity_set_taken():
    assert refusal("8.8.8.8\nbad.example\n", "TXT", entities=False).where == "mine:2"
    assert texts(parse("8.8.8.8\nbad.example\n", "TXT")) == ["8.8.8.8", "bad.example"]


def test_text_that_is_not_utf_8_or_has_a_nul_is_refused_with_its_line():
    assert refusal(b"8.8.8.8\n\xff\xfe\n", "TXT").where == "mine:2"
    assert refusal(b"8.8.8.8\n8.8.\x004.4\n", "TXT").where == "mine:2"


def test_a_byte_order_mark_is_no_part_of_the_first_value():
    assert texts(parse(b"\xef\xbb\xbf8.8.8.8\n", "TXT")) == ["8.8.8.8"]


def test_an_empty_list_is_refused():
    assert refusal("# nothing here\n", "TXT").where == "mine"


def test_otx_csv_goes_by_its_type_column():
    text = (
        "Indicator type, Indicator, Description\nIPv4, 8.8.8.8, a bot\nCIDR, 1.2.3.0/24, \n"
        'Domain name, bad.example, "one, two"\nFileHash-MD5, d41d8cd98f00b204e9800998ecf8427e,\n'
    )
    entries = parse(text, "OTX_CSV")
    assert texts(entries) == ["8.8.8.8", "1.2.3.0/24", "bad.example"]
    assert names_by_text(entries) == {"8.8.8.8": ("a bot",), "1.2.3.0/24": (), "bad.example": ("one, two",)}
    assert entries.ignored == {"neither address nor domain": 1}
    assert texts(parse(text, "OTX_CSV", entities=False)) == ["8.8.8.8", "1.2.3.0/24"]


def test_malformed_otx_csv_is_refused_with_its_line():
    assert refusal("Type, Value\nIPv4, 8.8.8.8\n", "OTX_CSV").where == "mine:1"
    header = "Indicator type, Indicator, Description\n"
    assert refusal(header + "IPv4, 8.8.8.8, x\nIPv4\n", "OTX_CSV").where == "mine:3"
    assert refusal(header + "IPv4, 8.8.8, x\n", "OTX_CSV").where == "mine:2"


def test_alien_vault_names_the_types():
    entries = parse("8.8.8.8#4#2#Malicious Host;Scanning Host#US#City#0.0,0.0#3\n", "ALIEN_VAULT")
    assert names_by_text(entries) == {"8.8.8.8": ("Malicious Host", "Scanning Host")}


def test_malformed_alien_vault_is_refused_with_its_line():
    good = "8.8.8.8#4#2#Malicious Host#US#City#0.0,0.0#3\n"
    assert refusal(good + "9.9.9.9#1\n", "ALIEN_VAULT").where == "mine:2"
    assert refusal(good + good.replace("8.8.8.8", "8.8.8"), "ALIEN_VAULT").where == "mine:2"


def test_proof_point_has_a_list_of_addresses_and_one_of_domains():
    header = "category, score, first_seen, last_seen, ports (|)\n"
    assert texts(parse(f"ip, {header}8.8.8.8, 1, 100, 2026-01-01, 2026-01-02, 80|443\n9.9.9.9, 1, 100, a, b,\n",
                       "PROOF_POINT", entities=False)) == ["8.8.8.8", "9.9.9.9"]
    entries = parse(f"domain, {header}bad.example, 1, 100, 2026-01-01, 2026-01-02,\n", "PROOF_POINT")
    assert names_by_text(entries) == {"bad.example": ("category 1",)}


def test_malformed_proof_point_is_refused_with_its_line():
    assert refusal("8.8.8.8, 1, 100, 2026-01-01, 2026-01-02,\n", "PROOF_POINT").where == "mine:1"
    header = "ip, category, score, first_seen, last_seen, ports (|)\n"
    assert refusal(header + "8.8.8.8, 1\nnonsense, 1\n", "PROOF_POINT").where == "mine:3"


def test_fire_eye_takes_cidr_domain_and_ip():
    text = "\n".join([
        FIRE_EYE_HEADER, fire_eye(reportId="1", ip="8.8.8.8", domain="bad.example", malwareFamily="Kegotip"),
        fire_eye(reportId="2", cidr="1.2.3.0/24"), fire_eye(reportId="3", md5="x"),
    ])
    entries = parse(text, "FIRE_EYE")
    assert names_by_text(entries) == {"8.8.8.8": ("Kegotip",), "1.2.3.0/24": (), "bad.example": ("Kegotip",)}
    assert entries.ignored == {"neither address nor domain": 1}
    assert parse(text, "FIRE_EYE", entities=False).ignored["domain in an IP set"] == 1


def test_malformed_fire_eye_is_refused_with_its_line():
    assert "'domain'" in refusal("reportId,ip,cidr\n1,8.8.8.8,\n", "FIRE_EYE").message
    assert refusal(f"{FIRE_EYE_HEADER}\n{fire_eye(ip='8.8.8.8')}\n1,2\n", "FIRE_EYE").where == "mine:3"


def test_stix_xml_takes_addresses_ranges_and_domains():
    body = "<stix:Observables>" + observable("8.8.8.8") + observable(
        "9.9.9.8##comma##9.9.9.11", "InclusiveBetween"
    ) + observable("2001:db8::1", category="ipv6-addr") + "</stix:Observables>" + indicator("bad.example", "A bot")
    entries = parse(stix_xml(body), "STIX")
    assert names_by_text(entries) == {"8.8.8.8": (), "9.9.9.8/30": (), "bad.example": ("A bot",)}
    assert entries.ignored == {"IPv6": 1}
    assert parse(stix_xml(body), "STIX", entities=False).ignored["domain in an IP set"] == 1


@pytest.mark.parametrize("body", [
    observable("8.8.8.9##comma##8.8.8.1", "InclusiveBetween"), observable("8.8.8.8", "Contains"),
    observable("8.8.8.8##comma##x", "InclusiveBetween"), observable("nonsense"),
])
def test_malformed_stix_values_are_refused_with_their_line(body):
    # The package's own tags take seven lines, the Observables' tag none; the value stands on the third of its own.
    error = refusal(stix_xml(body), "STIX")
    assert error.where == f"mine:{stix_xml(body)[: stix_xml(body).index(b'Address_Value')].count(10) + 1}"


def test_stix_xml_that_is_not_well_formed_or_no_package_is_refused():
    assert refusal(stix_xml("<stix:Observables>"), "STIX").where.startswith("mine:")
    assert "STIX_Package" in refusal("<html><body/></html>", "STIX").message
    assert refusal("8.8.8.8\n", "STIX").where == "mine:1"


def test_xml_entities_document_types_and_deep_nesting_are_refused():
    bomb = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<STIX_Package>&b;</STIX_Package>"""
    assert "document type or entities" in refusal(bomb, "STIX").message
    external = '<!DOCTYPE x SYSTEM "file:///etc/passwd"><STIX_Package/>'
    assert "document type or entities" in refusal(external, "STIX").message
    assert "deeper" in refusal(stix_xml("<a>" * 1000 + "</a>" * 1000), "STIX").message


def test_stix_json_takes_or_patterns_and_objects():
    bundle = """{"type": "bundle", "id": "bundle--1", "objects": [
      {"type": "indicator", "name": "A bot", "pattern_type": "stix",
       "pattern": "[ipv4-addr:value = '8.8.8.8' OR domain-name:value IN ('bad.example', 'evil.example')]"},
      {"type": "indicator", "pattern": "[ipv4-addr:value ISSUBSET '1.2.3.0/24']"},
      {"type": "indicator", "pattern": "[ipv4-addr:value = '9.9.9.9' AND network-traffic:dst_port = 1]"},
      {"type": "indicator", "pattern": "[url:value = 'http://x.example/y']"},
      {"type": "indicator", "revoked": true, "pattern": "[ipv4-addr:value = '4.4.4.4']"},
      {"type": "domain-name", "value": "sco.example"}, {"type": "identity"}]}"""
    entries = parse(bundle, "STIX")
    assert names_by_text(entries) == {
        "8.8.8.8": ("A bot",), "1.2.3.0/24": (), "bad.example": ("A bot",), "evil.example": ("A bot",),
        "sco.example": (),
    }
    assert entries.ignored == {"neither address nor domain": 2}


@pytest.mark.parametrize(("text", "line"), [
    ('{"type": "bundle",\n"objects": [}', 2), ('{"type": "bundle", "objects": 3}', 1), ("[" * 100_000, 1),
    ('{"type": "bundle", "objects": [{"type": "indicator"}]}', 1), ('{"type": "bundle", "objects": [1]}', 1),
])
def test_malformed_stix_json_is_refused(text, line):
    assert refusal(text, "STIX").where == f"mine:{line}"


def test_size_lines_and_counts_are_bounded_and_the_bounds_are_settings():
    assert "bytes" in refusal("8.8.8.8\n", "TXT", limits=ListLimits(max_file_bytes=7)).message
    assert "lines" in refusal("\n" * 20, "TXT", limits=ListLimits(max_lines=10)).message
    three = "8.8.8.1\n8.8.8.2\n# more\n8.8.8.3\n"
    assert parse(three, "TXT", limits=ListLimits(threat_entities=3)).size == 3
    assert refusal(three, "TXT", limits=ListLimits(threat_entities=2)).where == "mine:4"
    assert refusal(three, "TXT", entities=False, limits=ListLimits(threat_ip_entries=2)).where == "mine:4"


def test_a_trusted_ip_set_has_guardduty_s_2000_entries_and_a_threat_one_250000():
    lines = [f"8.{n >> 16}.{n >> 8 & 255}.{n & 255}\n" for n in range(250_001)]
    trusted = {"entities": False, "kind": ListKind.TRUSTED}
    assert parse("".join(lines[:2000]), "TXT", **trusted).size == 2000
    assert refusal("".join(lines[:2001]), "TXT", **trusted).where == "mine:2001"
    assert parse("".join(lines[:250_000]), "TXT", entities=False).size == 250_000
    assert refusal("".join(lines), "TXT", entities=False).where == "mine:250001"


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared test data is not there")
def test_real_stix_bundles_are_read():
    read = {
        path.stem: texts(parse(path.read_bytes(), "STIX"))
        for path in sorted((DATA / "stix2").rglob("*.json")) if path.stem != "interop-objectmarking-test"
    }
    assert {"58.246.0.0/15", "hugesoft.org"} <= set(read["apt1"])
    assert {"180.210.206.96", "fbi.zyns.com"} <= set(read["poisonivy"])
    assert read["infrastructure"] == ["example.com"]
