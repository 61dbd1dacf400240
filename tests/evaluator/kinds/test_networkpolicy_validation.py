"""What is wrong with a NetworkPolicy, where, and what was expected (semantics A.9)."""

from __future__ import annotations

import pytest

from policies.evaluator.documents import SourceText
from policies.evaluator.read import read_state
from tests.support.policy_text import HEAD, PEER, accepted, only_problem, peer, state_of


def check(spec: str, path: str, line: int, message: str, severity: str = "error") -> None:
    problem = only_problem(spec)
    assert (problem.path, problem.line, problem.severity) == (path, line, severity)
    assert problem.message == message
    assert problem.object == "NetworkPolicy/x/p"


def port(text: str) -> str:
    return f"podSelector: {{}}\ningress:\n- ports:\n  - {text}"


PORT = "spec.ingress[0].ports[0]"


@pytest.mark.law("A-V01")
@pytest.mark.parametrize("name", ["Upper", "a_b", "-a", "a.", "a/b", "a" * 254])
def test_a_name_must_be_a_dns_subdomain(name: str) -> None:
    problem = only_problem("podSelector: {}", HEAD.replace("name: p\n", f"name: {name}\n"))
    assert (problem.path, problem.line) == ("metadata.name", 4)
    assert problem.message.startswith("must ")


@pytest.mark.law("A-V01")
def test_a_name_is_needed() -> None:
    problem = only_problem("podSelector: {}", HEAD.replace("  name: p\n", ""))
    assert problem.message == "is missing: every object needs a name"
    assert (problem.path, problem.line) == ("metadata.name", 3)


@pytest.mark.law("A-V01")
def test_a_namespace_must_be_a_dns_label() -> None:
    problem = only_problem("podSelector: {}", HEAD.replace("namespace: x", "namespace: x.y"))
    assert (problem.path, problem.line) == ("metadata.namespace", 5)


@pytest.mark.law("A-V03", "A-15")
@pytest.mark.parametrize(
    ("types", "path", "message"),
    [
        ("[Ingress, Egress, Egress]", "spec.policyTypes", "must have at most 2 entries; found 3"),
        (
            "[ingress]",
            "spec.policyTypes[0]",
            'must be Ingress or Egress; found "ingress" (did you mean Ingress?)',
        ),
        ("[Ingress, null]", "spec.policyTypes[1]", "is missing: must be Ingress or Egress"),
        ("Ingress", "spec.policyTypes", 'must be a list; found "Ingress"'),
        ("[{}]", "spec.policyTypes[0]", "must be Ingress or Egress; found a mapping"),
    ],
)
def test_policy_types_are_ingress_and_egress(types: str, path: str, message: str) -> None:
    check(f"podSelector: {{}}\npolicyTypes: {types}", path, 8, message)


@pytest.mark.law("A-V04", "A-24", "A-32")
@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ("{}", "none of them"),
        ("null", "nothing (null)"),
        (
            "podSelector:",
            "podSelector without a value (null) (write `podSelector: {}` to select all)",
        ),
        ("{ipBlock: null}", "ipBlock without a value (null)"),
    ],
)
def test_a_peer_must_set_a_field(entry: str, found: str) -> None:
    message = f"must set one of podSelector, namespaceSelector, ipBlock; found {found}"
    check(peer(entry), PEER, 10, message)


@pytest.mark.law("A-V05", "A-64")
def test_an_ip_block_stands_alone() -> None:
    check(
        peer("ipBlock: {cidr: 10.0.0.0/8}\n    podSelector: {}"),
        f"{PEER}.ipBlock",
        10,
        "must stand alone; found podSelector in the same entry",
    )


@pytest.mark.law("A-V06")
@pytest.mark.parametrize(
    ("cidr", "found"),
    [
        ("10.0.0.1", '"10.0.0.1" (one address is /32)'),
        ("'::1'", '"::1" (one address is /128)'),
        ("10.0.0.0/33", '"10.0.0.0/33" (the number after the slash goes from 0 to 32)'),
        ("'2001:db8::/129'", '"2001:db8::/129" (the number after the slash goes from 0 to 128)'),
        ("10.0.0.0/255.0.0.0", '"10.0.0.0/255.0.0.0"'),
        ("10.0.00.0/8", '"10.0.00.0/8" (numbers must not begin with 0)'),
        ("somewhere", '"somewhere"'),
        ("''", '""'),
        ("fe80::1%eth0/64", '"fe80::1%eth0/64"'),
    ],
)
def test_a_cidr_must_be_one(cidr: str, found: str) -> None:
    message = f"must be a CIDR such as 10.0.0.0/24; found {found}"
    check(peer(f"ipBlock: {{cidr: {cidr}}}"), f"{PEER}.ipBlock.cidr", 10, message)


@pytest.mark.law("A-V06")
def test_a_cidr_is_needed() -> None:
    problem = only_problem(peer("ipBlock: {}"))
    assert problem.message == "is missing: must be a CIDR such as 10.0.0.0/24"


