"""Sources to states: every kind, names, duplicates, order, problems."""

from __future__ import annotations

import itertools
import json

import pytest

from policies.evaluator.documents import Limits, SourceText
from policies.evaluator.inert import not_evaluated
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState, ContainerPort, ServicePort
from tests.support.reading import POD, POLICY, read


def one_problem(text: str | bytes) -> str:
    [problem] = read(text).problems
    return str(problem)


def test_a_policy_keeps_its_place_and_the_lines_of_its_parts() -> None:
    [policy] = read(f"# comment\n---\n{POLICY}").policies
    assert (policy.key, policy.origin.source, policy.origin.document, policy.origin.line) == (
        "NetworkPolicy/x/p",
        "a.yaml",
        1,
        3,
    )
    at = {
        "spec": 6,
        "spec.ingress": 8,
        "spec.ingress[0]": 9,
        "spec.ingress[0].from": 9,
        "spec.ingress[0].from[0]": 10,
        "spec.ingress[0].from[0].podSelector": 10,
        "spec.ingress[0].ports": 11,
        "spec.ingress[0].ports[0]": 12,
        "spec.podSelector": 7,
    }
    assert {path: policy.line_of(path) for path in at} == at
    assert policy.line_of("spec.ingress[0].ports[0].port") == 12


def test_yaml_and_json_of_the_same_objects_give_the_same_state() -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "labels": {"app": "web"}}}
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "p", "namespace": "x"},
        "spec": {
            "podSelector": {},
            "ingress": [{"from": [{"podSelector": {}}], "ports": [{"port": 80}]}],
        },
    }
    from_yaml = read(f"{POD}---\n{POLICY}")
    from_json = read(json.dumps({"kind": "List", "apiVersion": "v1", "items": [pod, policy]}))
    assert [each.spec for each in from_yaml.policies] == [each.spec for each in from_json.policies]
    assert [each.labels for each in from_yaml.pods] == [each.labels for each in from_json.pods]
    assert from_yaml.namespaces == from_json.namespaces


@pytest.mark.law("N-02")
def test_objects_without_a_namespace_go_to_the_default_one() -> None:
    assert read(POD).pods[0].namespace == "default"
    state = read_state([SourceText("a.yaml", POD.encode())], default_namespace="team")
    assert state.pods[0].namespace == "team"
    assert [each.name for each in state.namespaces] == ["team"]


@pytest.mark.law("N-03")
def test_lists_in_lists_and_documents_are_flattened() -> None:
    item = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}}
    inner = {"kind": "List", "apiVersion": "v1", "items": [item]}
    outer = json.dumps({"kind": "List", "apiVersion": "v1", "items": [inner, inner]}, indent=1)
    state = read(outer, "kind: ConfigMap\napiVersion: v1\n---\n" + POD)
    assert [pod.name for pod in state.pods] == ["a", "web"]
    assert state.ignored == {"v1/ConfigMap": 1}
    assert state.pods[0].origin.line > 10


@pytest.mark.law("N-04", "A-47")
def test_namespaces_that_are_only_named_are_made_up() -> None:
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: svc}\nspec: {}\n"
    state = read(POD, POLICY, service)
    assert [(each.name, each.labels, each.synthesised) for each in state.namespaces] == [
        (name, {"kubernetes.io/metadata.name": name}, True) for name in ("default", "svc", "x")
    ]


@pytest.mark.law("N-05", "A-47")
@pytest.mark.parametrize("labels", ["{a: b}", "{a: b, kubernetes.io/metadata.name: other}"])
def test_a_namespace_gets_the_label_the_server_would_set(labels: str) -> None:
    text = f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: x, labels: {labels}}}\n"
    [namespace] = read(text, POLICY).namespaces
    assert namespace.labels == {"a": "b", "kubernetes.io/metadata.name": "x"}
    assert not namespace.synthesised


