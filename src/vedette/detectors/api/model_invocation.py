"""Somebody uses AI models with credentials that never did, or never from there; and runs up a bill with them.

*The attack.* Access to large models is sold (LLM jacking): a key from a repository, or a server's role, is tried out.
Which models are there, are prompts logged, does an invocation with a request that makes no sense come back as
"invalid" rather than "denied"? Then a proxy sends its customers' prompts, thousands an hour, to the dearest models, in
each Region that has them. (MITRE ATLAS: AML.T0040 and AML.T0034.)

*How it is told.* Of every principal it is known from which networks and with which programs it calls AWS at all, and
which models it invoked, in which Regions, with which APIs, how many times a day, and for how many tokens where records
name them (`vedette.detectors.unusual`). Somebody who comes from a network that is new to him and his peers, and with
him things that are new as well, is reported as soon as he invokes a model. On a machine, in its own network, it takes a
new program that looks which models there are. When the volume of a day is also far above all earlier days, that is cost
harvesting.

*What ordinary work looks the same.* An application that moves to another version of a model, or another model, and an
evaluation with thousands of calls, stay where they always were. So do developers who try models for the first time, in
the console or with a new tool. Who does so for the first time from a hotel is told by what peers do with models.

*Where it is blind.* In the first 14 days of an account. Somebody in the victim's own network, with its program or, for
people, with any. A machine of Amazon's is one network like another. SageMaker endpoints where the trail has no data
events, Bedrock's agents and its OpenAI-like endpoint. Tokens are in few records: AWS writes ``inputTokens`` and
``outputTokens`` into ``additionalEventData`` of newer ones, and Bedrock's own invocation log is not read; where records
name none, invocations alone are counted. Of a role's invocations that succeed, one in ten is looked at closely: one
that is misused for a handful may be told without the model's name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from zlib import crc32

import msgspec

from vedette.baselines.habits import Habits
from vedette.detectors.api_tactics import short_name
from vedette.detectors.declare import Row, calls, calls_unlike, keyed_detector
from vedette.detectors.finding_type import LOW, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.say import about_call
from vedette.detectors.signal import Signal
from vedette.detectors.traits import identified, is_denied, is_somebody, short, where_and_how
from vedette.detectors.unusual import (
    CONTEXT,
    FADES,
    SPREE,
    AccountHabits,
    Burst,
    Scale,
    listed,
    noticed,
    profiles,
    sentence,
)
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import (
    OUTSIDE,
    Event,
    every,
    iam_user,
    instance,
    instance_session,
    role_session,
    sso_session,
    story,
)
from vedette.simulate.principals import Principal
from vedette.simulate.weeks import DAY

# 1. The finding types.

ANOMALOUS_INVOCATION = FindingType(
    name="Impact:IAMUser/AnomalousModelInvocation",
    severity=LOW,
    plan=Plan.AI_PROTECTION,
    resource="AccessKey",
    title="{principal} invoked AI models in a way unusual for it.",
    description="{principal} invoked {models} in account {account}, Region {region}, from {source}. Unusual: "
    "{unusual}.",
    attack=("T1496.004",),
    remedy="Ask whoever holds these credentials whether the invocations were theirs. If not, disable the credentials, "
    "end the role's sessions, deny bedrock:InvokeModel* where nobody needs it, and look at the bill of all Regions.",
)

COST_HARVESTING = FindingType(
    name="Impact:IAMUser/CostHarvesting",
    severity=LOW,
    plan=Plan.AI_PROTECTION,
    resource="AccessKey",
    title="{principal} used AI models far more than ever, and in an unusual way.",
    description="{principal} invoked {models} in account {account}, last in Region {region} from {source}: {volume} "
    "on this day, where it came to {usual} on earlier days. Also unusual: {unusual}.",
    attack=("T1496.004",),
    remedy="Disable the credentials if nobody vouches for this, end the role's sessions, and look at Bedrock's usage "
    "and the bill of all Regions. If it was meant, nothing is to be done: from tomorrow on it is known.",
)

# 2. Settings.

ENOUGH = 32.0
"""Nats that must have come together. A hotel says 19 at most, and that somebody begins to use models as others do, 12;
a program that nobody has, on a machine that never had another, 21."""
EXPECTED = {"api": 5.0, "denied": 5.0, "model": 8.0, "network": 5.0, "program": 3.5, "region": 3.0, "volume": 6.0,
            **dict.fromkeys(sorted(CONTEXT), 0.0)}
"""Nats that a new trait of a kind ordinarily says. Each application that begins has its own model."""
DEEDS = frozenset({"api", "denied", "model", "region", "volume"})
"""What comes together when somebody uses models for the first time: only the strangest of these kinds says that it is
the first time, and each further trait counts less."""
SAMPLE = 10
"""Of roles' invocations one in so many is counted, for as many: applications make millions a day."""
MOST = 20
"""Models remembered of a burst, and shown."""

