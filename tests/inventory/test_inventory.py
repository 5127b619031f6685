from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.inventory import Fact, Inventory
from vedette.inventory.fact import fact

INSTANCES = ["i-1", "i-2"]
INTERFACES = ["eni-1", "eni-2", "eni-3"]
ATTACHMENTS = ["eni-attach-1", "eni-attach-2"]
ALLOCATIONS = ["eipalloc-1", "eipalloc-2"]
ASSOCIATIONS = ["eipassoc-1", "eipassoc-2"]
PUBLIC = ["198.51.100.1", "198.51.100.2"]
PRIVATE = ["10.0.0.1", "10.0.0.2"]
ACCOUNTS = ["111122223333", "444455556666"]
BUCKETS = ["logs", "data"]
FUNCTIONS = [f"arn:aws:lambda:eu-west-1:{ACCOUNTS[0]}:function:{name}" for name in ("orders", "mail")]

pick = st.sampled_from


def either(*values):
    return st.one_of(st.none(), *values)


LINK = st.fixed_dictionaries({"allocation": pick(ALLOCATIONS)}, optional={
    "interface": pick(INTERFACES), "instance": pick(INSTANCES), "publicIp": pick(PUBLIC), "privateIp": pick(PRIVATE)})
ATTACHMENT = st.fixed_dictionaries({"instance": pick(INSTANCES)}, optional={
    "id": pick(ATTACHMENTS), "index": st.integers(0, 1)})
FLAGS = st.fixed_dictionaries({"allowsPublicReadAccess": st.booleans(), "allowsPublicWriteAccess": st.booleans()})
BLOCK = st.fixed_dictionaries(dict.fromkeys(
    ("ignorePublicAcls", "restrictPublicBuckets", "blockPublicAcls", "blockPublicPolicy"), st.booleans()))
TAGS = st.dictionaries(pick(["Name", "env"]), pick(["a", "b"]))
FIELDS = {
    "instance": (INSTANCES, {
        "type": pick(["t3.micro", "m5.large"]), "state": pick(["running", "terminated"]),
        "vpcId": pick(["vpc-1", "vpc-2"]),
        "privateIp": pick(PRIVATE), "publicIp": either(pick(PUBLIC)), "stopped": st.just(True), "tags": TAGS,
        "tag/Name": either(pick(["a", "b"])), "profile": either(st.just({"arn": "arn", "id": "AIPA"})),
        "account": pick(ACCOUNTS),
    }),
    "interface": (INTERFACES, {
        "attachment": either(ATTACHMENT), "flowInstance": pick(INSTANCES), "privateIp": pick(PRIVATE),
        "publicIp": either(pick(PUBLIC)), "vpcId": pick(["vpc-1", "vpc-2"]), "account": pick(ACCOUNTS),
        "ipv6": either(st.just(["2001:db8::1"])), "ofFunctions": st.just(True), "madeFor": pick(["orders", "mail"]),
        "subnetId": pick(["subnet-1", "subnet-2"]), "region": st.just("eu-west-1"),
        "securityGroups": st.just([{"groupId": "sg-1"}]),
    }),
    "function": (FUNCTIONS, {
        "name": pick(["orders", "mail"]), "role": pick(["a", "b"]), "tags": TAGS, "subnets": either(st.lists(
            pick(["subnet-1", "subnet-2"]), min_size=1, max_size=2, unique=True)),
        "groups": either(pick([["sg-1"], ["sg-2"]])),
    }),
    "attachment": (ATTACHMENTS, {"ended": st.just(True)}),
    "allocation": (ALLOCATIONS, {"publicIp": pick(PUBLIC), "account": pick(ACCOUNTS), "released": st.booleans()}),
    "association": (ASSOCIATIONS, {"link": LINK, "ended": st.just(True)}),
    "nat": (["nat-1"], {"addresses": st.lists(LINK, max_size=2), "account": pick(ACCOUNTS),
                        "state": pick(["available", "deleted"])}),
    "bucket": (BUCKETS, {
        "createdAt": st.integers(0, 9), "deleted": st.just(True), "tags": TAGS, "acl": FLAGS, "policy": either(FLAGS),
        "publicAccessBlock": BLOCK, "account": pick(ACCOUNTS), "owner": st.just("canonical"),
    }),
    "account": (ACCOUNTS, {"publicAccessBlock": BLOCK, "described/describe-network-interfaces": st.just(True)}),
}


