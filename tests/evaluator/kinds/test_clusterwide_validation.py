"""What is wrong with a cluster-wide policy, where, and what was expected (semantics B.7)."""

from __future__ import annotations

import pytest

from policies.evaluator.documents import SourceText
from policies.evaluator.engine import evaluate
from policies.evaluator.errors import Problem
from policies.evaluator.explain import explain
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState

ANP = """apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata:
  name: p
spec:
  priority: 10
"""
BANP = """apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata:
  name: default
spec:
"""
CNP = """apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata:
  name: p
spec:
  tier: Admin
  priority: 10
"""
HEADS = {"anp": ANP, "banp": BANP, "cnp": CNP}
SUBJECT = "subject: {namespaces: {}}\n"
PEER = "spec.ingress[0].from[0]"
TO = "spec.egress[0].to[0]"


def state_of(spec: str, head: str = CNP) -> ClusterState:
    indented = "".join(f"  {line}\n" for line in spec.strip("\n").split("\n"))
    return read_state([SourceText("p.yaml", (head + indented).encode())])


def only_problem(spec: str, head: str = CNP) -> Problem:
    state = state_of(spec, head)
    [problem] = state.problems
    assert (not state.policies) == (problem.severity == "error")
    return problem


def accepted(spec: str, head: str = CNP) -> None:
    state = state_of(spec, head)
    assert not state.problems, [str(each) for each in state.problems]
    assert len(state.policies) == 1


def check(spec: str, path: str, message: str, head: str = CNP, severity: str = "error") -> None:
    problem = only_problem(spec, head)
    assert (problem.path, problem.message, problem.severity) == (path, message, severity)


def rule(peer: str, action: str = "Deny", more: str = "") -> str:
    tail = f", {more}" if more else ""
    return f"{SUBJECT}ingress: [{{action: {action}, from: [{peer}]{tail}}}]"


def out(peer: str, action: str = "Deny", more: str = "") -> str:
    tail = f", {more}" if more else ""
    return f"{SUBJECT}egress: [{{action: {action}, to: [{peer}]{tail}}}]"


GOOD = (
    ("anp", rule("{namespaces: {}}", "Allow")),
    ("anp", out("{domainNames: [example.com, '*.example.org']}", "Allow")),
    ("anp", out("{networks: [10.0.0.1/8, '::/0']}", "Pass")),
    ("anp", SUBJECT),
    ("banp", rule("{pods: {namespaceSelector: {}, podSelector: {}}}")),
    ("banp", out("{nodes: {}}", "Allow")),
    ("cnp", rule("{pods: {podSelector: {}}}", "Accept")),
    ("cnp", out("{nodes: {matchLabels: {a: b}}}", "Pass")),
    ("cnp", f"{SUBJECT}ingress: []\negress: null"),
)


@pytest.mark.law("B-V01", "B-V02", "B-32", "B-50")
@pytest.mark.parametrize(("kind", "spec"), GOOD)
def test_what_the_api_server_takes_is_taken(kind: str, spec: str) -> None:
    accepted(spec, HEADS[kind])


TOP = (
    ("cnp", SUBJECT, "tier: Admin", "tier: admin", "spec.tier",
     'must be Admin or Baseline; found "admin" (did you mean Admin?)'),
    ("cnp", SUBJECT, "  tier: Admin\n", "", "spec.tier", "is missing: must be Admin or Baseline"),
    ("cnp", SUBJECT, "priority: 10", "priority: 1001", "spec.priority",
     "must be a number from 0 to 1000; found 1001"),
    ("anp", SUBJECT, "priority: 10", "priority: -1", "spec.priority",
     "must be a number from 0 to 1000; found -1"),
    ("anp", SUBJECT, "priority: 10", "priority: '10'", "spec.priority",
     'must be a number from 0 to 1000; found "10"'),
    ("anp", SUBJECT, "  priority: 10\n", "", "spec.priority",
     "is missing: must be a number from 0 to 1000, 0 is strongest"),
    ("banp", SUBJECT, "name: default", "name: other", "metadata.name",
     'must be default, the only one of its kind; found "other"'),
    ("cnp", SUBJECT, "name: p", "name: P", "metadata.name",
     "must be a name of lower-case letters, digits, '-' and '.', beginning and ending with a letter"
     ' or digit; found "P"'),
)  # fmt: skip


@pytest.mark.law("B-V01", "B-V04")
@pytest.mark.parametrize(("kind", "spec", "old", "new", "path", "message"), TOP)
def test_tier_priority_and_name(
    kind: str, spec: str, old: str, new: str, path: str, message: str
) -> None:
    head = HEADS[kind]
    assert old in head
    check(spec, path, message, head.replace(old, new))