@pytest.mark.law("A-65")
@pytest.mark.parametrize(
    "cidr", ["10.0.2.7/24", "8.8.8.8/32", "0.0.0.0/0", "'::/0'", "'fd00::1/128'"]
)
def test_host_bits_and_single_addresses_are_right(cidr: str) -> None:
    accepted(peer(f"ipBlock: {{cidr: {cidr}}}"))


@pytest.mark.law("A-V07", "A-66")
@pytest.mark.parametrize("inner", ["10.0.0.0/16", "10.1.0.0/24", "10.0.0.0/8", "'fd00::/64'"])
def test_an_except_must_lie_strictly_inside(inner: str) -> None:
    problem = only_problem(peer(f"ipBlock: {{cidr: 10.0.0.0/16, except: [{inner}]}}"))
    assert problem.path == f"{PEER}.ipBlock.except[0]"
    quoted = inner.strip("'")
    assert problem.message == (
        f'must lie inside 10.0.0.0/16 with a longer prefix; found "{quoted}"'
    )


@pytest.mark.law("A-V07")
def test_an_except_that_is_no_cidr_is_refused() -> None:
    problem = only_problem(peer("ipBlock: {cidr: 10.0.0.0/16, except: [x]}"))
    assert problem.message == 'must be a CIDR such as 10.0.0.0/24; found "x"'


@pytest.mark.law("A-V08")
@pytest.mark.parametrize(
    ("protocol", "found"),
    [
        ("tcp", '"tcp" (protocol names are upper case)'),
        ("ICMP", '"ICMP"'),
        ("ANY", '"ANY"'),
        ("6", "6"),
        ("{}", "a mapping"),
    ],
)
def test_a_protocol_is_tcp_udp_or_sctp(protocol: str, found: str) -> None:
    message = f"must be TCP, UDP or SCTP; found {found}"
    check(port(f"protocol: {protocol}"), f"{PORT}.protocol", 10, message)


@pytest.mark.law("A-V09")
@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("0", "0"),
        ("65536", "65536"),
        ("-1", "-1"),
        ("1.5", "1.5"),
        ("true", "true"),
        ("[1]", "a list"),
    ],
)
def test_a_port_number_is_in_range(value: str, found: str) -> None:
    message = f"must be a port number or a port name from 1 to 65535; found {found}"
    check(port(f"port: {value}"), f"{PORT}.port", 10, message)


@pytest.mark.law("A-V09")
@pytest.mark.parametrize("name", ["my_port", "Http", "a--b", "-a", "a-", "a" * 16, ""])
def test_a_port_name_is_an_iana_name(name: str) -> None:
    problem = only_problem(port(f"port: '{name}'"))
    assert problem.message == (
        "must be a port name: at most 15 lower-case letters, digits and single '-', with at least"
        f' one letter; found "{name}"'
    )


@pytest.mark.law("A-V09")
def test_a_number_in_quotes_is_no_port_number() -> None:
    assert only_problem(port("port: '80'")).message.endswith(
        'found "80" (write the number without quotes)'
    )


@pytest.mark.law("A-V10")
@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{port: 80, endPort: 79}", "must not be less than port 80; found 79"),
        ("{endPort: 81}", "needs a numeric port; port is missing"),
        ("{port: web, endPort: 81}", 'needs a numeric port; port is the name "web"'),
        ("{port: 80, endPort: 65536}", "must be a port number from 1 to 65535; found 65536"),
        ("{port: 80, endPort: web}", 'must be a port number from 1 to 65535; found "web"'),
    ],
)
def test_an_end_port_closes_a_range(entry: str, message: str) -> None:
    check(port(entry), f"{PORT}.endPort", 10, message)


@pytest.mark.law("A-V11", "A-13", "A-15", "A-18", "A-56")
@pytest.mark.parametrize(
    "spec",
    [
        "podSelector: {}\npolicyTypes: [Egress]\ningress: [{}]",
        "podSelector: {}\npolicyTypes: [Ingress, Ingress]",
        "podSelector: {}\npolicyTypes: null\ningress: null",
        "podSelector: {matchExpressions: [{key: a, operator: In, values: [b]},"
        " {key: a, operator: In, values: [c]}]}",
        "podSelector: {}\ningress: [{from: [{podSelector: {}}, {podSelector: {}}]}, {}, {}]",
        "podSelector: {}\ningress: [{ports: [{}, {port: 80}, {port: 80}, {port: http}]}]",
        "podSelector: {}\ningress: [{from: [], ports: null}]",
    ],
)
def test_what_is_odd_but_valid_is_accepted(spec: str) -> None:
    accepted(spec)


@pytest.mark.law("A-20")
def test_a_policy_without_a_spec_selects_all_and_is_warned_about() -> None:
    state = read_state([SourceText("p.yaml", HEAD.replace("spec:\n", "").encode())])
    assert [(each.path, each.severity) for each in state.problems] == [("spec", "warning")]
    assert len(state.policies) == 1


