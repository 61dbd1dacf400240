"""Explanations: the verdict, the sentence, and both sides down to the rule and its line."""

from __future__ import annotations

import pytest

from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.errors import BadQuestion
from policies.evaluator.explain import explain
from policies.evaluator.profile import Profile
from tests.support.states import daemonset, node, pod, policy, state
from tests.support.story import ALLOW, DENY_ALL, PODS, labelled, unlabelled

UNLABELLED, LABELLED = evaluate(unlabelled()), evaluate(labelled())
CURL, REDIS, WEB = "development/curl", "production/redis", "production/webserver"
CLOSED = policy("x/closed", "{podSelector: {}, policyTypes: [Ingress, Egress]}")
NODES = evaluate(
    state(
        node("n1", "192.168.0.1"),
        node("n2", "192.168.0.2"),
        pod("x/a", ips=["10.0.0.1"], on="n1"),
        pod("x/h", on="n1", host_network=True),
        *(pod(f"x/web-{on}", {}, of="Deployment/web", on=on) for on in ("n1", "n2")),
        *(
            pod(f"k/agent-{on}", of="DaemonSet/agent", on=on, host_network=True)
            for on in ("n1", "n2")
        ),
        CLOSED,
    )
)
# Who asks whom for which port, the verdict, and the sentence.
SENTENCES = (
    (UNLABELLED, CURL, WEB, "80/TCP", "deny",
     "production/webserver is closed to development/curl on TCP 80. The ingress of "
     "production/webserver is isolated by allow-devel-pod-to-http, whose only rule does not match: "
     "namespaceSelector env=development does not match any namespace: development has no label "
     "env."),
    (LABELLED, CURL, WEB, "80/TCP", "allow",
     "development/curl may open TCP 80 to production/webserver. The egress of development/curl is "
     "opened by allow-to-production egress[0]. The ingress of production/webserver is opened by "
     "allow-devel-pod-to-http ingress[0]."),
    (LABELLED, CURL, WEB, None, "allow",
     "development/curl may open TCP 80 to production/webserver. The egress of development/curl is "
     "opened by allow-to-production egress[0]. The ingress of production/webserver is opened by "
     "allow-devel-pod-to-http ingress[0]."),
    (LABELLED, CURL, REDIS, "6379/TCP", "deny",
     "production/redis is closed to development/curl on TCP 6379. The ingress of production/redis "
     "is isolated by allow-devel-pod-to-http, whose only rule opens TCP 80 from every pod in "
     "namespaces with env=development."),
    (LABELLED, REDIS, CURL, "80", "deny",
     "development/curl is closed to production/redis on TCP 80. The ingress of development/curl "
     "is isolated by deny-all, which has no rule for it."),
    (LABELLED, CURL, "8.8.8.8", "53/UDP", "deny",
     "8.8.8.8 is closed to development/curl on UDP 53. The egress of development/curl is isolated "
     "by allow-to-production and deny-all, whose only rule does not match: a selector names pods "
     "only, and 8.8.8.8 is not a pod."),
    (LABELLED, REDIS, "internet", "443", "allow",
     "production/redis may open TCP 443 to the Internet. No policy isolates either side."),
    (LABELLED, REDIS, "8.8.8.0/24", None, "allow",
     "production/redis may open every connection to 8.8.8.0/24. No policy isolates either side."),
    (LABELLED, CURL, CURL, "80", "allow",
     "development/curl may open TCP 80 to development/curl: a pod always reaches itself."),
    (NODES, "192.168.0.1", "x/a", "80", "allow",
     "node n1 may open TCP 80 to x/a: policies never stop traffic between a pod and the node it "
     "runs on."),
    (NODES, "{node n2}", "x/a", "80", "deny",
     "x/a is closed to node n2 on TCP 80. The ingress of x/a is isolated by closed, which has no "
     "rule for it."),
    (NODES, "k/agent", "x/web", None, "conditional",
     "Whether k/agent may open anything to x/web depends: only between pods on the same node: "
     "policies never stop that."),
    (NODES, "x/web-n1", "x/web-n2", "80", "deny",
     "x/web-n2 is closed to x/web-n1 on TCP 80. The egress of x/web-n1 is isolated by closed, "
     "which has no rule for it. The ingress of x/web-n2 is isolated by closed, which has no rule "
     "for it."),
)  # fmt: skip
VERDICTS = (
    ("x/h", "x/a", "allow"),
    ("x/a", "x/h", "allow"),
    ("x/h", "8.8.8.8", "allow"),
    ("8.8.8.8", "x/h", "allow"),
    ("k/agent-n1", "x/web-n1", "allow"),
    ("k/agent-n1", "x/web-n2", "deny"),
    ("x/web-n2", "k/agent-n2", "allow"),
    ("x/web", "x/web", "deny"),
    ("x/web-n1", "x/web-n1", "allow"),
    ("192.168.0.2", "x/web-n2", "allow"),
    ("192.168.0.2", "x/web", "conditional"),
)