INVOKES = {
    "bedrock.amazonaws.com": (
        "InvokeModel", "InvokeModelWithResponseStream", "InvokeModelWithBidirectionalStream", "Converse",
        "ConverseStream", "StartAsyncInvoke", "CreateModelInvocationJob"),
    "sagemaker.amazonaws.com": ("InvokeEndpoint", "InvokeEndpointAsync", "InvokeEndpointWithResponseStream"),
}
LOOKS = (
    "ListFoundationModels", "GetFoundationModel", "GetFoundationModelAvailability", "ListInferenceProfiles",
    "ListProvisionedModelThroughputs", "ListCustomModels", "GetModelInvocationLoggingConfiguration",
    "ListFoundationModelAgreementOffers", "GetUseCaseForModelAccess")
OPENS = ("CreateFoundationModelAgreement", "PutFoundationModelEntitlement", "PutUseCaseForModelAccess")
"""What makes a model available to an account."""

_INVOCATIONS = frozenset((source, name) for source, names in INVOKES.items() for name in names)
_BEDROCK = frozenset((*LOOKS, *OPENS))
_SIGHTS = frozenset(f"api:bedrock:{name}" for name in _BEDROCK)
_LOOKING = frozenset(f"bedrock:{name}" for name in LOOKS)
_TOKENS = {"inputTokens": "input tokens", "outputTokens": "output tokens"}
_CALLS = "invocations"
_OF = "models"
"""Of what these are volumes."""
LEAST = {_CALLS: 25, "input tokens": 250_000, "output tokens": 250_000}
"""The first level of a volume of a day. The second, four times as much, is the first that is news: nobody comes to 100
invocations by hand, and a million tokens are some dollars' worth."""

# 3. What a call shows.

_INDIRECT = re.compile(r"(?:us|eu|apac|au|jp|ca|us-gov|global)\.(?=[a-z0-9]+\.)")
"""Stands before a model's id where a profile chooses the Region."""
_NUMBER = re.compile(r"v?\d[\d.:]*[bk]?$")


def model_of(call: ApiCall) -> str:
    """What is invoked, as the record names it; empty where it does not."""
    named = call.request.get("modelId") or call.request.get("endpointName")
    return named if isinstance(named, str) else ""


def family(model: str) -> str:
    """The model without its versions and sizes, and without where it runs; of one's own models the name.

    >>> family("us.anthropic.claude-3-5-sonnet-20241022-v2:0"), family("anthropic.claude-sonnet-4-20250514-v1:0")
    ('anthropic.claude-sonnet', 'anthropic.claude-sonnet')
    """
    kind, mark, name = model.rpartition("/")
    if mark and not kind.endswith((":foundation-model", ":inference-profile")):
        return model
    maker, mark, rest = _INDIRECT.sub("", name, count=1).partition(".")
    if not mark:
        return model
    words = [word.rstrip("0123456789.") or word for word in rest.split("-") if not _NUMBER.match(word)]
    return f"{maker}.{'-'.join(words)}"


def _is_ours(call: ApiCall) -> bool:
    return _invokes(call) or (
        call.event_source == "bedrock.amazonaws.com" and call.event_name in _BEDROCK)


def _invokes(call: ApiCall) -> bool:
    return (call.event_source, call.event_name) in _INVOCATIONS


def _is_refused(call: ApiCall) -> bool:
    """For want of rights or access; or since the request made no sense, as who only wants to know may ask."""
    return is_denied(call) or call.error_code in ("ValidationException", "ResourceNotFoundException")


def _weight(call: ApiCall) -> int:
    """For how many calls this one stands; 0: it is not looked at."""
    if call.identity.type != "AssumedRole" or not call.succeeded:
        return 1
    return 0 if crc32(f"{call.event_id} {call.time}".encode("utf-8", "surrogatepass")) % SAMPLE else SAMPLE