def test_services_are_read() -> None:
    state = read(
        "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  type: NodePort\n"
        "  selector: {app: web}\n  clusterIPs: [10.96.0.1, None]\n  ports:\n"
        "  - {port: 80, targetPort: web, name: http}\n  - {port: 53, protocol: UDP}\n"
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: t}\nspec: {clusterIP: None}\n"
    )
    first, second = state.services
    assert first.ports == (
        ServicePort(80, "TCP", "http", "web"),
        ServicePort(53, "UDP", "", ""),
    )
    assert (first.type, first.selector, first.cluster_ips) == (
        "NodePort",
        {"app": "web"},
        ("10.96.0.1",),
    )
    assert (second.cluster_ips, second.ports) == ((), ())


def test_nodes_are_read_with_real_addresses_only() -> None:
    state = read(
        "apiVersion: v1\nkind: Node\nmetadata: {name: n1, labels: {zone: a}}\n"
        "spec: {podCIDR: 10.0.0.0/24, podCIDRs: [10.0.0.0/24, 'fd00::/64', x]}\n"
        "status:\n  addresses:\n  - {type: InternalIP, address: 192.168.0.1}\n"
        "  - {type: ExternalIP, address: 203.0.113.9}\n  - {type: Hostname, address: 1.2.3.4}\n"
        "  - {type: InternalIP, address: nowhere}\n"
        "---\napiVersion: v1\nkind: Node\nmetadata: {name: n2}\nspec: {podCIDR: 10.0.1.0/24}\n"
    )
    first, second = state.nodes
    assert first.addresses == ("192.168.0.1", "203.0.113.9")
    assert first.pod_cidrs == ("10.0.0.0/24", "fd00::/64")
    assert (first.labels, second.pod_cidrs) == ({"zone": "a"}, ("10.0.1.0/24",))