@pytest.mark.parametrize(
    ("evaluation", "source", "target", "port", "verdict", "sentence"), SENTENCES
)
def test_one_sentence_says_what_happens_and_why(
    evaluation: Evaluation, source: str, target: str, port: str | None, verdict: str, sentence: str
) -> None:
    found = explain(evaluation, source, target, port)
    assert found.sentence == sentence
    assert found.verdict == verdict


@pytest.mark.law("A-90", "A-91", "A-100", "A-102", "A-104", "A-105")
@pytest.mark.parametrize(("source", "target", "verdict"), VERDICTS)
def test_nodes_host_networks_and_replicas(source: str, target: str, verdict: str) -> None:
    assert explain(NODES, source, target, "80/TCP").verdict == verdict


def test_both_sides_name_their_policies_rules_and_lines() -> None:
    found = explain(UNLABELLED, CURL, WEB, "80").to_json()
    assert (found["source"], found["destination"], found["port"]) == (
        "development/curl[Pod]",
        "production/webserver[Pod]",
        "80/TCP",
    )
    egress, ingress = found["egress"], found["ingress"]
    assert egress["chain"] == "NetworkPolicy Allow (development/allow-to-production, egress[0])"
    assert [step["effect"] for step in egress["steps"]] == ["isolates", "allows", "isolates"]
    assert ingress["chain"] == (
        "NetworkPolicy Deny (production/allow-devel-pod-to-http, no rule matches)"
    )
    assert ingress["isolated_by"] == [
        {"policy": "NetworkPolicy/production/allow-devel-pod-to-http", "source": "policies.yaml",
         "line": 1}
    ]  # fmt: skip
    rule = ingress["steps"][1]
    assert (rule["rule"], rule["effect"], rule["line"]) == ("ingress[0]", "does not match", 12)
    assert rule["text"].endswith("does not match any namespace: development has no label env.")


def test_an_open_cluster_has_nothing_to_explain() -> None:
    found = explain(evaluate(state(*PODS)), CURL, REDIS)
    assert found.sentence == (
        "development/curl may open every connection to production/redis. "
        "No policy isolates either side."
    )
    assert found.egress.chain == "Default Allow (no policy selects it)"
    assert found.egress.steps == ()


@pytest.mark.law("A-120")
def test_where_nothing_enforces_the_sentence_says_so_and_steps_are_inert() -> None:
    flannel = state(*PODS, DENY_ALL, ALLOW, daemonset("kube-flannel/kube-flannel-ds"))
    found = explain(evaluate(flannel), CURL, REDIS, "80")
    assert found.sentence == (
        "development/curl may open TCP 80 to production/redis: nothing enforces policies in this "
        "cluster (DaemonSet kube-flannel/kube-flannel-ds: Flannel routes traffic and enforces no "
        "policy)."
    )
    assert [step.effect for step in found.egress.steps] == ["not enforced"]
    assert explain(evaluate(flannel, intended=True), CURL, REDIS, "80").verdict == "deny"


ICMP_RULES = (
    ("[]", "unknown"),
    ("[{ports: [{port: 80}]}]", "unknown"),
    ("[{from: [{podSelector: {}}]}]", "allow"),
    ("[{}]", "allow"),
)


@pytest.mark.law("A-95")
@pytest.mark.parametrize(("ingress", "verdict"), ICMP_RULES)
def test_icmp_is_known_only_where_no_port_narrows_it(ingress: str, verdict: str) -> None:
    only = policy("x/p", f"podSelector: {{matchLabels: {{app: a}}}}\ningress: {ingress}")
    found = explain(evaluate(state(pod("x/a"), pod("x/b"), only)), "x/b", "x/a", "ICMP")
    assert found.verdict == verdict
    assert found.port == "ICMP"
    if verdict == "unknown":
        assert "network plugins differ" in found.reason


@pytest.mark.law("A-104")
def test_a_plugin_without_the_exemption_lets_policies_decide() -> None:
    strict = evaluate(NODES.state, Profile(own_node_ingress_exempt=False))
    assert explain(strict, "192.168.0.1", "x/a", "80").verdict == "deny"