def presence(call: ApiCall, known: Known) -> tuple[str, ...] | None:
    """Who is where, with what: known of all calls, so that who begins with models is not new in everything.

    And which APIs a role invokes models with, of which most calls are not looked at.
    """
    if not is_somebody(call):
        return None
    who = (call.account, identified(call)[0], *map(short, where_and_how(call, known)))
    if not _is_ours(call):
        return None if call.management_event is False else who
    sampled = _invokes(call) and call.identity.type == "AssumedRole" and call.succeeded
    return (*who, call.region, call.event_name) if sampled else None


def _account(call: ApiCall, known: Known) -> str | None:
    # What `presence` keeps comes without its request.
    if not is_somebody(call) or (_invokes(call) and not _weight(call) and call.request):
        return None
    return call.account


def _traits(call: ApiCall, known: Known) -> list[str]:
    traits = where_and_how(call, known)
    if _is_ours(call):
        api = short_name(call.event_source, call.event_name)
        traits += [f"api:{api}", f"region:{call.region}"]
        if model := model_of(call):
            traits.append(f"model:{family(model)}")
        if _is_refused(call):
            traits.append(f"denied:{api}")
    return list(map(short, traits))


# 4. The logic.


class ModelUse(AccountHabits):
    """Who uses models, and which."""

    BYTES = 4 << 20
    """With what 5,000 principals come to on a day."""

    models: dict[str, dict[str, None]] = {}
    """Who does something unusual → the models that he invoked meanwhile."""

    def invoked(self, who: str, model: str) -> None:
        """Somebody who does something unusual invoked this."""
        some = self.models.setdefault(who, {})
        if model and len(some) < MOST:
            some[model] = None

    def expire(self, watermark: int) -> bool:
        """Forget bursts that are over."""
        gone = super().expire(watermark)
        self.models = {who: some for who, some in self.models.items() if who in self.bursts}
        return gone

    def merge(self, other: AccountHabits) -> ModelUse:
        """Of both."""
        both = super().merge(other)
        models = {who: dict(some) for who, some in self.models.items()}
        for who, some in other.models.items() if isinstance(other, ModelUse) else ():
            models[who] = dict.fromkeys(sorted(models.get(who, {}) | some)[:MOST])
        return ModelUse(**{name: getattr(both, name) for name in both.__struct_fields__}, models=models)


def _api_weight(kind: str, value: str, said: Collection[str]) -> float:
    """What only looks around counts nothing by itself: the console asks a dozen such when its page is opened.

    Nor does a refusal of what is new in itself: that it was called at all has said it.
    """
    untold = (kind == "api" and value in _LOOKING) or (kind == "denied" and f"api:{value}" in said) or kind in CONTEXT
    return 0.0 if untold else 1.0


SCALE = Scale(expected=EXPECTED, deeds=DEEDS, weight=_api_weight, least=LEAST)


@keyed_detector(
    ANOMALOUS_INVOCATION, COST_HARVESTING,
    on=(calls_unlike(presence), *(calls(source, *names) for source, names in INVOKES.items()),
        calls("bedrock.amazonaws.com", *LOOKS, *OPENS)),
    key=_account, memory=ModelUse)
def unusual_invocations(rows: Sequence[Row[ApiCall]], memory: ModelUse, known: Known) -> Iterator[Signal]:
    """A principal invoked models from elsewhere, or with much else that is new; and perhaps more than ever."""
    for row in rows:
        call, (who, peers), traits = row.record, identified(row.record), _traits(row.record, known)
        invokes = _invokes(call)
        if invokes:
            for unit, amount in _amounts(call):
                traits += memory.reached(row.time, who, _OF, unit, amount, SCALE)
        elif memory.is_told(row.time, "\0".join((who, *traits))):
            continue
        api = short(short_name(call.event_source, call.event_name))
        found = noticed(memory, row, who, peers, traits, (api, call.succeeded), SCALE)
        if found is None:
            memory.models.pop(who, None)
            continue
        if not invokes:
            continue
        burst, _ = found
        memory.invoked(who, short(model_of(call)))
        if not _is_strange(memory.habits, who, peers, burst):
            continue
        by_kind = burst.by_kind(EXPECTED)
        levels = sum(trait.startswith("volume:") for trait in burst.odd)
        # It is said again when there is twice as much to tell, when a model is named at last, and at each next level.
        named = f"{ANOMALOUS_INVOCATION.name} {bool(memory.models[who])}"
        if len(burst.odd) >= 2 * burst.said.get(named, 0):
            burst.said[named] = len(burst.odd)
            yield _said(row, memory, who, burst, by_kind, ANOMALOUS_INVOCATION)
        if levels > burst.said.get(COST_HARVESTING.name, 0):
            burst.said[COST_HARVESTING.name] = levels
            yield _said(row, memory, who, burst, by_kind, COST_HARVESTING)