def test_policies_of_other_families_are_counted_and_named() -> None:
    def a(version: str, kind: str) -> str:
        return f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n"

    state = read(
        a("cilium.io/v2", "CiliumNetworkPolicy"),
        a("cilium.io/v2", "CiliumNetworkPolicy").replace("name: a", "name: b"),
        a("crd.projectcalico.org/v1", "NetworkPolicy"),
        a("policy.networking.k8s.io/v1beta1", "ClusterNetworkPolicy"),
        a("cilium.io/v2", "CiliumEndpoint"),
        a("serving.knative.dev/v1", "Service"),
    )
    found = not_evaluated(state)
    assert [(each.api_version, each.kind, each.count) for each in found] == [
        ("cilium.io/v2", "CiliumNetworkPolicy", 2),
        ("crd.projectcalico.org/v1", "NetworkPolicy", 1),
        ("policy.networking.k8s.io/v1beta1", "ClusterNetworkPolicy", 1),
    ]
    assert found[0].reason == (
        "netviz does not evaluate Cilium policies yet: connections that they may touch are shown"
        " as not known"
    )
    assert found[1].names == ("NetworkPolicy.crd.projectcalico.org/default/a",)
    assert state.ignored == {"cilium.io/v2/CiliumEndpoint": 1, "serving.knative.dev/v1/Service": 1}
    assert not state.problems


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            POLICY.replace("networking.k8s.io/v1", "networking.k8s.io/v1beta1"),
            "a.yaml:1: apiVersion: must be networking.k8s.io/v1 for a NetworkPolicy; found"
            " networking.k8s.io/v1beta1",
        ),
        (
            "kind: NetworkPolicy\nmetadata: {name: p}\n",
            "a.yaml:1: apiVersion: is missing: every object needs apiVersion and kind",
        ),
        (
            "apiVersion: v1\nKind: Pod\n",
            "a.yaml:1: kind: is missing: every object needs apiVersion and kind",
        ),
        (
            "apiVersion: 1\nkind: Pod\n",
            "a.yaml:1: apiVersion: must be a string; found 1",
        ),
        (
            "apiVersion: v1\nkind: ../Pod\n",
            'a.yaml:2: kind: must be one word such as NetworkPolicy; found "../Pod"',
        ),
        (
            "a: 1\n",
            "a.yaml:1: is no Kubernetes object: it has no apiVersion and no kind",
        ),
        (
            "Dear reader\n",
            "a.yaml:1: is no Kubernetes object: expected a mapping with apiVersion and kind; found"
            ' "Dear reader"',
        ),
        (
            "apiVersion: v1\nkind: Pod\nmetadata: {labels: {a: b}}\n",
            "a.yaml:3: metadata.name: is missing: every object needs a name",
        ),
        (
            "apiVersion: v1\nkind: Pod\n",
            "a.yaml:1: metadata: is missing: every object needs metadata.name",
        ),
        (
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {}\n",
            "a.yaml:4: spec.template: is missing: there is no pod template to read",
        ),
        (
            f"{POD}spec: {{containers: [{{ports: [{{containerPort: 70000}}]}}]}}\n",
            "a.yaml:4: spec.containers[0].ports[0].containerPort: must be from 1 to 65535; found"
            " 70000",
        ),
        (
            f"{POD}status: {{podIP: 10.0.0.256}}\n",
            'a.yaml:4: status: must hold IP addresses; found "10.0.0.256"',
        ),
        (
            "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n",
            "a.yaml:1: spec: is missing: a Service without a spec leads nowhere",
        ),
        (
            POLICY + "  ingress: []\n",
            'a.yaml:11: the key "ingress" stands twice, on lines 6 and 11',
        ),
        (
            'apiVersion: v1\nkind: Pod\nmetadata: {name: "{{ .Release.Name }}"}\n',
            "a.yaml:3: metadata.name: must be a name of lower-case letters, digits, '-' and '.',"
            ' beginning and ending with a letter or digit; found "{{ .Release.Name }}" (an'
            " unrendered Helm template? run `helm template` first)",
        ),
    ],
)
def test_objects_that_cannot_be_used_are_reported(text: str, message: str) -> None:
    assert one_problem(text) == message
    state = read(text)
    assert not state.pods
    assert not state.policies
    assert len(read(text, POD).pods) == 1


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (POD.replace("name: web", "name: Web_1"), "metadata.name"),
        (POD.replace("app: web", "app: a/b"), "metadata.labels.app"),
        (POD.replace("v1", "apps/v1"), "apiVersion"),
        (f"{POD}spec: {{containers: [{{ports: [{{containerPort: 1, name: A_B}}]}}]}}\n", "name"),
        (POD.replace("labels", "ownerReferences: [{name: a, controller: true}], labels"), "kind"),
    ],
)
def test_odd_pods_are_kept_with_a_warning(text: str, path: str) -> None:
    state = read(text)
    assert len(state.pods) == 1
    [problem] = state.problems
    assert problem.severity == "warning"
    assert problem.path.endswith(path)


@pytest.mark.law("A-V01", "N-06")
@pytest.mark.parametrize("name", ["Infinity", "a.b", "-a", "a_b", "'{{ .Release.Namespace }}'"])
def test_a_namespace_that_cannot_be_is_no_namespace(name: str) -> None:
    state = read(
        f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n---\n"
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: {name}}}\n"
    )
    assert (state.namespaces, state.pods) == ((), ())
    assert [(each.line, each.path, each.severity) for each in state.problems] == [
        (3, "metadata.name", "error"),
        (7, "metadata.namespace", "error"),
    ]