SUBJECTS = (
    ("ingress: []", "spec.subject", "is missing: must set namespaces or pods"),
    ("subject: {}", "spec.subject", "must set one of namespaces, pods; found none of them"),
    ("subject: {namespaces: null}", "spec.subject",
     "must set one of namespaces, pods; found namespaces without a value (null) (write `namespaces:"
     " {}` to select all)"),
    ("subject: {namespaces: {}, pods: {podSelector: {}}}", "spec.subject",
     "must set exactly one field; found namespaces and pods"),
    ("subject: {namespace: {}}", "spec.subject",
     'must set one of namespaces, pods; found "namespace" (did you mean namespaces?)'),
    ("subject: {namespaces: {matchLabels: {a: 1}}}", "spec.subject.namespaces.matchLabels.a",
     "a label value must be a string; found 1 (put it in quotes)"),
)  # fmt: skip


@pytest.mark.law("B-30", "B-V01")
@pytest.mark.parametrize(("spec", "path", "message"), SUBJECTS)
@pytest.mark.parametrize("kind", ["anp", "cnp"])
def test_a_subject_sets_exactly_one_field(kind: str, spec: str, path: str, message: str) -> None:
    check(spec, path, message, HEADS[kind])


@pytest.mark.law("B-32")
def test_only_the_newer_version_needs_a_podselector() -> None:
    spec = "subject: {pods: {namespaceSelector: {}}}"
    accepted(spec, ANP)
    check(spec, "spec.subject.pods.podSelector", "is missing: write {} to select every pod")


RULES = (
    ("anp", rule("{namespaces: {}}", "Accept"), "spec.ingress[0].action",
     'must be Allow, Deny or Pass; found "Accept"'),
    ("cnp", rule("{namespaces: {}}", "Allow"), "spec.ingress[0].action",
     'must be Accept, Deny or Pass; found "Allow"'),
    ("banp", rule("{namespaces: {}}", "Pass"), "spec.ingress[0].action",
     'must be Allow or Deny; found "Pass"'),
    ("cnp", f"{SUBJECT}ingress: [{{from: [{{namespaces: {{}}}}]}}]", "spec.ingress[0].action",
     "is missing: must be Accept, Deny or Pass"),
    ("cnp", f"{SUBJECT}ingress: [{{action: Deny}}]", "spec.ingress[0].from",
     "is missing: a rule must name at least one peer ({namespaces: {}} is all)"),
    ("cnp", f"{SUBJECT}ingress: [{{action: Deny, from: []}}]", "spec.ingress[0].from",
     "must hold at least one entry; found none"),
    ("cnp", f"{SUBJECT}egress: [{{action: Deny, to: []}}]", "spec.egress[0].to",
     "must hold at least one entry; found none"),
    ("cnp", f"{SUBJECT}ingress: [null]", "spec.ingress[0]",
     "must be a mapping with action and from; found nothing (null)"),
    ("cnp", rule("{namespaces: {}}", more=f"name: {'a' * 101}"), "spec.ingress[0].name",
     "must have at most 100 characters; found 101"),
)  # fmt: skip


@pytest.mark.law("B-40", "B-V01", "B-V04")
@pytest.mark.parametrize(("kind", "spec", "path", "message"), RULES)
def test_a_rule_has_an_action_and_peers(kind: str, spec: str, path: str, message: str) -> None:
    check(spec, path, message, HEADS[kind])


def many(count: int, each: str) -> str:
    return ", ".join([each] * count)


ANY = "{action: Deny, from: [{namespaces: {}}]}"
COUNTS = (
    ("cnp", f"{SUBJECT}ingress: [{many(26, ANY)}]", "spec.ingress", 25, 26),
    ("anp", f"{SUBJECT}ingress: [{many(101, ANY)}]", "spec.ingress", 100, 101),
    ("cnp", rule(many(26, "{namespaces: {}}")), "spec.ingress[0].from", 25, 26),
    ("anp", rule(many(101, "{namespaces: {}}")), "spec.ingress[0].from", 100, 101),
    ("cnp", rule("{namespaces: {}}", more=f"protocols: [{many(26, '{destinationNamedPort: a}')}]"),
     "spec.ingress[0].protocols", 25, 26),
    ("anp", rule("{namespaces: {}}", more=f"ports: [{many(101, '{namedPort: a}')}]"),
     "spec.ingress[0].ports", 100, 101),
    ("cnp", out(f"{{networks: [{', '.join(f'10.{n}.0.0/16' for n in range(26))}]}}"),
     f"{TO}.networks", 25, 26),
)  # fmt: skip


