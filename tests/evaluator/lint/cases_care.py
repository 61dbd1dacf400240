"""Enforcement, versions, fields and what could go: for each id a case and a near miss."""

from __future__ import annotations

from policies.evaluator.state import PolicyObject, ServicePort
from tests.support.lint import case, service
from tests.support.states import daemonset, pod, policy

__all__ = ["CASES"]

BOTH = "podSelector: {}\npolicyTypes: [Ingress, Egress]"


def text(
    version: str = "networking.k8s.io/v1", name: str = "p", spec: str = "podSelector: {}"
) -> str:
    return (
        f"apiVersion: {version}\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: x}}\n"
        f"spec: {{{spec}}}\n"
    )


def ingress(rules: str, name: str = "p", app: str = "a") -> PolicyObject:
    return policy(f"x/{name}", f"podSelector: {{matchLabels: {{app: {app}}}}}\ningress: [{rules}]")


FROM_B = "{from: [{podSelector: {matchLabels: {app: b}}}], ports: [{port: 80}]}"
FROM_ALL = "{from: [{podSelector: {}}], ports: [{port: 80}]}"

CASES = (
    case(
        "L-01",
        "Flannel alone",
        fires=[pod("x/a"), daemonset("kube-flannel/kube-flannel-ds"), policy("x/p", BOTH)],
        quiet=[pod("x/a"), daemonset("kube-system/calico-node"), policy("x/p", BOTH)],
        says=("flannel", "does not enforce network policies", "the one policy"),
    ),
    case(
        "L-01",
        "not verified",
        fires=[pod("x/a"), policy("x/p", BOTH)],
        quiet=[pod("x/a")],
        says="is not verified",
    ),
    case(
        "L-64",
        "extensions/v1beta1",
        fires=[pod("x/a"), text("extensions/v1beta1")],
        quiet=[pod("x/a"), text()],
        says="is not served since Kubernetes 1.16",
    ),
    case(
        "L-65",
        "a misspelt field",
        fires=[pod("x/a"), text(spec="podSelector: {}, ingress: [{form: []}]")],
        quiet=[pod("x/a"), text(spec="podSelector: {}, ingress: [{from: []}]")],
        says=('unknown field "form"', "did you mean from?"),
    ),
    case(
        "L-90",
        "a bare pod on AWS",
        fires=[pod("x/a"), daemonset("kube-system/aws-node"), policy("x/p", BOTH)],
        quiet=[pod("x/a", of="Deployment/a"), daemonset("kube-system/aws-node"),
               policy("x/p", BOTH)],
        says="pods without a controller: x/a",
    ),
    case(
        "L-90",
        "a Service that changes the port",
        fires=[pod("x/a", of="Deployment/a"), daemonset("kube-system/aws-node"),
               policy("x/p", BOTH), service("x/s", {"app": "a"}, ServicePort(80, target=8080))],
        quiet=[pod("x/a", of="Deployment/a"), daemonset("kube-system/aws-node"),
               policy("x/p", BOTH), service("x/s", {"app": "a"}, ServicePort(80, target=80))],
        says="Port 80 of the Service leads to port 8080",
    ),
    case(
        "L-100",
        "nobody looks after it",
        fires=[pod("x/a"), pod("x/b"), ingress(FROM_B, app="b")],
        quiet=[pod("x/a"), pod("x/b"), policy("x/p", BOTH)],
        says="No policy selects x/a: open to everyone",
    ),
    case(
        "L-101",
        "egress has no default",
        fires=[pod("x/a"), policy("x/deny", "podSelector: {}")],
        quiet=[pod("x/a"), policy("x/deny", BOTH)],
        says="Namespace x has no policy that closes egress of all its pods",
    ),
    case(
        "L-105",
        "another rule opens the same",
        fires=[pod("x/a"), pod("x/b"), ingress(f"{FROM_B}, {FROM_ALL}")],
        quiet=[pod("x/a"), pod("x/b"), ingress("{from: [{podSelector: {matchLabels: {app: b}}}], "
                                               "ports: [{port: 81}]}, " + FROM_ALL)],
        says="Without ingress[0] nothing would change",
    ),
    case(
        "L-105",
        "another policy does the same",
        fires=[pod("x/a"), pod("x/b"), ingress(FROM_B, "one"), ingress(FROM_ALL, "two")],
        quiet=[pod("x/a"), pod("x/b"), ingress(FROM_B, "one", app="b"), ingress(FROM_ALL, "two")],
        says="Without one nothing would change: other policies isolate the same pods",
    ),
    case(
        "L-106",
        "a port within a range",
        fires=[pod("x/a"), ingress("{ports: [{port: 80}, {port: 80, endPort: 90}]}")],
        quiet=[pod("x/a"), ingress("{ports: [{port: 79}, {port: 80, endPort: 90}]}")],
        says="TCP 80 is part of TCP 80-90 in the same rule",
    ),
    case(
        "L-106",
        "a peer within another",
        fires=[pod("x/a"), ingress("{from: [{podSelector: {matchLabels: {app: a}}}, "
                                   "{podSelector: {}}]}")],
        quiet=[pod("x/a"), ingress("{from: [{podSelector: {matchLabels: {app: a}}}, "
                                   "{podSelector: {matchLabels: {tier: a}}}]}")],
        says="ingress[0].from[0] names nobody that ingress[0].from[1] does not name already",
    ),
    case(
        "L-107",
        "one policy twice",
        fires=[pod("x/a"), ingress(FROM_B, "one"), ingress(FROM_B, "two")],
        quiet=[pod("x/a"), ingress(FROM_B, "one"), ingress(FROM_ALL, "two")],
        says="one and two say the same",
    ),
    case(
        "L-107",
        "one name in two files",
        fires=[pod("x/a"), text(spec="podSelector: {}, ingress: [{}]") + "---\n" + text()],
        quiet=[pod("x/a"), text(spec="podSelector: {}, ingress: [{}]") + "---\n" + text(name="q")],
        says="what is applied last wins",
    ),
)  # fmt: skip