def _amounts(call: ApiCall) -> Iterator[tuple[str, float]]:
    """How much of what an invocation took."""
    weight = _weight(call)
    if not call.succeeded or not weight:
        return
    yield _CALLS, weight
    for name, what in _TOKENS.items():
        number = call.additional.get(name)
        if isinstance(number, int) and not isinstance(number, bool) and 0 < number < 1 << 40:
            yield what, number * weight


def _is_strange(habits: Habits, who: str, peers: str, burst: Burst) -> bool:
    """He is somewhere else, or a machine's new program looks or asks for models, and more is new: enough of it."""
    kinds = Counter(trait.partition(":")[0] for trait in burst.odd)
    looks = peers == "machines" and kinds["program"] and not _SIGHTS.isdisjoint(burst.odd)
    if not (kinds["network"] or looks):
        return False
    deeds: list[float] = []
    total = 0.0
    for trait, one in burst.odd.items():
        if trait.partition(":")[0] in DEEDS:
            deeds.append(one.weighs)
        else:
            total += one.weighs
    total += sum(weighs * FADES**place for place, weighs in enumerate(sorted(deeds, reverse=True)))
    fresh = {kind: habits.novelty(who, kind, min(number, SPREE)) for kind, number in kinds.items()}
    total += sum(nats for kind, nats in fresh.items() if kind not in DEEDS | CONTEXT)
    total += max((nats for kind, nats in fresh.items() if kind in DEEDS), default=0.0)
    return total >= ENOUGH


def _said(
    row: Row[ApiCall], memory: ModelUse, who: str, burst: Burst, by_kind: Mapping[str, Sequence[str]],
    kind: FindingType,
) -> Signal:
    call, models = row.record, list(memory.models.get(who, ()))
    evidence = sorted({*burst.evidence(), row.evidence})
    additional = profiles(memory.habits, who, burst, by_kind)
    words = {"models": f"AI models ({listed(models)})" if models else "AI models",
             "unusual": sentence({**by_kind, "volume": ()})}
    anomaly: dict[str, Any] = {}
    if kind is COST_HARVESTING:
        volumes, usual = _volumes(memory, who, call), _usual(memory.habits, who)
        anomaly = {
            "profiles": {"principal": {what: [_observed(said)] for what, said in usual.items()}},
            "unusual": {"behavior": {"principal": {what: _observed(said) for what, said in volumes.items()}}},
        }
        words |= {"volume": _in_words(volumes), "usual": _in_words(usual) or f"less than {LEAST[_CALLS]} {_CALLS}"}
    said = about_call(call, kind, identity=(who,), evidence=evidence, first_seen=evidence[0].time,
                      additional=additional, words=words)
    return msgspec.structs.replace(
        said, resource=msgspec.structs.replace(said.resource, models=tuple(models)), anomaly=anomaly)


def _volumes(memory: ModelUse, who: str, call: ApiCall) -> dict[str, str]:
    """What a day's records come to. Of roles' calls the number is known, and what those that were looked at say."""
    sampled = call.identity.type == "AssumedRole"
    found = {}
    for what in (_CALLS, *_TOKENS.values()):
        amount = memory.amounts.get(f"{who}\0{_OF}, {what}")
        if amount is not None:
            found[what] = f"{amount / SAMPLE if sampled and what != _CALLS else amount:,.0f}"
            if sampled:
                found[what] = f"about {found[what]}" if what == _CALLS else f"in one of {SAMPLE} calls {found[what]}"
    return found


def _usual(habits: Habits, who: str) -> dict[str, str]:
    """The highest levels that were come to on earlier days."""
    found: dict[str, int] = {}
    for value, _ in habits.usual(who, "volume", 2 * SPREE):
        what, _, level = value.removeprefix(f"{_OF}, ").rpartition(": ")
        found[what] = max(found.get(what, 0), int(level))
    return {what: f"at least {level:,}" for what, level in found.items()}


def _observed(said: str) -> dict[str, Any]:
    return {"profileType": "VOLUME", "profileSubtype": "COUNT", "observations": {"text": [said]}}


def _in_words(amounts: Mapping[str, str]) -> str:
    return ", ".join(f"{number} {what}" for what, number in amounts.items())


# 5. EXAMPLES.