@pytest.mark.law("F-06")
def test_an_unknown_label_makes_the_answer_unknown_and_says_which() -> None:
    cluster = state(
        pod("x/a"),
        pod("x/b", {}, unknown=["hash"]),
        policy("x/p", "podSelector: {matchLabels: {hash: h}}"),
    )
    found = explain(evaluate(cluster), "x/a", "x/b", "80")
    assert found.verdict == "unknown"
    assert found.sentence == (
        "Whether x/a may open TCP 80 to x/b is not known: whether NetworkPolicy/x/p selects these "
        "pods depends on a label that the cluster sets at run time."
    )


@pytest.mark.law("A-70")
def test_a_connection_over_one_family_only_depends_on_it() -> None:
    block = policy("x/p", "podSelector: {}\ningress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]")
    cluster = state(
        pod("x/a", ips=["10.0.0.1", "fd00::1"]), pod("y/b", ips=["10.0.0.2", "fd00::2"]), block
    )
    found = explain(evaluate(cluster), "y/b", "x/a", "80")
    assert (found.verdict, found.reason) == ("conditional", "only over IPv4")
    assert (found.egress.verdict, found.ingress.verdict) == ("allow", "conditional")
    assert found.ingress.chain.endswith(" -> Conditional (only over IPv4)")


@pytest.mark.law("A-70")
def test_a_block_of_a_family_that_the_two_do_not_share_opens_nothing() -> None:
    block = policy("x/p", "podSelector: {}\ningress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]")
    cluster = state(pod("x/a", ips=["fd00::1"]), pod("y/b", ips=["10.0.0.2", "fd00::2"]), block)
    found = explain(evaluate(cluster), "y/b", "x/a", "80")
    assert found.verdict == "deny"
    step = found.ingress.rules[0]
    assert (step.effect, step.text.partition("; ")[2]) == (
        "does not match",
        "it names no IPv6 address of y/b.",
    )


@pytest.mark.law("F-01")
def test_an_answer_that_differs_between_pods_or_addresses_depends() -> None:
    cluster = state(
        pod("x/db-1", {"role": "main"}, of="StatefulSet/db"),
        pod("x/db-2", {"role": "copy"}, of="StatefulSet/db"),
        pod("x/c"),
        policy("x/p", "podSelector: {matchLabels: {role: main}}"),
    )
    evaluation = evaluate(cluster)
    assert explain(evaluation, "x/c", "x/db", "80").verdict == "conditional"
    assert explain(evaluation, "x/c", "x/db-1", "80").verdict == "deny"
    assert explain(evaluation, "x/c", "x/db[StatefulSet]{role=copy}", "80").verdict == "allow"
    assert explain(evaluation, "8.8.8.8", "x/db", "80").reason == (
        "it is open for some of these pods or addresses and closed for others"
    )


DATABASE = evaluate(
    state(
        pod("x/db-1", {"role": "main"}, of="StatefulSet/db"),
        pod("x/db-2", {"role": "copy"}, of="StatefulSet/db"),
        pod("x/c", {"app": "c"}),
        policy("x/main", "podSelector: {matchLabels: {role: main}}"),
        policy("x/copy", "podSelector: {matchLabels: {role: copy}}\n"
               "ingress: [{from: [{podSelector: {matchLabels: {app: c}}}]}]"),
        policy("x/c", "podSelector: {matchLabels: {app: c}}\npolicyTypes: [Egress]\negress:\n"
               "- to: [{podSelector: {}}]\n"
               "- to: [{ipBlock: {cidr: 8.0.0.0/8}}]\n"
               "- to: [{ipBlock: {cidr: 9.0.0.0/8}}]"),
    )
)  # fmt: skip
PARTS = (
    ("x/c", "x/db", [
        ("x/db[StatefulSet]{role=main}", "deny",
         "x/db (role=main) is closed to x/c on TCP 80. The ingress of "
         "x/db (role=main) is isolated by main, which has no rule for it."),
        ("x/db[StatefulSet]{role=copy}", "allow",
         "x/c may open TCP 80 to x/db (role=copy). The egress of x/c is opened by c "
         "egress[0]. The ingress of x/db (role=copy) is opened by copy ingress[0]."),
    ]),
    ("x/c", "8.0.0.0/7", [
        ("8.0.0.0/8", "allow",
         "x/c may open TCP 80 to 8.0.0.0/8. The egress of x/c is opened by c egress[1]. The "
         "ingress of 8.0.0.0/8 is not isolated by any policy."),
        ("9.0.0.0/8", "allow",
         "x/c may open TCP 80 to 9.0.0.0/8. The egress of x/c is opened by c egress[2]. The "
         "ingress of 9.0.0.0/8 is not isolated by any policy."),
    ]),
)  # fmt: skip


