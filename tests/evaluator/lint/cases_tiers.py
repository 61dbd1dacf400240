"""Cluster-wide policies: for each id a case and a near miss."""

from __future__ import annotations

from tests.support.lint import case, service
from tests.support.states import daemonset, namespace, pod, policy

__all__ = ["CASES"]

CALICO_POLICY = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: old}
spec: {selector: all()}
"""
ALL = "{namespaces: {}}"
IN_X = "{namespaces: {matchLabels: {kubernetes.io/metadata.name: x}}}"
IN_Y = IN_X.replace("x}", "y}")
NOT_SYSTEM = (
    "{namespaces: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, "
    "values: [kube-system]}]}}"
)
ANYONE = "[{namespaces: {}}]"


def admin(rules: str, *, name: str = "p", priority: int = 10, subject: str = IN_X) -> str:
    return (
        "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\n"
        f"metadata: {{name: {name}}}\n"
        f"spec: {{priority: {priority}, subject: {subject}, {rules}}}\n"
    )


def baseline(rules: str, subject: str = IN_X) -> str:
    return (
        "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: BaselineAdminNetworkPolicy\n"
        f"metadata: {{name: default}}\nspec: {{subject: {subject}, {rules}}}\n"
    )


def cluster(rules: str, *, name: str = "p", tier: str = "Admin", subject: str = IN_X) -> str:
    return (
        "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\n"
        f"metadata: {{name: {name}}}\n"
        f"spec: {{tier: {tier}, priority: 10, subject: {subject}, {rules}}}\n"
    )


def deny(peers: str = ANYONE, more: str = "") -> str:
    return f"ingress: [{more}{{action: Deny, from: {peers}}}]"


DENY_ALL_OUT = "{action: Deny, to: [{networks: [0.0.0.0/0]}]}"
WORLD = (namespace("x"), namespace("y"), pod("x/a"), pod("y/b"))
COREDNS = pod("kube-system/coredns", {"k8s-app": "kube-dns"}, of="Deployment/coredns",
              ips=["10.0.0.9"])  # fmt: skip

OPEN_OUT = (
    "egress: [{action: Allow, to: [{namespaces: {}}, {networks: [0.0.0.0/0]}], "
    "ports: [{namedPort: web}, {portNumber: {port: 1, protocol: TCP}}]}]"
)

CASES = (
    case(
        "L-60",
        "an AdminNetworkPolicy where Cilium runs",
        fires=[*WORLD, daemonset("kube-system/cilium"), admin(deny())],
        quiet=[*WORLD, daemonset("kube-system/calico-node"), admin(deny())],
        says="Cilium does not enforce AdminNetworkPolicy: p is stored and does nothing",
    ),
    case(
        "L-60",
        "left over from Calico",
        fires=[*WORLD, daemonset("kube-system/cilium"), CALICO_POLICY],
        quiet=[*WORLD, daemonset("kube-system/calico-node"), CALICO_POLICY],
        says="One GlobalNetworkPolicy (projectcalico.org/v3) in a cluster that runs Cilium",
    ),
    case(
        "L-61",
        "allow and deny at once",
        fires=[*WORLD, admin(deny(), name="one"),
               admin("ingress: [{action: Allow, from: [{namespaces: {}}]}]", name="two")],
        quiet=[*WORLD, admin(deny(), name="one"),
               admin("ingress: [{action: Allow, from: [{namespaces: {}}]}]", name="two",
                     priority=11)],
        says="one and two have priority 10 in the Admin tier and both select x/a",
    ),
    case(
        "L-61",
        "a baseline without a priority against one with it",
        fires=[*WORLD, baseline(deny()), cluster(
            "ingress: [{action: Accept, from: [{namespaces: {}}]}]", name="two", tier="Baseline")],
        quiet=[*WORLD, baseline(deny()), cluster(deny(), name="two", tier="Baseline")],
        says="default and two stand in the Baseline tier and both select x/a",
    ),
    case(
        "L-61",
        "other ports do not meet",
        fires=[*WORLD, cluster(deny(), name="one"), cluster(
            "ingress: [{action: Accept, from: [{namespaces: {}}], protocols: "
            "[{tcp: {destinationPort: {number: 80}}}]}]", name="two")],
        quiet=[*WORLD, cluster(
            "ingress: [{action: Deny, from: [{namespaces: {}}], protocols: "
            "[{tcp: {destinationPort: {number: 81}}}]}]", name="one"), cluster(
            "ingress: [{action: Accept, from: [{namespaces: {}}], protocols: "
            "[{tcp: {destinationPort: {number: 80}}}]}]", name="two")],
        says="Which of them counts is not defined",
    ),
    case(
        "L-62",
        "priority 500 on OVN-Kubernetes",
        fires=[*WORLD, daemonset("ovn/ovnkube-node"), admin(deny(), priority=500)],
        quiet=[*WORLD, daemonset("ovn/ovnkube-node"), admin(deny(), priority=99)],
        says="takes priorities from 0 to 99; 500 may be refused or ignored",
    ),
    case(
        "L-63",
        "everybody is denied, the name servers too",
        fires=[*WORLD, COREDNS, admin(deny(), subject=ALL)],
        quiet=[*WORLD, COREDNS, admin(deny(), subject=NOT_SYSTEM)],
        says="ingress[0] denies ingress of kube-system/coredns",
    ),
    case(
        "L-63",
        "nobody may go out, not even to the name servers",
        fires=[*WORLD, COREDNS, admin("egress: [{action: Deny, to: [{namespaces: {}}]}]")],
        quiet=[*WORLD, COREDNS, admin(
            "egress: [{action: Allow, to: [{namespaces: {matchLabels: "
            "{kubernetes.io/metadata.name: kube-system}}}]}, "
            "{action: Deny, to: [{namespaces: {}}]}]")],
        says="x/a would be cut off from kube-system/coredns",
    ),
    case(
        "L-66",
        "a LoadBalancer stays open",
        fires=[*WORLD, admin(deny()), service("x/s", {"app": "a"}, type="LoadBalancer")],
        quiet=[*WORLD, admin(deny()), service("x/s", {"app": "a"})],
        says="x/a stays open to what comes from outside through its Service",
    ),
    case(
        "L-67",
        "the Internet, and every pod",
        fires=[namespace("x"), pod("x/a", ips=["10.1.0.1"]), pod("x/b", ips=["10.1.0.2"]),
               admin(f"egress: [{DENY_ALL_OUT}]")],
        quiet=[namespace("x"), pod("x/a", ips=["10.1.0.1"]), pod("x/b", ips=["10.1.0.2"]),
               admin(f"egress: [{{action: Pass, to: [{{namespaces: {{}}}}]}}, {DENY_ALL_OUT}]")],
        says="0.0.0.0/0 holds the addresses of pods too: egress[0] denies x/a, x/b",
    ),
    case(
        "L-67",
        "the baseline",
        fires=[namespace("x"), pod("x/a", ips=["10.1.0.1"]), baseline(f"egress: [{DENY_ALL_OUT}]")],
        quiet=[namespace("x"), pod("x/a", ips=["10.1.0.1"]),
               baseline("egress: [{action: Deny, to: [{networks: [203.0.113.0/24]}]}]")],
        says="denies x/a every connection inside the cluster",
    ),
    case(
        "L-68",
        "a Pass before it",
        fires=[*WORLD, cluster(deny(more="{action: Pass, from: [{namespaces: {}}]}, "))],
        quiet=[*WORLD, cluster(deny(more="{action: Pass, from: [{namespaces: {matchLabels: "
                                         "{kubernetes.io/metadata.name: y}}}]}, "))],
        says="ingress[1] (deny) never decides anything: rules before it cover all its peers",
    ),
    case(
        "L-68",
        "a stronger policy before it",
        fires=[*WORLD, admin(deny(), name="one", priority=1),
               admin("ingress: [{action: Allow, from: [{namespaces: {}}]}]", name="two")],
        quiet=[*WORLD, admin(deny(), name="one", priority=1, subject=IN_Y),
               admin("ingress: [{action: Allow, from: [{namespaces: {}}]}]", name="two")],
        says="first of all ingress[0] (deny)",
    ),
    case(
        "L-68",
        "a baseline without a priority may come after",
        fires=[*WORLD, admin(deny(), name="one", priority=1),
               admin("ingress: [{action: Allow, from: [{namespaces: {}}]}]", name="two")],
        quiet=[*WORLD, baseline(deny()), cluster(
            "ingress: [{action: Accept, from: [{namespaces: {}}]}]", name="two", tier="Baseline")],
        says="never decides anything",
    ),
    case(
        "L-69",
        "the pods are isolated already",
        fires=[*WORLD, baseline(deny()), policy("x/closed", "podSelector: {}")],
        quiet=[*WORLD, baseline(deny()),
               policy("x/closed", "podSelector: {}\npolicyTypes: [Egress]")],
        says="ingress[0] of the baseline is never asked",
    ),
    case(
        "L-69",
        "a rule of pods and addresses is one finding",
        fires=[*WORLD, baseline(OPEN_OUT), policy("x/closed", "policyTypes: [Egress]")],
        quiet=[*WORLD, baseline(OPEN_OUT), policy("x/closed", "podSelector: {}")],
        says="egress[0] of the baseline is never asked",
    ),
    case(
        "L-101",
        "a baseline that denies is a default",
        fires=[*WORLD, baseline("ingress: [{action: Deny, from: [{namespaces: {matchLabels: "
                                "{kubernetes.io/metadata.name: y}}}]}]", subject=ALL)],
        quiet=[*WORLD, baseline("ingress: [{action: Deny, from: [{namespaces: {}}]}], "
                                "egress: [{action: Deny, to: [{namespaces: {}}]}]", subject=ALL)],
        says="Namespace x has no policy that closes ingress and egress",
    ),
)  # fmt: skip