_HAIKU, _SONNET = "anthropic.claude-3-haiku-20240307-v1:0", "us.anthropic.claude-sonnet-4-20250514-v1:0"
_OPUS, _NOVA = "anthropic.claude-3-opus-20240229-v1:0", "amazon.nova-pro-v1:0"
_PYTHON = "Boto3/1.26.0 Python/3.10.6 Windows/10 Botocore/1.29.0"
_ASSISTANT = "aws-sdk-js/3.840.0 ua/2.1 os/darwin#24.5.0 lang/js md/nodejs#22.11.0 api/bedrock-runtime#3.840.0"
_CURL = "curl/8.5.0"

_bea, _key = iam_user("bea"), iam_user("summaries", ip="81.2.77.4", agent="Boto3/1.34.1 md/Botocore#1.34.1 os/linux")
_ann, _dan = (sso_session(f"{name}@acme.example", "Developer") for name in ("ann", "dan"))
_chat = instance_session(instance("i-0b1ff00dba5e00021"), "chat")
_orders = instance_session(instance("i-0b1ff00dba5e00022"), "orders")
_batch = role_session("batch", "job-1")


def _asks(who: Principal, model: str = _HAIKU, name: str = "InvokeModel", *, tokens: tuple[int, int] | None = None,
          **fields: Any) -> Event:
    """One invocation. Not every record says how many tokens it took."""
    additional = None if tokens is None else {"inputTokens": tokens[0], "outputTokens": tokens[1]}
    return who.calls("bedrock", name, {"modelId": model}, additional=additional, **fields)


@cache
def _works(_: int) -> list[Event]:
    """A day of ordinary work."""
    return [
        _bea.calls("ec2", "DescribeInstances"), _bea.calls("s3", "ListBuckets", after=60),
        _dan.calls("lambda", "ListFunctions20150331", after=60), _dan.calls("logs", "FilterLogEvents", after=60),
        _ann.calls("bedrock", "ListFoundationModels", after=60),
        _asks(_ann, _SONNET, "ConverseStream", after=60, tokens=(812, 240)),
        _asks(_key, after=60), _asks(_key, _SONNET, "Converse", after=60, tokens=(2_190, 511)),
        *[_asks(_chat, _SONNET, "Converse", after=9, tokens=(944, 126)) for _ in range(3)],
        _orders.calls("dynamodb", "DescribeTable", after=60), _batch.calls("s3", "ListBuckets", after=60),
    ]


def _then(*events: Event, days: int = 17) -> list[Event]:
    """What comes in the afternoon after days of ordinary work."""
    return [*every(DAY, days, _works), *every(1.0, 1, lambda _: list(events), at=days * DAY + 9_000)]


def _tries(who: Principal, **fields: Any) -> list[Event]:
    """Whoever has a key asks for what makes no sense, and learns which models it is good for."""
    return [
        _asks(who, model, after=5, error="ValidationException", **fields)
        for model in (_HAIKU, _OPUS, _NOVA, "mistral.mistral-large-2407-v1:0", "meta.llama3-70b-instruct-v1:0")]


_FROM_OUTSIDE: dict[str, Any] = {"ip": OUTSIDE, "agent": _PYTHON}

