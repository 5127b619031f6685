import json

import pytest

from tests.publish.many import NOW, answering, numbered
from vedette.publish.destination import ARRIVED
from vedette.publish.security_hub import SecurityHub


@pytest.fixture
def hub(client):
    def imported(region):
        hub = client("securityhub", region)
        pages = hub.get_paginator("get_findings").paginate()
        return [one for page in pages for one in page["Findings"]]

    for region in ("eu-west-1", "us-west-2"):
        client("securityhub", region).enable_security_hub()
    return imported


def test_findings_are_imported_where_they_are_from_by_the_accounts_own_product(endpoint, hub):
    here, there = numbered(130), numbered(1, region="us-west-2")
    assert SecurityHub(endpoint_url=endpoint).send([*here[:5], *there, *here[5:]], NOW) == [ARRIVED] * 131
    found = hub("eu-west-1")
    assert sorted(one["Id"] for one in found) == [one["arn"] for one in here]
    assert len(hub("us-west-2")) == 1
    product = "arn:aws:securityhub:eu-west-1:111122223333:product/111122223333/default"
    assert {one["ProductArn"] for one in found} == {product}
    # aws/ is kept for AWS's own products.
    fields = found[0]["ProductFields"]
    assert fields["guardduty/service/count"] == "1"
    assert not [name for name in fields if name.startswith("aws/")]


def test_what_is_refused_alone_is_told_apart():
    asked = []

    def answer(request, body):
        findings = json.loads(body)["Findings"]
        asked.append((len(findings), {one["ProductArn"] for one in findings}))
        codes = {"Finding 1": "InvalidInput", "Finding 2": "InternalException", "Finding 3": "InvalidAccess"}
        failed = [{"Id": one["Id"], "ErrorCode": codes[one["Title"]], "ErrorMessage": "No."}
                  for one in findings if one["Title"] in codes]
        return 200, json.dumps({"FailedCount": 3, "SuccessCount": 1, "FailedFindings": failed}).encode()

    sent = numbered(5)
    sent[4]["resource"] = {**sent[4]["resource"], "s3BucketDetails": [
        {**sent[4]["resource"]["s3BucketDetails"][0], "tags": [
            {"key": f"{number:04}" + "k" * 100, "value": "v" * 250} for number in range(50)]}] * 32}
    with answering(answer) as url:
        outcomes = SecurityHub(account="999988887777", endpoint_url=url).send(sent, NOW)
    assert asked == [(4, {"arn:aws:securityhub:eu-west-1:999988887777:product/999988887777/default"})]
    assert [one.fate for one in outcomes] == ["arrived", "never", "later", "unable", "never"]
    assert outcomes[1].reason == "InvalidInput: No."


def test_a_region_without_security_hub_is_for_its_owner_to_mend():
    def refuse(request, body):
        return 401, json.dumps({"Code": "InvalidAccessException", "Message": "is not subscribed"}).encode(), {
            "x-amzn-ErrorType": "InvalidAccessException"}

    with answering(refuse) as url:
        outcomes = SecurityHub(endpoint_url=url).send(numbered(101), NOW)
    assert [one.fate for one in outcomes] == ["unable"] * 100 + ["untried"]
    assert "not subscribed" in outcomes[0].reason