@pytest.mark.law("A-V12")
@pytest.mark.parametrize(
    ("spec", "path", "message"),
    [
        (
            "podselector: {}",
            "spec.podselector",
            'unknown field "podselector" (did you mean podSelector?); expected one of: podSelector,'
            " policyTypes, ingress, egress. The API server would drop it.",
        ),
        (
            "podSelector: {}\ningress:\n- source: []",
            "spec.ingress[0].source",
            'unknown field "source"; expected one of: from, ports. The API server would drop it;'
            " without from and ports the rule then allows every peer on every port.",
        ),
        (
            "podSelector: {matchLabel: {a: b}}",
            "spec.podSelector.matchLabel",
            'unknown field "matchLabel" (did you mean matchLabels?); expected one of: matchLabels,'
            " matchExpressions. The API server would drop it, and the selector would match more.",
        ),
        (
            port("{port: 80, targetPort: 81}"),
            f"{PORT}.targetPort",
            'unknown field "targetPort"; expected one of: protocol, port, endPort. The API server'
            " would drop it.",
        ),
    ],
)
def test_an_unknown_field_is_a_warning_with_its_consequence(
    spec: str, path: str, message: str
) -> None:
    problem = only_problem(spec)
    assert (problem.path, problem.severity) == (path, "warning")
    assert problem.message == message


@pytest.mark.law("A-V12", "A-V04")
def test_a_peer_with_a_misspelt_field_alone_is_invalid() -> None:
    state = state_of(peer("namespaceSelectors: {}"))
    assert [each.severity for each in state.problems] == ["error", "warning"]
    assert not state.policies


@pytest.mark.law("A-33")
def test_a_rule_written_as_null_allows_everything_and_is_warned_about() -> None:
    check(
        "podSelector: {}\ningress:\n-",
        "spec.ingress[0]",
        9,
        "this rule is empty (null) and so allows every peer on every port (L-09); write {} if that"
        " is meant",
        "warning",
    )


@pytest.mark.law("A-119")
def test_the_old_version_is_read_with_a_warning() -> None:
    problem = only_problem(
        "podSelector: {}", HEAD.replace("networking.k8s.io/v1", "extensions/v1beta1")
    )
    assert problem.message == (
        "extensions/v1beta1 is no longer served (L-64): use networking.k8s.io/v1. The policy is"
        " evaluated all the same"
    )
    assert (problem.path, problem.line, problem.severity) == ("apiVersion", 1, "warning")


@pytest.mark.law("N-07")
@pytest.mark.parametrize(
    ("spec", "path", "message"),
    [
        (port("80"), PORT, "must be a mapping; found 80"),
        (port("null"), PORT, "must be a mapping such as {port: 80}; found nothing (null)"),
        (peer("web"), PEER, 'must be a mapping; found "web"'),
        ("podSelector: {}\ningress: {from: []}", "spec.ingress", "must be a list; found a mapping"),
        ("podSelector: {}\negress: [80]", "spec.egress[0]", "must be a mapping; found 80"),
        (peer("ipBlock: 10.0.0.0/8"), f"{PEER}.ipBlock", 'must be a mapping; found "10.0.0.0/8"'),
        (
            peer("ipBlock: {cidr: 10}"),
            f"{PEER}.ipBlock.cidr",
            "must be a string; found 10 (put it in quotes)",
        ),
    ],
)
def test_wrong_types_are_named(spec: str, path: str, message: str) -> None:
    problem = only_problem(spec)
    assert (problem.path, problem.message) == (path, message)


@pytest.mark.law("N-06")
def test_all_problems_come_at_once_and_other_objects_stay() -> None:
    bad = HEAD + (
        "  policyTypes: [Out]\n  ingress:\n  - from: [{}]\n    ports: [{port: 0, protocol: tcp}]\n"
    )
    good = HEAD.replace("name: p", "name: q") + "  podSelector: {}\n"
    state = read_state([SourceText("p.yaml", f"{bad}---\n{good}".encode())])
    assert [(each.path, each.line) for each in state.problems] == [
        ("spec.policyTypes[0]", 7),
        ("spec.ingress[0].from[0]", 9),
        ("spec.ingress[0].ports[0].port", 10),
        ("spec.ingress[0].ports[0].protocol", 10),
    ]
    assert [policy.name for policy in state.policies] == ["q"]


def test_a_problem_reads_as_one_line_of_text() -> None:
    assert str(only_problem(port("protocol: tcp"))) == (
        "p.yaml:10: spec.ingress[0].ports[0].protocol: must be TCP, UDP or SCTP; found"
        ' "tcp" (protocol names are upper case)'
    )


def test_messages_hold_nothing_that_could_harm_a_terminal() -> None:
    problem = only_problem(port(r'protocol: "a\e[31m\n\u202e"'))
    assert problem.message == r'must be TCP, UDP or SCTP; found "a\x1b[31m\n\u202e"'
