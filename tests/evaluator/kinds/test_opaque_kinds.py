"""Policies that are not evaluated: whom each kind is taken to select, and in which directions."""

from __future__ import annotations

import pytest

from policies.evaluator.families import reason_not_evaluated
from policies.evaluator.kinds import OPAQUE
from tests.support.touched import calico, cilium, cluster_with, manifest, touched

ALL_X_IN = "x/a in, x/b in"
ALL_IN = "x/a in, x/b in, z/a in"


@pytest.mark.parametrize(
    ("law", "spec", "expected"),
    [
        ("D-03", "spec: {endpointSelector: {}, ingress: [{}]}", ALL_X_IN),
        ("D-02", "spec: {endpointSelector: {matchLabels: {pod: a}}, ingress: [{}]}", "x/a in"),
        (
            "D-06",
            'spec: {endpointSelector: {matchLabels: {"k8s:pod": a}}, egress: [{}]}',
            "x/a out",
        ),
        (
            "D-06",
            'spec: {endpointSelector: {matchLabels: {"any:pod": b}}, ingress: [{}]}',
            "x/b in",
        ),
        ("D-11", "spec: {endpointSelector: {}, ingressDeny: [{fromEntities: [world]}]}", ALL_X_IN),
        (
            "D-11",
            "spec: {endpointSelector: {matchLabels: {pod: a}}, ingress: [{}], egressDeny: [{}]}",
            "x/a in out",
        ),
        (
            "D-18",
            "spec: {endpointSelector: {matchLabels: {pod: a}}, egress: [{toFQDNs: []}]}",
            "x/a out",
        ),
        ("D-15", "spec: {endpointSelector: {}, ingress: []}", ""),
        ("D-17", "spec: {endpointSelector: {}}", ""),
        (
            "D-08",
            "spec: {endpointSelector: {matchExpressions: [{key: tier, operator: DoesNotExist}]},"
            " ingress: [{}]}",
            "x/b in",
        ),
        (
            "D-09",
            "spec: {endpointSelector: {matchExpressions:"
            " [{key: pod-template-hash, operator: NotIn, values: [a]}]}, ingress: [{}]}",
            ALL_X_IN,
        ),
        (
            "D-03",
            "spec: {endpointSelector: {matchLabels: {io.kubernetes.pod.namespace: z}},"
            " ingress: [{}]}",
            ALL_X_IN,
        ),
        (
            "D-01",
            "spec: {endpointSelector: {matchLabels: {pod: a}}, ingress: [{}]}\n"
            "specs: [{endpointSelector: {matchLabels: {pod: b}}, ingress: [{}]}]",
            ALL_X_IN,
        ),
        ("D-01", "specs: [{endpointSelector: {matchLabels: {pod: b}}, egress: [{}]}]", "x/b out"),
    ],
)
@pytest.mark.law("D-01", "D-02", "D-03", "D-06", "D-08", "D-09", "D-11", "D-15", "D-17", "D-18")
def test_a_cilium_policy_touches_the_directions_of_its_sections(
    law: str, spec: str, expected: str
) -> None:
    assert touched(cilium(spec)) == expected, law


@pytest.mark.parametrize(
    ("law", "spec", "expected"),
    [
        ("D-04", "spec: {endpointSelector: {}, ingress: [{}]}", ALL_IN),
        ("D-02", "spec: {nodeSelector: {}, ingress: [{}]}", "z/host in"),
        (
            "D-07",
            "spec: {endpointSelector: {matchLabels: {io.kubernetes.pod.namespace: z}},"
            " ingress: [{}]}",
            "z/a in",
        ),
        (
            "D-07",
            'spec: {endpointSelector: {matchLabels: {"io.cilium.k8s.namespace.labels.env": prod}},'
            " egress: [{}]}",
            "x/a out, x/b out",
        ),
        (
            "D-28",
            'spec: {endpointSelector: {matchLabels: {"reserved:ingress": ""}}, ingress: [{}]}',
            "",
        ),
    ],
)
@pytest.mark.law("D-02", "D-04", "D-05", "D-07", "D-28")
def test_a_cluster_wide_cilium_policy_touches_pods_of_every_namespace_or_those_on_nodes(
    law: str, spec: str, expected: str
) -> None:
    assert touched(cilium(spec, "")) == expected, law


@pytest.mark.parametrize(
    ("law", "spec", "expected"),
    [
        ("C-60", "{selector: \"pod == 'a'\", types: [Ingress]}", "x/a in"),
        ("C-60", "{types: [Ingress, Egress]}", "x/a in out, x/b in out"),
        ("C-40", "{selector: all()}", ALL_X_IN),
        ("C-40", "{selector: \"pod == 'a'\", egress: [{action: Deny}]}", "x/a out"),
        (
            "C-40",
            "{selector: \"pod == 'a'\", ingress: [{action: Deny}], egress: [{action: Deny}]}",
            "x/a in out",
        ),
        ("C-41", "{selector: \"pod == 'a'\", egress: []}", "x/a in"),
        (
            "C-43",
            "{selector: \"pod == 'a'\", types: [Ingress], egress: [{action: Deny}]}",
            "x/a in",
        ),
    ],
)
@pytest.mark.law("C-40", "C-41", "C-43", "C-60")
def test_a_calico_policy_touches_the_directions_of_its_types(
    law: str, spec: str, expected: str
) -> None:
    assert touched(calico(spec)) == expected, law