@pytest.mark.law("B-V01", "B-V02")
@pytest.mark.parametrize(("kind", "spec", "path", "most", "found"), COUNTS)
def test_no_list_is_longer_than_its_version_allows(
    kind: str, spec: str, path: str, most: int, found: int
) -> None:
    check(spec, path, f"must have at most {most} entries; found {found}", HEADS[kind])


PEERS = (
    (rule("{}"), PEER, "must set one of namespaces, pods; found none of them"),
    (rule("null"), PEER, "must set one of namespaces, pods; found nothing (null)"),
    (rule("{namespaces: null}"), PEER,
     "must set one of namespaces, pods; found namespaces without a value (null) (write `namespaces:"
     " {}` to select all)"),
    (rule("{namespaces: {}, pods: {podSelector: {}}}"), PEER,
     "must set exactly one field; found namespaces and pods"),
    (rule("{podSelector: {}}"), PEER, 'must set one of namespaces, pods; found "podSelector"'),
    (rule("{namespacess: {}}"), PEER,
     'must set one of namespaces, pods; found "namespacess" (did you mean namespaces?)'),
    (rule("{networks: [10.0.0.0/8]}"), f"{PEER}.networks",
     "is no peer of ingress rules here: use namespaces or pods"),
    (rule("{nodes: {}}"), f"{PEER}.nodes",
     "is no peer of ingress rules here: use namespaces or pods"),
    (out("{networks: []}"), f"{TO}.networks", "must hold at least one entry; found none"),
    (out("{networks: [10.0.0.1]}"), f"{TO}.networks[0]",
     'must be a CIDR such as 10.0.0.0/24; found "10.0.0.1" (one address is /32)'),
    (out("{networks: [10.0.0.0/8, 10.0.0.0/8]}"), f"{TO}.networks[1]",
     'is there twice: "10.0.0.0/8"'),
    (out("{domainNames: [example.com]}"), f"{TO}.domainNames",
     "must not be in a rule with the action Deny: names only accept (B-50)"),
    (out("{domainNames: [example.com]}", "Pass"), f"{TO}.domainNames",
     "must not be in a rule with the action Pass: names only accept (B-50)"),
    (out("{domainNames: ['a.*.com']}", "Accept"), f"{TO}.domainNames[0]",
     'must be a domain name such as example.com or *.example.com; found "a.*.com"'),
    (out("{domainNames: [a.com, a.com]}", "Accept"), f"{TO}.domainNames[1]",
     'is there twice: "a.com"'),
    (out("{domainNames: []}", "Accept"), f"{TO}.domainNames",
     "must hold at least one entry; found none"),
)  # fmt: skip


@pytest.mark.law("B-40", "B-42", "B-50", "B-V02")
@pytest.mark.parametrize(("spec", "path", "message"), PEERS)
def test_a_peer_sets_exactly_one_field_of_its_direction(spec: str, path: str, message: str) -> None:
    check(spec, path, message)


@pytest.mark.law("B-50")
def test_a_baseline_of_v1alpha1_has_no_domain_names() -> None:
    check(out("{domainNames: [example.com]}", "Allow"), f"{TO}.domainNames",
          "is no peer of egress rules here: use namespaces or pods or networks or nodes",
          BANP)  # fmt: skip


OLD = (
    ("{namespaces: {namespaceSelector: {matchLabels: {a: b}}}}",
     "namespaces.namespaceSelector"),
    ("{namespaces: {sameLabels: [a]}}", "namespaces.sameLabels"),
    ("{namespaces: {notSameLabels: [a]}}", "namespaces.notSameLabels"),
    ("{pods: {namespaces: {namespaceSelector: {}}, podSelector: {}}}", "pods.namespaces"),
)  # fmt: skip


@pytest.mark.law("B-52")
@pytest.mark.parametrize(("peer", "field"), OLD)
def test_the_old_shape_is_refused_as_it_would_mean_every_namespace(peer: str, field: str) -> None:
    for spec, place in ((rule(peer), PEER), (out(peer), TO)):
        problem = only_problem(spec, ANP)
        assert (problem.path, problem.severity) == (f"{place}.{field}", "error")
        assert problem.message.startswith("is the shape of v0.1.0 (L-65)")


@pytest.mark.law("B-51")
@pytest.mark.parametrize(
    ("action", "effect"),
    [("Accept", "matches nothing"), ("Deny", "denies everything"), ("Pass", "denies everything")],
)
def test_a_peer_of_a_newer_version_fails_closed_and_says_so(action: str, effect: str) -> None:
    check(
        rule("{services: {}}", action),
        PEER,
        'sets nothing that netviz knows, only "services" (L-65). A plugin that does not know it'
        f" either must fail closed: the rule {effect}",
        severity="warning",
    )


