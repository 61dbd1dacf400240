"""Selectors, namespaces and rules: for each id a case and a near miss."""

from __future__ import annotations

from policies.evaluator.state import PolicyObject, Workload, WorkloadRef
from tests.support.lint import case, finished, listening, service
from tests.support.states import namespace, node, pod, policy

__all__ = ["CASES"]

WEB = "podSelector: {matchLabels: {app: web}}"


def from_peer(peer: str) -> PolicyObject:
    return policy("x/p", f"podSelector: {{}}\ningress: [{{from: [{peer}]}}]")


CASES = (
    case(
        "L-02",
        "a namespace is meant by its name",
        fires=[pod("x/a"), namespace("y"), pod("y/b"),
               from_peer("{namespaceSelector: {matchLabels: {name: y}}}")],
        quiet=[pod("x/a"), namespace("y", {"name": "y"}), pod("y/b"),
               from_peer("{namespaceSelector: {matchLabels: {name: y}}}")],
        says=("no namespace carries the label name", "write kubernetes.io/metadata.name: y"),
    ),
    case(
        "L-02",
        "the value is nearly right",
        fires=[pod("x/a"), namespace("y", {"env": "production"}),
               from_peer("{namespaceSelector: {matchLabels: {env: prodution}}}")],
        quiet=[pod("x/a"), namespace("y", {"env": "production"}),
               from_peer("{namespaceSelector: {matchLabels: {env: production}}}")],
        says="Did you mean env=production?",
    ),
    case(
        "L-03",
        "a slip in a value",
        fires=[pod("x/a", {"app": "webserver"}),
               policy("x/p", "podSelector: {matchLabels: {app: websever}}")],
        quiet=[pod("x/a", {"app": "webserver"}),
               policy("x/p", "podSelector: {matchLabels: {app: webserver}}")],
        says=("no pod with app=websever in namespace x", "Did you mean app=webserver?"),
    ),
    case(
        "L-03",
        "the case of a key",
        fires=[pod("x/a", {"app": "web"}), policy("x/p", "podSelector: {matchLabels: {App: web}}")],
        quiet=[pod("x/a", {"App": "web"}), policy("x/p", "podSelector: {matchLabels: {App: web}}")],
        says="app is carried",
    ),
    case(
        "L-04",
        "two values at once",
        fires=[pod("x/a"), policy("x/p", "podSelector: {matchLabels: {app: a}, matchExpressions: "
                                         "[{key: app, operator: In, values: [b]}]}")],
        quiet=[pod("x/a"), policy("x/p", "podSelector: {matchLabels: {app: a}, matchExpressions: "
                                         "[{key: app, operator: In, values: [a, b]}]}")],
        says="no value of app satisfies all its conditions",
    ),
    case(
        "L-04",
        "there and not there",
        fires=[pod("x/a"), from_peer("{podSelector: {matchExpressions: [{key: app, "
                                     "operator: Exists}, {key: app, operator: DoesNotExist}]}}")],
        quiet=[pod("x/a"), from_peer("{podSelector: {matchExpressions: [{key: app, "
                                     "operator: Exists}, {key: tier, operator: DoesNotExist}]}}")],
        says="app must be there and must not",
    ),
    case(
        "L-05",
        "a slip in a peer",
        fires=[pod("x/web", {"app": "web"}),
               from_peer("{podSelector: {matchLabels: {app: wbe}}}")],
        quiet=[pod("x/web", {"app": "web"}), from_peer("{podSelector: {matchLabels: {app: web}}}")],
        says=("This peer selects no pod with app=wbe",),
    ),
    case(
        "L-06",
        "the label is on the Deployment",
        fires=[pod("x/w", {"app": "b"}, of="Deployment/w"),
               Workload(WorkloadRef("x", "w", "Deployment"), {"app": "web"}),
               policy("x/p", WEB)],
        quiet=[pod("x/w", {"app": "web"}, of="Deployment/w"),
               Workload(WorkloadRef("x", "w", "Deployment"), {"app": "web"}),
               policy("x/p", WEB)],
        says="app=web is a label of Deployment w and not of the pod template",
    ),
    case(
        "L-07",
        "the label is on the Service",
        fires=[pod("x/a", {"app": "front"}), policy("x/p", WEB),
               service("x/web", {"app": "front"}, labels={"app": "web"})],
        quiet=[pod("x/a", {"app": "web"}), policy("x/p", WEB),
               service("x/web", {"app": "web"}, labels={"app": "web"})],
        says=("a label of Service x/web", "Its pods carry app=front"),
    ),
    case(
        "L-08",
        "the pods are elsewhere",
        fires=[pod("y/a", {"app": "web"}), pod("default/other"), policy("default/p", WEB)],
        quiet=[pod("y/a", {"app": "web"}), pod("default/b", {"app": "web"}),
               policy("default/p", WEB)],
        says=("y/a", "it belongs into y"),
    ),
    case(
        "L-23",
        "the client is in another namespace",
        fires=[pod("x/a"), pod("y/b"), from_peer("{podSelector: {matchLabels: {app: b}}}")],
        quiet=[pod("x/a"), pod("y/b"), from_peer("{namespaceSelector: {}, podSelector: "
                                                 "{matchLabels: {app: b}}}")],
        says="Pods with app=b are in y",
    ),
    case(
        "L-35",
        "a peer's namespace",
        fires=[pod("x/a"), namespace("payments"),
               from_peer("{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: payment"
                         "}}}")],
        quiet=[pod("x/a"), namespace("payments"),
               from_peer("{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: payments"
                         "}}}")],
        says=("There is no namespace payment", "Did you mean payments?"),
    ),
    case(
        "L-35",
        "the policy's own namespace",
        fires=[namespace("shop"), pod("shop/a"), policy("shpo/p", "podSelector: {}")],
        quiet=[namespace("shop"), pod("shop/a"), policy("shop/p", "podSelector: {}")],
        says=("namespace shpo, which does not exist", "Did you mean shop?"),
    ),
    case(
        "L-50",
        "some of the pods",
        fires=[pod("x/a", {"app": "web"}), pod("x/h", {"app": "web"}, host_network=True),
               policy("x/p", WEB)],
        quiet=[pod("x/a", {"app": "web"}), pod("x/h", {"app": "agent"}, host_network=True),
               policy("x/p", WEB)],
        says="x/h uses the network of their node",
    ),
    case(
        "L-51",
        "the only client",
        fires=[pod("x/a"), pod("x/h", host_network=True),
               from_peer("{podSelector: {matchLabels: {app: h}}}")],
        quiet=[pod("x/a"), pod("x/h"), from_peer("{podSelector: {matchLabels: {app: h}}}")],
        says="their traffic carries the node's address",
    ),
    case(
        "L-113",
        "a Job that is done",
        fires=[pod("x/a"), finished("x/migrate-1", {"app": "migrate"}),
               from_peer("{podSelector: {matchLabels: {app: migrate}}}")],
        quiet=[pod("x/a"), pod("x/migrate"), finished("x/migrate-1", {"app": "migrate"}),
               from_peer("{podSelector: {matchLabels: {app: migrate}}}")],
        says="have finished (x/migrate-1)",
    ),
    case(
        "L-09",
        "a dash with nothing behind it",
        fires=[pod("x/a"), policy("x/p", {"podSelector": {}, "ingress": [None]})],
        quiet=[pod("x/a"), policy("x/p", {"podSelector": {}, "ingress": [{}]})],
        says="nothing behind the dash of ingress[0]",
    ),
    case(
        "L-10",
        "egress alone",
        fires=[pod("x/a"), policy("x/p", "podSelector: {}\negress: [{to: [{podSelector: {}}]}]")],
        quiet=[pod("x/a"), policy("x/p", "podSelector: {}\npolicyTypes: [Egress]\n"
                                         "egress: [{to: [{podSelector: {}}]}]")],
        says="it also closes all ingress of x/a",
    ),
    case(
        "L-11",
        "ingress rules of an egress policy",
        fires=[pod("x/a"), policy("x/p", "podSelector: {}\npolicyTypes: [Egress]\n"
                                         "ingress: [{from: [{podSelector: {}}]}]")],
        quiet=[pod("x/a"), policy("x/p", "podSelector: {}\npolicyTypes: [Egress, Ingress]\n"
                                         "ingress: [{from: [{podSelector: {}}]}]")],
        says="policyTypes is Egress: the rules do nothing",
    ),
    case(
        "L-16",
        "ephemeral ports back",
        fires=[pod("x/a"), pod("x/b"), policy("x/p", """
            podSelector: {matchLabels: {app: a}}
            policyTypes: [Ingress, Egress]
            ingress: [{from: [{podSelector: {matchLabels: {app: b}}}], ports: [{port: 80}]}]
            egress: [{to: [{podSelector: {matchLabels: {app: b}}}],
                      ports: [{port: 32768, endPort: 65535}]}]""")],
        quiet=[pod("x/a"), pod("x/b"), policy("x/p", """
            podSelector: {matchLabels: {app: a}}
            policyTypes: [Ingress, Egress]
            ingress: [{from: [{podSelector: {matchLabels: {app: b}}}], ports: [{port: 80}]}]
            egress: [{to: [{podSelector: {matchLabels: {app: b}}}], ports: [{port: 5432}]}]""")],
        says="Replies need no rule",
    ),
    case(
        "L-20",
        "two dashes",
        fires=[pod("x/a"), namespace("y", {"ns": "y"}), pod("y/b"), pod("x/b"),
               from_peer("{namespaceSelector: {matchLabels: {ns: y}}}, "
                         "{podSelector: {matchLabels: {app: b}}}")],
        quiet=[pod("x/a"), namespace("y", {"ns": "y"}), pod("y/b"), pod("x/b"),
               from_peer("{namespaceSelector: {matchLabels: {ns: y}}, "
                         "podSelector: {matchLabels: {app: b}}}")],
        says="both selectors belong into one entry",
    ),
    case(
        "L-21",
        "from nobody is from anybody",
        fires=[pod("x/a"), policy("x/p", "podSelector: {}\ningress: [{from: [], ports: [{port: 80}]"
                                         "}]")],
        quiet=[pod("x/a"), from_peer("{podSelector: {}}")],
        says=("`from: []` opens TCP 80 from anyone", "for x/a"),
    ),
    case(
        "L-22",
        "any namespace",
        fires=[pod("x/a"), from_peer("{namespaceSelector: {}}")],
        quiet=[pod("x/a"), from_peer("{namespaceSelector: {}, podSelector: {matchLabels: {app: a}}"
                                     "}")],
        says="names every pod of all 1 namespaces",
    ),
    case(
        "L-25",
        "allow-all beside a deny-all",
        fires=[pod("x/a"), policy("x/deny", "podSelector: {}"),
               policy("x/open", "podSelector: {}\ningress: [{}]")],
        quiet=[pod("x/a"), policy("x/deny", "podSelector: {}\npolicyTypes: [Egress]"),
               policy("x/open", "podSelector: {}\ningress: [{}]")],
        says="deny no longer restricts anything",
    ),
    case(
        "L-26",
        "a database for everyone here",
        fires=[listening(pod("x/db"), 5432), pod("x/b"), from_peer("{podSelector: {}}")],
        quiet=[listening(pod("x/db"), 5432), pod("x/b"),
               from_peer("{podSelector: {matchLabels: {app: b}}}")],
        says="may reach PostgreSQL (TCP 5432) of x/b, x/db",
    ),
    case(
        "L-58",
        "a block of nodes",
        fires=[pod("x/a"), node("n1", "192.168.0.1"),
               from_peer("{ipBlock: {cidr: 192.168.0.1/32}}")],
        quiet=[pod("x/a"), node("n1", "192.168.0.1"),
               from_peer("{ipBlock: {cidr: 192.168.0.0/24}}")],
        says="192.168.0.1/32 is the address of a node",
    ),
)  # fmt: skip