@pytest.mark.parametrize(("source", "target", "parts"), PARTS)
def test_every_part_that_other_rules_decide_is_explained_by_itself(
    source: str, target: str, parts: list[tuple[str, str, str]]
) -> None:
    found = explain(DATABASE, source, target, "80")
    assert [(part.destination, part.verdict, part.sentence) for part in found.parts] == parts
    assert found.to_json()["parts"][0]["ingress"] == found.parts[0].ingress.to_json()


def test_what_is_closed_names_the_addresses_asked_for() -> None:
    found = explain(DATABASE, "x/c", "9.0.0.0-10.0.0.255", "80")
    closed = found.parts[0]
    assert (closed.destination, closed.verdict) == ("10.0.0.0/24", "deny")
    assert closed.egress.rules[0].text.endswith("and 10.0.0.0/24 is not a pod.")


def test_one_rule_for_all_needs_no_parts() -> None:
    assert explain(DATABASE, "x/db", "x/c", "80").parts == ()


def test_connections_of_an_explanation_are_all_that_is_open() -> None:
    assert str(explain(LABELLED, CURL, REDIS, "6379").connections) == "TCP 80"


@pytest.mark.parametrize(
    ("source", "target", "port", "field"),
    [
        ("nobody/here", WEB, "80", "from"),
        (CURL, "production/webservr", "80", "to"),
        (CURL, WEB, "http", "port"),
        ("8.8.8.8", "9.9.9.9", "80", "to"),
    ],
)
def test_a_question_without_sense_names_the_field(
    source: str, target: str, port: str, field: str
) -> None:
    with pytest.raises(BadQuestion) as caught:
        explain(LABELLED, source, target, port)
    assert caught.value.field == field


def test_a_near_miss_is_suggested() -> None:
    with pytest.raises(BadQuestion, match="Did you mean") as caught:
        explain(LABELLED, CURL, "production/webservr", "80")
    assert caught.value.suggestions[0] == "production/webserver[Pod]"


MISSES = (
    ("[{from: [{podSelector: {matchLabels: {app: c}}}]}]", "x/b",
     "podSelector app=c does not match x/b, which has app=b."),
    ("[{from: [{podSelector: {matchLabels: {tier: c}}}]}]", "x/b",
     "podSelector tier=c does not match x/b, which has no label tier."),
    ("[{from: [{podSelector: {}}]}]", "y/b",
     "a podSelector alone means namespace x, and y/b is in y."),
    ("[{from: [{ipBlock: {cidr: 11.0.0.0/8}}]}]", "x/b",
     "ipBlock 11.0.0.0/8 does not name x/b."),
    ("[{from: [{ipBlock: {cidr: 11.0.0.0/8}}]}]", "x/pending",
     "ipBlock 11.0.0.0/8 names addresses and x/pending has none yet."),
    ("[{from: [{podSelector: {}}]}]", "x/h",
     "x/h uses its node's network, so selectors do not match its traffic."),
    ("[{from: [{podSelector: {}}]}]", "{node n1}",
     "a selector names pods only, and node n1 is not a pod."),
    ("[{ports: [{port: web}]}]", "x/b", "x/a declares no port named web."),
    ("[{from: [{podSelector: {}}], ports: [{port: web}]}]", "x/b",
     "x/a declares no port named web."),
    ("[{from: [{podSelector: {matchLabels: {app: c}}}, {ipBlock: {cidr: 11.0.0.0/8}}]}]", "x/b",
     "podSelector app=c does not match x/b, which has app=b and ipBlock 11.0.0.0/8 does not name "
     "x/b."),
)  # fmt: skip


@pytest.mark.parametrize(("ingress", "source", "why"), MISSES)
def test_a_rule_that_does_not_match_says_why(ingress: str, source: str, why: str) -> None:
    cluster = state(
        node("n1", "192.168.0.1"),
        pod("x/a"),
        pod("x/b", ips=["10.0.0.2"]),
        pod("x/c"),
        pod("x/pending"),
        pod("x/h", on="n2", host_network=True),
        pod("y/b"),
        policy("x/p", f"podSelector: {{matchLabels: {{app: a}}}}\ningress: {ingress}"),
    )
    found = explain(evaluate(cluster), source, "x/a", "80")
    step = found.ingress.rules[0]
    assert step.effect == "does not match"
    assert step.text.partition("; ")[2] == why