@st.composite
def any_fact(draw):
    kind = draw(pick(sorted(FIELDS)))
    names, fields = FIELDS[kind]
    field = draw(pick(sorted(fields)))
    return fact(f"{kind}/{draw(pick(names))}", field, draw(fields[field]), draw(st.integers(1, 6)))


def looked_up(inventory):
    """Whatever a finding can be written from, by the entities it is looked up by."""
    found = {}
    for name in INSTANCES:
        found[inventory.entities_of(instance_id=name)] = inventory.instance_details(instance_id=name)
    for name in INTERFACES:
        found[inventory.entities_of(interface_id=name)] = (
            inventory.instance_details(interface_id=name), inventory.functions_of(name),
            inventory.function_details(name))
    for address in PRIVATE:
        named = inventory.entities_of(private_ip=address)
        found[named] = inventory.instance_details(private_ip=address, vpc_id="vpc-1")
    for name in BUCKETS:
        found[inventory.entities_of(buckets=[name])] = inventory.bucket_details(name)
    return found


def told(inventory):
    """All that an inventory answers."""
    addresses = [*PUBLIC, *PRIVATE, "2001:db8::1"]
    return (
        looked_up(inventory), dict(inventory.interface_addresses()), inventory.interfaces_of_functions(),
        {name: inventory.addresses_of_instance(name) for name in INSTANCES},
        {(ip, account): inventory.owns_address(ip, account) for ip in addresses for account in ACCOUNTS},
        {ip: inventory.account_of_address(ip) for ip in addresses},
        {account: inventory.knows_addresses_of(account) for account in ACCOUNTS},
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(any_fact(), max_size=40), st.randoms(use_true_random=False))
def test_facts_may_come_in_any_order_and_more_than_once(facts, chance):
    shuffled = [*facts, *facts[: len(facts) // 2]]
    chance.shuffle(shuffled)
    first, second = Inventory(facts), Inventory()
    for one in shuffled:
        second.apply([one])
    assert list(first.facts()) == list(second.facts())
    assert told(first) == told(second)
    assert first.apply(facts) == set()


@settings(max_examples=400, deadline=None)
@given(st.lists(any_fact(), min_size=1, max_size=40))
def test_whatever_reads_otherwise_after_a_fact_is_named_as_changed(facts):
    inventory = Inventory()
    before = looked_up(inventory)
    for one in facts:
        changed = inventory.apply([one])
        after = looked_up(inventory)
        for entities, details in after.items():
            if details != before[entities]:
                assert entities & changed, (one, entities, before[entities], details)
        before = after


@settings(deadline=None)
@given(st.lists(any_fact(), max_size=40))
def test_facts_that_are_given_out_make_the_same_inventory(facts):
    first = Inventory(facts)
    assert told(Inventory(first.facts())) == told(first)


@settings(deadline=None)
@given(st.lists(any_fact(), max_size=30))
def test_of_each_field_the_newest_counts_and_of_two_at_once_the_larger(facts):
    kept = {(one.entity, one.field): one for one in Inventory(facts).facts()}
    for one in facts:
        winner = kept[one.entity, one.field]
        assert (winner.observed, winner.value) >= (one.observed, one.value)
        assert winner in facts


@settings(deadline=None)
@given(st.lists(any_fact(), max_size=40))
def test_details_hold_nothing_empty_and_nothing_unknown(facts):
    def walk(value):
        assert value not in (None, "", [], {})
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            if not isinstance(inner, bool):
                walk(inner)

    for details in looked_up(Inventory(facts)).values():
        if details is not None:
            walk(details)


def test_nothing_is_known_of_what_was_never_seen():
    inventory = Inventory()
    assert inventory.instance_details(instance_id="i-1", interface_id="eni-1", private_ip="10.0.0.1") is None
    assert inventory.bucket_details("logs") is None
    assert inventory.instance_of(interface_id="eni-1") == ""
    assert inventory.account_of_address("198.51.100.1") == ""
    assert not inventory.owns_address("198.51.100.1", "111122223333")


def test_a_private_address_is_told_apart_by_its_vpc_and_never_guessed():
    inventory = Inventory([
        fact("instance/i-1", "privateIp", "10.0.0.1", 1), fact("instance/i-1", "vpcId", "vpc-1", 1),
        fact("instance/i-2", "privateIp", "10.0.0.1", 1), fact("instance/i-2", "vpcId", "vpc-2", 1),
    ])
    assert inventory.instance_of(private_ip="10.0.0.1", vpc_id="vpc-1") == "i-1"
    assert inventory.instance_of(private_ip="10.0.0.1", vpc_id="vpc-2") == "i-2"
    assert inventory.instance_of(private_ip="10.0.0.1", vpc_id="vpc-3") == ""
    assert inventory.instance_of(private_ip="10.0.0.1") == ""


def test_an_address_used_again_is_the_living_instances():
    inventory = Inventory([
        fact("instance/i-1", "privateIp", "10.0.0.1", 1), fact("instance/i-1", "state", "terminated", 2),
        fact("instance/i-2", "privateIp", "10.0.0.1", 3), fact("instance/i-2", "state", "running", 3),
    ])
    assert inventory.instance_of(private_ip="10.0.0.1") == "i-2"


def test_a_bucket_made_again_has_none_of_the_old_ones_settings_and_a_deleted_one_keeps_them():
    facts = [fact("bucket/logs", "tags", {"a": "b"}, 1), fact("bucket/logs", "deleted", True, 2)]
    assert Inventory(facts).bucket_details("logs")["tags"] == [{"key": "a", "value": "b"}]
    again = Inventory([*facts, fact("bucket/logs", "createdAt", 3, 3)]).bucket_details("logs")
    assert again["createdAt"] == 0.003
    assert "tags" not in again


def test_public_access_is_proved_or_unknown():
    def effective(**known):
        facts = [fact("bucket/b", "account", "111122223333", 1)]
        account_block = known.pop("account_block", None)
        if account_block is not None:
            facts.append(fact("account/111122223333", "publicAccessBlock", account_block, 1))
        facts += [fact("bucket/b", name, value, 1) for name, value in known.items()]
        access = Inventory(facts).bucket_details("b").get("publicAccess")
        return access and access["effectivePermission"]

    reads = {"allowsPublicReadAccess": True, "allowsPublicWriteAccess": False}
    closed = {"allowsPublicReadAccess": False, "allowsPublicWriteAccess": False}
    blocks = "ignorePublicAcls", "restrictPublicBuckets", "blockPublicAcls", "blockPublicPolicy"
    nothing = dict.fromkeys(blocks, False)
    everything = dict.fromkeys(nothing, True)
    assert effective() is None
    assert effective(acl=reads) == "UNKNOWN"  # a block of the account may close it
    assert effective(acl=reads, publicAccessBlock=nothing) == "UNKNOWN"
    assert effective(acl=reads, publicAccessBlock=nothing, account_block=nothing) == "PUBLIC"
    assert effective(policy=reads, publicAccessBlock=nothing, account_block=nothing) == "PUBLIC"
    assert effective(acl=reads, policy=reads, publicAccessBlock=everything) == "NOT_PUBLIC"
    assert effective(acl=reads, policy=reads, publicAccessBlock=nothing, account_block=everything) == "NOT_PUBLIC"
    assert effective(acl=closed, policy=closed) == "NOT_PUBLIC"
    assert effective(acl=closed) == "UNKNOWN"
    only_acls = {**nothing, "ignorePublicAcls": True}
    assert effective(acl=reads, policy=closed, publicAccessBlock=only_acls) == "NOT_PUBLIC"
    assert effective(acl=closed, policy=reads, publicAccessBlock=only_acls, account_block=nothing) == "PUBLIC"


def test_whose_addresses_are_all_known_depends_on_what_was_described():
    def knows(*calls):
        return Inventory([fact("account/111122223333", f"described/describe-{call}", True, 1) for call in calls]
                         ).knows_addresses_of("111122223333")

    assert not knows()
    assert not knows("instances")
    assert not knows("addresses", "nat-gateways")
    assert knows("instances", "addresses")
    assert knows("instances", "nat-gateways")
    assert knows("network-interfaces")


def test_facts_are_ordered_by_entity_and_field():
    facts = list(Inventory([fact("instance/i-2", "type", "a", 1), fact("instance/i-1", "vpcId", "v", 1),
                            fact("instance/i-1", "type", "b", 9)]).facts())
    assert all(left < right for left, right in pairwise(facts))
    assert facts[0] == Fact("instance/i-1", "type", '"b"', 9)