EXAMPLES = [
    story(
        "a key that never used a model tries some, from elsewhere, and then sends prompts in two Regions",
        _then(*_tries(_bea, **_FROM_OUTSIDE), *[_asks(_bea, _OPUS, region=region, after=4, **_FROM_OUTSIDE)
                                                for region in ("us-east-1", "us-west-2") for _ in range(3)]),
    ).fires(ANOMALOUS_INVOCATION, {
        "severity": LOW, "resource.accessKeyDetails.userName": "bea",
        "service.action.awsApiCallAction.serviceName": "bedrock.amazonaws.com",
        "service.action.awsApiCallAction.remoteIpDetails.ipAddressV4": OUTSIDE,
    }),
    story(
        "the key of an application that does use models sends 300 prompts in an hour, from elsewhere",
        _then(*[_asks(_key, _SONNET, after=11, **_FROM_OUTSIDE) for _ in range(300)]),
    ).fires(ANOMALOUS_INVOCATION, {"resource.accessKeyDetails.userName": "summaries"}).fires(COST_HARVESTING, {
        "severity": LOW, "resource.accessKeyDetails.userName": "summaries", "resource.modelDetails.modelId": _SONNET,
        "service.detection.anomaly.unusual.behavior.principal.invocations.profileType": "VOLUME",
    }),
    story(
        "the same key sends ten large prompts",
        _then(*[_asks(_key, _SONNET, after=31, tokens=(190_000, 2_048), **_FROM_OUTSIDE) for _ in range(10)]),
    ).fires(ANOMALOUS_INVOCATION).fires(COST_HARVESTING, {"resource.accessKeyDetails.userName": "summaries"}),
    story(
        "a job's session is taken elsewhere; it never used a model",
        _then(*[_asks(_batch, _OPUS, "ConverseStream", after=5, **_FROM_OUTSIDE) for _ in range(3)]),
    ).fires(ANOMALOUS_INVOCATION, {"resource.accessKeyDetails.userName": "batch"}),
    story(
        "the sessions of a job send 1,000 prompts from elsewhere",
        _then(*[_asks(_batch, _OPUS, after=8, **_FROM_OUTSIDE) for _ in range(1_000)]),
    ).fires(ANOMALOUS_INVOCATION, {"resource.modelDetails.modelId": _OPUS}).fires(COST_HARVESTING, count=2),
    story(
        "somebody on a machine that never used a model opens some for its account, and tries them",
        _then(_orders.calls("bedrock", "PutFoundationModelEntitlement", agent=_CURL), *_tries(_orders, agent=_CURL)),
    ).fires(ANOMALOUS_INVOCATION, {"resource.accessKeyDetails.userName": "orders"}),
    story(
        "a key asks a SageMaker endpoint, from elsewhere",
        _then(*[_bea.calls("sagemaker", "InvokeEndpoint", {"endpointName": "pricing"}, category="Data", after=5,
                           **_FROM_OUTSIDE) for _ in range(3)]),
    ).fires(ANOMALOUS_INVOCATION, {"resource.modelDetails.modelId": "pricing"}),
    story(
        "applications move to another version of their model, and to another model",
        _then(*[_asks(_key, "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "Converse", after=60) for _ in range(5)],
              *[_asks(_chat, _NOVA, "Converse", after=9) for _ in range(40)]),
    ).silent(),
    story(
        "an evaluation of three models, hundreds of calls an hour, with another tool; an application has much to do",
        _then(*[_asks(_ann, model, "Converse", after=12, tokens=(9_000, 800), agent=_PYTHON)
                for _ in range(80) for model in (_HAIKU, _NOVA, "meta.llama3-70b-instruct-v1:0")],
              *[_asks(_key, _NOVA, after=11, tokens=(9_000, 900)) for _ in range(150)]),
    ).silent(),
    story(
        "a developer tries models in the console's playground, for the first time and in another Region",
        _then(*[_asks(_dan, model, "ConverseStream", region="us-west-2", after=40, error=error)
                for model, error in ((_OPUS, "AccessDeniedException"), (_HAIKU, None), (_NOVA, "ValidationException"),
                                     (_NOVA, None), ("mistral.mistral-large-2407-v1:0", None))]),
    ).silent(),
    story(
        "a developer is given a coding assistant, which sends 200 prompts in an hour",
        _then(*[_asks(_dan, model, "InvokeModelWithResponseStream", agent=_ASSISTANT, after=18, tokens=(60_000, 900))
                for _ in range(100) for model in (_SONNET, _HAIKU)]),
    ).silent(),
    story(
        "a new version of an application begins to use models; a job does",
        _then(*[_asks(_orders, _SONNET, "Converse", after=20, agent="aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22")
                for _ in range(30)], *[_asks(_batch, _NOVA, after=20) for _ in range(30)]),
    ).silent(),
    story(
        "colleagues in a hotel: one goes on as ever, one begins with what the others use",
        _then(*[_asks(_ann, _SONNET, "ConverseStream", ip=OUTSIDE, after=60) for _ in range(5)],
              _dan.calls("logs", "FilterLogEvents", ip=OUTSIDE, after=60),
              *[_asks(_dan, _SONNET, "ConverseStream", ip=OUTSIDE, after=60) for _ in range(5)]),
    ).silent(),
    story(
        "a key tries models from elsewhere in the first two weeks, when nothing is known of anybody",
        _then(*_tries(_bea, **_FROM_OUTSIDE), *[_asks(_bea, _OPUS, after=4, **_FROM_OUTSIDE) for _ in range(9)],
              days=10),
    ).silent(),
    story(
        "a service invokes a model in somebody's name, often",
        _then(*[_asks(_dan.through("bedrock.amazonaws.com"), _OPUS, after=9) for _ in range(120)]),
    ).silent(),
]
