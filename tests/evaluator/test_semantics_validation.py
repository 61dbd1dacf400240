"""What the API server refuses and what it accepts (semantics A.9, N-06, N-07)."""

from __future__ import annotations

import pytest

from policies.evaluator.errors import Problem
from policies.evaluator.manifest import SourceText
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState
from tests.support.fixture_cluster import Manifest, allowed, cluster, policy, read


def problems(state: ClusterState, severity: str = "error") -> list[Problem]:
    return [problem for problem in state.problems if problem.severity == severity]


def refused(spec: str) -> list[str]:
    """The fields at fault of a policy that must not be evaluated."""
    state = cluster(spec)
    assert state.policies == (), "the policy was taken"
    found = problems(state)
    assert all(problem.message and problem.source for problem in found)
    return [problem.path for problem in found]


def selector(text: str) -> str:
    return f"podSelector: {{matchExpressions: [{text}]}}"


def ports(text: str) -> str:
    return f"ingress: [{{ports: [{{{text}}}]}}]"


def block(text: str) -> str:
    return f"ingress: [{{from: [{{ipBlock: {{{text}}}}}]}}]"


EXPRESSION = "spec.podSelector.matchExpressions[0]"
PORT = "spec.ingress[0].ports[0]"
BLOCK = "spec.ingress[0].from[0].ipBlock"

REFUSED = [
    ("A-V02", "podSelector: {matchLabels: {'bad key': b}}", "spec.podSelector.matchLabels"),
    ("A-V02", "podSelector: {matchLabels: {pod: 'a b'}}", "spec.podSelector.matchLabels"),
    ("A-V02", f"podSelector: {{matchLabels: {{pod: {'v' * 64}}}}}", "spec.podSelector.matchLabels"),
    ("A-V02", "podSelector: {matchLabels: {pod: 1}}", "spec.podSelector.matchLabels"),
    ("A-V02", selector("{key: pod, operator: In, values: []}"), EXPRESSION),
    ("A-V02", selector("{key: pod, operator: NotIn}"), EXPRESSION),
    ("A-V02", selector("{key: pod, operator: Exists, values: [a]}"), EXPRESSION),
    ("A-V02", selector("{key: pod, operator: DoesNotExist, values: [a]}"), EXPRESSION),
    ("A-V02", selector("{key: pod, operator: Is, values: [a]}"), EXPRESSION),
    ("A-V02", selector("{key: pod, operator: in, values: [a]}"), EXPRESSION),
    ("A-V03", "policyTypes: [Ingress, Egress, Egress]", "spec.policyTypes"),
    ("A-V03", "policyTypes: [ingress]", "spec.policyTypes[0]"),
    ("A-V03", "policyTypes: [Ingress, Both]", "spec.policyTypes[1]"),
    ("A-V04", "ingress: [{from: [{}]}]", "spec.ingress[0].from[0]"),
    ("A-V04", "egress: [{to: [{}]}]", "spec.egress[0].to[0]"),
    (
        "A-V05",
        "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}]",
        "spec.ingress[0].from[0]",
    ),
    ("A-V06", block("except: [10.0.0.0/8]"), f"{BLOCK}.cidr"),
    ("A-V06", block("cidr: 10.0.0.1"), f"{BLOCK}.cidr"),
    ("A-V06", block("cidr: 10.0.0.0/33"), f"{BLOCK}.cidr"),
    ("A-V06", block("cidr: 10.0.0.256/24"), f"{BLOCK}.cidr"),
    ("A-V06", block("cidr: here"), f"{BLOCK}.cidr"),
    ("A-V07", block("cidr: 10.0.0.0/16, except: [10.0.0.0/16]"), f"{BLOCK}.except[0]"),
    ("A-V07", block("cidr: 10.0.0.0/16, except: [10.1.0.0/24]"), f"{BLOCK}.except[0]"),
    ("A-V07", block("cidr: 10.0.0.0/16, except: [10.0.0.0/8]"), f"{BLOCK}.except[0]"),
    ("A-V07", block("cidr: 10.0.0.0/16, except: [10.0.1.1]"), f"{BLOCK}.except[0]"),
    ("A-V07", block('cidr: 10.0.0.0/16, except: ["fd00::/120"]'), f"{BLOCK}.except[0]"),
    ("A-V08", ports("protocol: tcp"), f"{PORT}.protocol"),
    ("A-V08", ports("protocol: ICMP"), f"{PORT}.protocol"),
    ("A-V08", ports("protocol: ANY"), f"{PORT}.protocol"),
    ("A-V09", ports("port: 0"), f"{PORT}.port"),
    ("A-V09", ports("port: 65536"), f"{PORT}.port"),
    ("A-V09", ports("port: -1"), f"{PORT}.port"),
    ("A-V09", ports("port: '80'"), f"{PORT}.port"),
    ("A-V09", ports("port: my_port"), f"{PORT}.port"),
    ("A-V09", ports("port: a--b"), f"{PORT}.port"),
    ("A-V09", ports("port: -web"), f"{PORT}.port"),
    ("A-V09", ports("port: Web"), f"{PORT}.port"),
    ("A-V09", ports("port: sixteen-letters-"), f"{PORT}.port"),
    ("A-V10", ports("port: 80, endPort: 79"), f"{PORT}.endPort"),
    ("A-V10", ports("endPort: 81"), f"{PORT}.endPort"),
    ("A-V10", ports("port: web, endPort: 81"), f"{PORT}.endPort"),
    ("A-V10", ports("port: 80, endPort: 65536"), f"{PORT}.endPort"),
    # What a law of another section refuses, by the same rules.
    ("A-58", selector("{key: pod, operator: In}"), EXPRESSION),
    ("A-58", selector("{key: pod, operator: Equals, values: [a]}"), EXPRESSION),
    ("A-15", "policyTypes: [Ingress, Egress, Ingress]", "spec.policyTypes"),
    ("A-66", block("cidr: 10.0.0.0/24, except: [10.0.0.0/24]"), f"{BLOCK}.except[0]"),
    ("N-07", "ingress: [{ports: [80]}]", PORT),
]


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        pytest.param(spec, path, id=f"{law} {spec[:60]}", marks=pytest.mark.law(law))
        for law, spec, path in REFUSED
    ],
)
def test_the_api_server_refuses_it_and_so_do_we(spec: str, path: str) -> None:
    found = refused(spec)
    assert found
    assert all(each.startswith(path) for each in found), found