@pytest.mark.law("C-42")
def test_a_raw_calico_object_without_types_touches_both_directions() -> None:
    spec = "{selector: \"pod == 'a'\", ingress: [{action: Allow}]}"
    assert touched(calico(spec, version="crd.projectcalico.org/v1")) == "x/a in out"


@pytest.mark.parametrize(
    ("law", "spec", "expected"),
    [
        ("C-61", "{selector: all(), types: [Ingress]}", ALL_IN),
        ("C-62", "{selector: all(), namespaceSelector: \"ns == 'z'\", types: [Ingress]}", "z/a in"),
        (
            "C-62",
            "{namespaceSelector: \"projectcalico.org/name == 'x'\", types: [Egress]}",
            "x/a out, x/b out",
        ),
        ("C-64", "{selector: \"projectcalico.org/namespace == 'z'\", types: [Ingress]}", "z/a in"),
        ("C-64", "{selector: \"pcns.env == 'prod' && pod == 'a'\", types: [Ingress]}", "x/a in"),
        ("C-63", "{serviceAccountSelector: \"x == 'y'\", types: [Ingress]}", ALL_IN),
        (
            "C-120",
            "{selector: all(), doNotTrack: true, applyOnForward: true, types: [Ingress]}",
            "",
        ),
        ("C-120", "{selector: all(), preDNAT: true, applyOnForward: true, types: [Ingress]}", ""),
    ],
)
@pytest.mark.law("C-61", "C-62", "C-63", "C-64", "C-65", "C-120")
def test_a_global_calico_policy_touches_pods_of_every_namespace_it_may_name(
    law: str, spec: str, expected: str
) -> None:
    assert touched(calico(spec, "")) == expected, law


@pytest.mark.parametrize(
    ("api_version", "kind", "spec", "namespace", "expected"),
    [
        (
            "crd.antrea.io/v1beta1",
            "NetworkPolicy",
            "{appliedTo: [{podSelector: {matchLabels: {pod: a}}}], egress: [{action: Drop}]}",
            "x",
            "x/a out",
        ),
        (
            "crd.antrea.io/v1beta1",
            "NetworkPolicy",
            "{ingress: [{appliedTo: [{podSelector: {matchLabels: {pod: b}}}]}]}",
            "x",
            "x/b in",
        ),
        (
            "crd.antrea.io/v1beta1",
            "ClusterNetworkPolicy",
            "{appliedTo: [{namespaceSelector: {matchLabels: {ns: z}}}], ingress: [{}]}",
            "",
            "z/a in",
        ),
        (
            "crd.antrea.io/v1beta1",
            "ClusterNetworkPolicy",
            "{appliedTo: [{group: web}], ingress: [{}]}",
            "",
            ALL_IN,
        ),
        (
            "crd.antrea.io/v1beta1",
            "ClusterNetworkPolicy",
            "{appliedTo: [{nodeSelector: {}}], ingress: [{}]}",
            "",
            "z/host in",
        ),
        (
            "networking.gke.io/v1alpha1",
            "FQDNNetworkPolicy",
            "{podSelector: {matchLabels: {pod: a}}, egress: [{}]}",
            "x",
            "x/a out",
        ),
        (
            "networking.k8s.aws/v1alpha1",
            "ApplicationNetworkPolicy",
            "{podSelector: {matchLabels: {pod: a}}}",
            "x",
            "x/a in",
        ),
        (
            "networking.k8s.aws/v1alpha1",
            "ApplicationNetworkPolicy",
            "{podSelector: {matchLabels: {pod: a}}, egress: [{}]}",
            "x",
            "x/a in out",
        ),
        (
            "networking.k8s.aws/v1alpha1",
            "ClusterNetworkPolicy",
            "{subject: {namespaces: {matchLabels: {ns: z}}}, egress: [{}]}",
            "",
            "z/a out",
        ),
        ("k8s.ovn.org/v1", "EgressFirewall", "{egress: [{type: Deny}]}", "x", "x/a out, x/b out"),
        ("k8s.ovn.org/v1", "EgressFirewall", "{egress: []}", "x", ""),
        (
            "network.openshift.io/v1",
            "EgressNetworkPolicy",
            "{egress: [{type: Deny}]}",
            "z",
            "z/a out",
        ),
        ("kubeovn.io/v1", "SecurityGroup", "{}", "", "x/a in out, x/b in out, z/a in out"),
        (
            "vpcresources.k8s.aws/v1beta1",
            "SecurityGroupPolicy",
            "{podSelector: {matchLabels: {pod: b}}}",
            "x",
            "x/b in out",
        ),
        (
            "security.istio.io/v1",
            "AuthorizationPolicy",
            "{selector: {matchLabels: {pod: a}}}",
            "x",
            "x/a in",
        ),
        ("security.istio.io/v1", "AuthorizationPolicy", "{}", "istio-system", ALL_IN),
        ("security.istio.io/v1", "AuthorizationPolicy", "{action: AUDIT}", "x", ""),
        (
            "security.istio.io/v1",
            "AuthorizationPolicy",
            "{targetRefs: [{kind: Service, name: a}]}",
            "x",
            ALL_X_IN,
        ),
        ("security.istio.io/v1", "PeerAuthentication", "{mtls: {mode: STRICT}}", "x", ALL_X_IN),
        ("security.istio.io/v1", "PeerAuthentication", "{mtls: {mode: PERMISSIVE}}", "x", ""),
        (
            "security.istio.io/v1",
            "PeerAuthentication",
            "{portLevelMtls: {80: {mode: STRICT}}}",
            "x",
            ALL_X_IN,
        ),
        ("security.istio.io/v1", "RequestAuthentication", "{}", "z", "z/a in"),
        (
            "policy.linkerd.io/v1beta3",
            "Server",
            "{podSelector: {matchLabels: {pod: a}}, port: 80}",
            "x",
            "x/a in",
        ),
        (
            "policy.linkerd.io/v1beta3",
            "Server",
            "{podSelector: {matchLabels: {pod: a}}, port: 81}",
            "x",
            "",
        ),
        (
            "policy.linkerd.io/v1beta3",
            "Server",
            "{podSelector: {matchLabels: {pod: a}}, port: http}",
            "x",
            "x/a in",
        ),
        ("kuma.io/v1alpha1", "MeshTrafficPermission", "{}", "x", ALL_X_IN),
        ("kuma.io/v1alpha1", "TrafficPermission", "{}", "", ALL_IN),
        ("consul.hashicorp.com/v1alpha1", "ServiceIntentions", "{}", "x", ALL_IN),
        ("k8s.cni.cncf.io/v1beta1", "MultiNetworkPolicy", "{podSelector: {}}", "x", ""),
    ],
)
@pytest.mark.law("E-09", "E-11", "M-05")
def test_each_family_touches_whom_it_may_select(
    api_version: str, kind: str, spec: str, namespace: str, expected: str
) -> None:
    assert touched(manifest(api_version, kind, f"spec: {spec}", namespace)) == expected