@pytest.mark.parametrize(
    ("version", "kind", "severity", "message"),
    [
        ("v1", "Podgfg", "warning", "Kubernetes has no kind Podgfg in v1"),
        ("v1", "pod", "error", "Kubernetes has no kind pod in v1 (did you mean Pod?)"),
        (
            "networking.k8s.io/v1",
            "NetworkPolcy",
            "error",
            "Kubernetes has no kind NetworkPolcy in networking.k8s.io/v1 (did you mean"
            " NetworkPolicy?)",
        ),
        (
            "networking.k8s.io/v1beta1",
            "NetworkPolicy",
            "error",
            "must be networking.k8s.io/v1 for a NetworkPolicy; found networking.k8s.io/v1beta1",
        ),
        (
            "extensions/v1beta1",
            "Pod",
            "warning",
            "must be v1 for a Pod; found extensions/v1beta1. It is read all the same",
        ),
    ],
)
def test_a_kind_or_version_that_kubernetes_does_not_have_is_a_slip(
    version: str, kind: str, severity: str, message: str
) -> None:
    state = read(f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\nspec: {{}}\n")
    assert [(each.severity, each.message) for each in state.problems] == [(severity, message)]


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("v1", "ConfigMap"),
        ("v1", "SecretList"),
        ("networking.k8s.io/v1", "IPAddress"),
        ("v1", "List"),
        ("v1", "PodList"),
        ("example.com/v1", "Podgfg"),
    ],
)
def test_kinds_that_decide_no_flows_are_passed_over(version: str, kind: str) -> None:
    state = read(f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n")
    assert state.problems == ()
    assert state.ignored == {f"{version}/{kind}": 1}


@pytest.mark.law("N-06")
def test_a_version_that_is_not_known_is_counted_and_not_guessed_at() -> None:
    [found] = read(
        "apiVersion: policy.networking.k8s.io/v1beta1\nkind: ClusterNetworkPolicy\n"
        "metadata: {name: a}\n"
    ).not_evaluated
    assert found.reason == (
        "netviz evaluates ClusterNetworkPolicy of policy.networking.k8s.io/v1alpha2, and knows no"
        " policy.networking.k8s.io/v1beta1"
    )


def test_a_generated_name_is_a_name() -> None:
    state = read(POD.replace("name: web", "generateName: web-"))
    assert not state.problems
    assert [pod.name for pod in state.pods] == ["web"]


def test_the_later_of_two_equal_names_counts_and_both_places_are_named() -> None:
    state = read(POD, POD.replace("app: web", "app: new"), POLICY + "---\n" + POLICY)
    assert [pod.labels["app"] for pod in state.pods] == ["new"]
    assert [str(problem) for problem in state.problems] == [
        "b.yaml:1: replaces the Pod of the same name at a.yaml:1: the later one counts",
        "c.yaml:12: replaces the NetworkPolicy of the same name at c.yaml:1: the later one counts",
    ]
    assert {problem.severity for problem in state.problems} == {"warning"}


def test_the_order_of_files_does_not_matter() -> None:
    texts = [POD, POLICY, POD.replace("web", "db"), POD.replace("app: web", "app: new"), "x: ["]
    sources = [
        SourceText(f"{name}.yaml", text.encode()) for name, text in zip("edcba", texts, strict=True)
    ]
    hashes = {read_state(each).content_hash for each in itertools.permutations(sources)}
    assert len(hashes) == 1


def test_states_survive_their_own_bytes() -> None:
    state = read(POD, POLICY, "x: [")
    assert ClusterState.from_bytes(state.to_bytes()) == state


def test_container_ports_reach_the_pod() -> None:
    [pod] = read(
        f"{POD}spec: {{containers: [{{ports: [{{containerPort: 80, name: web}}]}}]}}\n"
    ).pods
    assert pod.ports == (ContainerPort("web", "TCP", 80),)


def test_problems_are_limited_and_errors_come_first() -> None:
    bad = "---\na: 1\n" * 30 + "---\nb: [\n" * 5 + f"---\n{POD}"
    state = read(bad, limits=Limits(problems=10))
    assert [problem.severity for problem in state.problems].count("error") == 5
    assert len(state.problems) == 11
    assert "and 25 more problems in this file" in {each.message for each in state.problems}
    assert len(state.pods) == 1


def test_a_policy_nested_too_deep_is_refused() -> None:
    spec = '{"x": ' + "[" * 200 + "]" * 200 + "}"
    text = (
        '{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",'
        f' "metadata": {{"name": "p"}}, "spec": {spec}}}'
    )
    assert one_problem(text) == "a.yaml:1: spec: is nested more than 100 levels deep"