@pytest.mark.law("A-V01")
@pytest.mark.parametrize("name", ["Upper", "under_score", "-dash", "a" * 254, ""])
def test_a_name_must_be_a_dns_subdomain(name: str) -> None:
    state = read([policy("policyTypes: [Ingress]", name)])
    assert state.policies == ()
    assert [problem.path for problem in problems(state)] == ["metadata.name"]


@pytest.mark.law("A-V06")
def test_a_leading_zero_is_no_error_that_widens() -> None:
    state = cluster(block("cidr: 010.0.0.0/8"))
    if not state.policies:
        assert [problem.path for problem in problems(state)] == [f"{BLOCK}.cidr"]
    else:
        assert not allowed(state, "8.8.8.8", "x/a")


ACCEPTED = [
    "{policyTypes: [Egress], ingress: [{from: [{podSelector: {}}]}]}",
    "ingress: [{from: [{podSelector: {}}, {podSelector: {}}], ports: [{port: 80}, {port: 80}]}]",
    "ingress: [{ports: [{port: 80}]}, {ports: [{port: 80}]}]",
    selector("{key: pod, operator: In, values: [a]}, {key: pod, operator: In, values: [b]}"),
    "podSelector: {matchLabels: {nobody: has-this}}",
    "policyTypes: [Ingress, Ingress]",
    ports("port: http"),
    ports("port: 65535"),
    ports("port: 1, endPort: 65535"),
    block("cidr: 10.0.0.0/8, except: [10.0.0.0/9, 10.0.0.0/10]"),
]


@pytest.mark.law("A-V11")
@pytest.mark.parametrize("spec", ACCEPTED)
def test_what_only_looks_wrong_is_accepted(spec: str) -> None:
    state = cluster(spec)
    assert len(state.policies) == 1
    assert not problems(state)


@pytest.mark.law("A-V12")
def test_an_unknown_field_is_warned_of_by_name() -> None:
    state = cluster("ingress: [{source: [{podSelector: {}}]}]")
    found = [problem for problem in state.problems if "spec.ingress[0].source" in problem.path]
    assert [problem.severity for problem in found] == ["warning"]


@pytest.mark.law("N-06")
def test_an_invalid_policy_neither_widens_nor_narrows() -> None:
    broken = policy("ingress: [{from: [{}]}]", "broken")
    sound = policy("ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]", "sound")
    both, alone = cluster(broken, sound), cluster(sound)
    assert both.policies == alone.policies
    assert allowed(cluster(broken), "y/a", "x/a")
    assert allowed(both, "x/b", "x/a")
    assert not allowed(both, "x/c", "x/a")
    assert problems(both)[0].object


TRAPS: list[tuple[str, str]] = [
    ("spec: {podSelector: {}, ingress: [{ports: [80]}]}", "spec.ingress[0].ports[0]"),
    ('spec: {podSelector: {}, ingress: [{ports: [{port: "80"}]}]}', PORT + ".port"),
    ("spec: {podSelector: {}, ingress: [{from: [{podSelector: }]}]}", "spec.ingress[0].from[0]"),
    ("spec: {podSelector: {matchLabels: {on: true}}}", "spec.podSelector.matchLabels"),
    ("spec: {podSelector: {matchLabels: {version: 1}}}", "spec.podSelector.matchLabels"),
]


@pytest.mark.law("N-07")
@pytest.mark.parametrize(("spec", "path"), TRAPS)
def test_yaml_traps_are_caught(spec: str, path: str) -> None:
    text = f"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p}}\n{spec}\n"
    state = read_state([SourceText("trap.yaml", text.encode())])
    assert state.policies == ()
    found = problems(state)
    assert found
    assert all(problem.path.startswith(path) and problem.line for problem in found), found


@pytest.mark.law("N-06")
def test_every_fault_of_every_object_is_reported_at_once() -> None:
    objects: list[Manifest] = [
        policy("policyTypes: [Both]", "one"),
        policy("ingress: [{ports: [{port: 0, protocol: tcp}]}]", "two"),
    ]
    found = {(problem.object, problem.path) for problem in problems(read(objects))}
    assert found == {
        ("NetworkPolicy/x/one", "spec.policyTypes[0]"),
        ("NetworkPolicy/x/two", f"{PORT}.port"),
        ("NetworkPolicy/x/two", f"{PORT}.protocol"),
    }