def profile(name: str, spec: str) -> str:
    text = manifest("crd.projectcalico.org/v1", "Profile", f"spec: {spec}", "")
    return text.replace("name: p", f"name: {name}")


@pytest.mark.law("C-31", "C-32", "M-05")
@pytest.mark.parametrize(
    ("name", "spec", "expected"),
    [
        ("kns.x", "{ingress: [{action: Allow}], egress: [{action: Allow}]}", ""),
        ("kns.x", "{ingress: [{action: Deny}], egress: [{action: Allow}]}", ALL_X_IN),
        ("kns.y", "{ingress: [{action: Deny}], egress: [{action: Allow}]}", ""),
        ("ksa.x.default", "{labelsToApply: {a: b}}", ""),
    ],
)
def test_the_profile_of_a_namespace_is_known_only_as_it_was_made(
    name: str, spec: str, expected: str
) -> None:
    assert touched(profile(name, spec)) == expected


@pytest.mark.parametrize("kind", OPAQUE, ids=lambda kind: kind.kind)
@pytest.mark.parametrize(
    "spec",
    [
        "{}",
        "{selector: 3, appliedTo: x, ingress: 1, egress: {}, types: x, subject: 7, podSelector: 1}",
        "{endpointSelector: {matchLabels: [1], matchExpressions: [3, {key: 1}]}, ingress: [1]}",
        "{appliedTo: [1, {podSelector: 2}], ingress: [1], selector: {matchLabels: 3}, port: []}",
        "{mtls: 3, portLevelMtls: [], subject: {pods: []}, policyTypes: 3, podSelector: null}",
    ],
)
def test_no_spec_that_is_a_mapping_can_break_a_kind(kind: object, spec: str) -> None:
    found = next(each for each in OPAQUE if each is kind)
    place = "x" if found.namespaced else ""
    group = next(iter(found.groups))
    cluster_with(manifest(f"{group}/v1", found.kind, f"spec: {spec}", place))


@pytest.mark.parametrize(
    "kind", [each for each in OPAQUE if not each.because], ids=lambda kind: kind.kind
)
def test_every_kind_belongs_to_a_family_that_is_counted(kind: object) -> None:
    found = next(each for each in OPAQUE if each is kind)
    assert all(reason_not_evaluated(group, found.kind) for group in found.groups)
