"""Somebody tries to talk a model out of its instructions, and a Bedrock guardrail stops it.

*The attack.* A prompt tells the model to forget its rules, to give its instructions away, or to use its tools for
something else (prompt injection, jailbreak). The guardrail's filter for prompt attacks is sure of it and intervenes.

*What ordinary work looks the same.* Tests of the guardrail itself, and people who play with a chat bot. The severity is
low, as GuardDuty's: the guardrail did its work. Many from one principal are one finding, and its count tells.

*What is not it.* A filter that was less sure; other filters (hate, violence, denied topics, personal data); a filter
that only looked on while another intervened; what was found in a model's answer.

*How it is told.* By the guardrail's assessment, which has the same parts wherever a record holds it: ``filters`` with
``type``, ``confidence`` and ``action``, below the request, the response or the additional data of ApplyGuardrail,
InvokeModel and Converse. AWS has published no example of such a record; where it stands in one is not relied on.

*Where it is blind.* Trails without data events of Bedrock, and guardrails without this filter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from vedette.detectors.declare import calls, detector
from vedette.detectors.finding_type import LOW, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.say import about_call
from vedette.detectors.signal import Guardrail, Signal
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import iam_user, role_session, story

# 1. The finding type.

PROMPT_INJECTION_DIRECT = FindingType(
    name="Impact:IAMUser/PromptInjection.Direct",
    severity=LOW,
    plan=Plan.AI_PROTECTION,
    resource="AccessKey",
    title="A Bedrock guardrail stopped a prompt attack by {principal}.",
    description="{principal} called {api} in account {account}, Region {region}, from {source}. Guardrail {guardrail} "
    "intervened: it holds the prompt, with high confidence, for an attempt to make the model ignore its instructions.",
    attack=("T1565",),
    remedy="Find the application behind these credentials and whose input it passed on. If the input was a user's, "
    "look at what else that user sent; if nobody should call the model with these credentials, disable them.",
)

# 2. Settings: none. What a guardrail takes for an attack, and from when on it intervenes, is set there.

# 3. The logic.

_ANSWERS = ("output", "outputAssessment", "outputAssessments")
"""Below these a guardrail says what it made of the answer, not of the prompt."""


@detector(
    PROMPT_INJECTION_DIRECT,
    on=calls("bedrock.amazonaws.com", "ApplyGuardrail", "Converse", "ConverseStream", "InvokeModel",
             "InvokeModelWithResponseStream"),
)
def prompt_attack_stopped(call: ApiCall, known: Known) -> Signal | None:
    """A guardrail's filter for prompt attacks was sure, and intervened."""
    if not any(b"PROMPT_ATTACK" in bytes(raw) for raw in (call.raw_request, call.raw_response, call.raw_additional)):
        return None
    parts = [part for document in (call.response, call.additional, call.request) for part in _parts(document)]
    if _said(parts, "source", "guardrailSource") == "OUTPUT":
        return None
    filters = [part for part in parts if "type" in part and "confidence" in part]
    if not any(_is_stopped_attack(one, parts) for one in filters):
        return None
    name = _said(parts, "guardrailArn", "guardrailIdentifier", "guardrailId")
    arn = f"arn:aws:bedrock:{call.region}:{call.account}:guardrail/{name}"
    guardrail = Guardrail(
        arn=name if name.startswith("arn:") or not name else arn, version=_said(parts, "guardrailVersion"),
        filters=tuple(sorted({(str(one["type"]), str(one["confidence"]), str(one.get("action", "BLOCKED")))
                              for one in filters})))
    said = about_call(call, PROMPT_INJECTION_DIRECT, identity=(guardrail.arn,), words={"guardrail": name or "unknown"})
    return msgspec.structs.replace(said, resource=msgspec.structs.replace(said.resource, guardrail=guardrail))


def _parts(document: Any) -> Iterator[dict[str, Any]]:
    """Every object in a document, but for what is about the answer."""
    level = [document]
    while level:
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                yield value
                below += [inner for name, inner in value.items() if name not in _ANSWERS]
            elif isinstance(value, list):
                below += value
        level = below