PORTS = (
    ("cnp", "protocols: []", "",
     "must hold at least one entry; found none (leave it out for every port)"),
    ("cnp", "protocols: [{}]", "[0]",
     "must set exactly one of tcp, udp, sctp, destinationNamedPort; found none of them"),
    ("cnp", "protocols: [{tcp: {}, udp: {}}]", "[0]",
     "must set exactly one of tcp, udp, sctp, destinationNamedPort; found tcp and udp"),
    ("cnp", "protocols: [{tcp: {destinationPort: {number: 0}}}]", "[0].tcp.destinationPort.number",
     "must be a port number from 1 to 65535; found 0"),
    ("cnp", "protocols: [{tcp: {destinationPort: {}}}]", "[0].tcp.destinationPort",
     "must set exactly one of number, range; found none of them"),
    ("cnp", "protocols: [{tcp: {destinationPort: {range: {start: 80, end: 80}}}}]",
     "[0].tcp.destinationPort.range.end", "must be greater than start 80; found 80"),
    ("cnp", "protocols: [{destinationNamedPort: Web}]", "[0].destinationNamedPort",
     "must be a port name: at most 15 lower-case letters, digits and single '-', with at least one"
     ' letter; found "Web"'),
    ("anp", "ports: [{}]", "[0]",
     "must set exactly one of portNumber, portRange, namedPort; found none of them"),
    ("anp", "ports: [{portNumber: {port: 80}, namedPort: web}]", "[0]",
     "must set exactly one of portNumber, portRange, namedPort; found portNumber and namedPort"),
    ("anp", "ports: [{portNumber: {protocol: tcp, port: 80}}]", "[0].portNumber.protocol",
     'must be TCP, UDP or SCTP; found "tcp" (protocol names are upper case)'),
    ("anp", "ports: [{portNumber: {protocol: TCP}}]", "[0].portNumber.port",
     "must be a port number from 1 to 65535; found nothing (null)"),
    ("anp", "ports: [{portRange: {start: 10, end: 1}}]", "[0].portRange.end",
     "must be greater than start 10; found 1"),
    ("anp", "ports: [{portRange: {start: 10, end: 65536}}]", "[0].portRange.end",
     "must be a port number from 1 to 65535; found 65536"),
)  # fmt: skip


@pytest.mark.law("B-V03", "B-61", "B-63", "B-67")
@pytest.mark.parametrize(("kind", "ports", "path", "message"), PORTS)
def test_a_port_is_one_of_its_versions(kind: str, ports: str, path: str, message: str) -> None:
    field = ports.partition(":")[0]
    spec = rule("{namespaces: {}}", more=ports)
    check(spec, f"spec.ingress[0].{field}{path}", message, HEADS[kind])


@pytest.mark.law("B-V01")
@pytest.mark.parametrize("kind", ["anp", "banp", "cnp"])
def test_a_namespace_is_dropped_with_a_warning(kind: str) -> None:
    head = HEADS[kind].replace("metadata:\n", "metadata:\n  namespace: shop\n")
    problem = only_problem(SUBJECT, head)
    assert problem.path == "metadata.namespace"
    assert problem.message.endswith("is cluster-wide: the API server drops the namespace")
    [policy] = state_of(SUBJECT, head).policies
    assert policy.namespace == ""


@pytest.mark.law("B-V01")
def test_a_problem_names_the_object_as_the_policy_is_named() -> None:
    problem = only_problem(SUBJECT, CNP.replace("priority: 10", "priority: x"))
    assert (problem.object, problem.line) == ("ClusterNetworkPolicy/p", 7)


@pytest.mark.law("B-V01")
def test_an_unknown_field_of_a_rule_says_what_is_lost() -> None:
    problem = only_problem(rule("{namespaces: {}}", more="ports: [{portNumber: {port: 80}}]"))
    assert (problem.path, problem.severity) == ("spec.ingress[0].ports", "warning")
    assert problem.message.endswith(
        "The API server would drop it, and without protocols a rule means every port."
    )


@pytest.mark.law("B-V01")
def test_an_invalid_policy_decides_nothing() -> None:
    bad = ANP.replace("priority: 10", "priority: 5000") + "  subject: {namespaces: {}}\n"
    pods = "".join(
        f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec: {{containers: []}}\n"
        for name in "ab"
    )
    rules = "  ingress: [{action: Deny, from: [{namespaces: {}}]}]\n"
    state = read_state([SourceText("p.yaml", (bad + rules + pods).encode())])
    found = explain(evaluate(state), "default/a", "default/b", "80")
    assert found.verdict == "allow"