def _is_stopped_attack(one: dict[str, Any], parts: list[dict[str, Any]]) -> bool:
    if one["type"] != "PROMPT_ATTACK" or one["confidence"] != "HIGH":
        return False
    # A filter may only look on (NONE). Where it does not say what it did, the guardrail as a whole must.
    return one["action"] == "BLOCKED" if "action" in one else _said(
        parts, "action", "guardrailAction", "amazon-bedrock-guardrailAction").endswith("INTERVENED")


def _said(parts: list[dict[str, Any]], *names: str) -> str:
    return next((str(part[name]) for part in parts for name in names if part.get(name)), "")


# 4. EXAMPLES.

_chat = role_session("chat", "chat-7f")
_tester = role_session("red-team", "ann@acme.example")
_GUARDRAIL = {"guardrailIdentifier": "gr4ab12cd34e", "guardrailVersion": "3"}


def _filter(kind: str = "PROMPT_ATTACK", confidence: str = "HIGH", action: str = "BLOCKED") -> dict[str, Any]:
    return {"type": kind, "confidence": confidence, "filterStrength": "HIGH", "action": action}


def _applied(*filters: dict[str, Any], action: str = "GUARDRAIL_INTERVENED") -> dict[str, Any]:
    return {"action": action, "assessments": [{"contentPolicy": {"filters": list(filters)}}]}


def _traced(*filters: dict[str, Any], answer: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    def assessed(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return {"gr4ab12cd34e": {"contentPolicy": {"filters": list(found)}}}

    return {"stopReason": "guardrail_intervened", "trace": {"guardrail": {
        "inputAssessment": assessed(filters), "outputAssessments": assessed(answer)}}}


EXAMPLES = [
    story(
        "a guardrail is sure of two prompts",
        *(iam_user("mallory").calls("bedrock", "ApplyGuardrail", {**_GUARDRAIL, "source": "INPUT"}, response=_applied(
            _filter(), _filter("VIOLENCE", "LOW", "NONE")), category="Data") for _ in range(2)),
    ).fires(PROMPT_INJECTION_DIRECT, {
        "resource.accessKeyDetails.userName": "mallory",
        "resource.bedrockGuardrailDetails.guardrailArn":
            "arn:aws:bedrock:us-east-1:111122223333:guardrail/gr4ab12cd34e",
        "resource.bedrockGuardrailDetails.guardrailVersion": "3",
        "resource.bedrockGuardrailDetails.guardrailAction": "GUARDRAIL_INTERVENED",
        "resource.bedrockGuardrailDetails.contentPolicyFilters.type": "PROMPT_ATTACK",
    }, count=2),
    *(story(
        f"an application passes such a prompt on, with {name}",
        _chat.calls("bedrock", name, {"modelId": "amazon.nova-lite-v1:0", "guardrailConfig": _GUARDRAIL},
                    additional=_traced(_filter())),
    ).fires(PROMPT_INJECTION_DIRECT) for name in ("Converse", "ConverseStream")),
    *(story(
        f"the record of {name} only says what the guardrail as a whole did",
        _chat.calls("bedrock", name, {"modelId": "amazon.nova-lite-v1:0", **_GUARDRAIL}, additional={
            "guardrailAction": "GUARDRAIL_INTERVENED", "guardrailSource": "INPUT",
            "contentPolicyFilters": [{"type": "PROMPT_ATTACK", "confidence": "HIGH"}]}),
    ).fires(PROMPT_INJECTION_DIRECT) for name in ("InvokeModel", "InvokeModelWithResponseStream")),
    story(
        "unsure, other filters, a filter that looks on, an answer, and a prompt that nobody minds",
        _tester.calls("bedrock", "ApplyGuardrail", {**_GUARDRAIL, "source": "INPUT"}, response=_applied(
            _filter(confidence="MEDIUM"), _filter("HATE"), _filter(action="NONE"))),
        _tester.calls("bedrock", "ApplyGuardrail", {**_GUARDRAIL, "source": "OUTPUT"}, response=_applied(_filter())),
        _chat.calls("bedrock", "Converse", {"guardrailConfig": _GUARDRAIL}, additional=_traced(answer=[_filter()])),
        _chat.calls("bedrock", "InvokeModel", _GUARDRAIL, additional={
            "guardrailAction": "NONE", "contentPolicyFilters": [{"type": "PROMPT_ATTACK", "confidence": "HIGH"}]}),
        _chat.calls("bedrock", "InvokeModel", {"modelId": "amazon.nova-lite-v1:0"}),
    ).silent(),
]
