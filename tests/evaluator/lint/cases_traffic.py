"""Blocks, ports, names and both ends: for each id a case and a near miss."""

from __future__ import annotations

import msgspec

from policies.evaluator.profile import Profile
from policies.evaluator.state import Pod, PolicyObject, ServicePort
from tests.support.lint import case, listening, service, udp
from tests.support.states import namespace, pod, policy

__all__ = ["CASES"]

DENY = "podSelector: {}\npolicyTypes: [Ingress, Egress]"


def egress(rule: str, subject: str = "") -> PolicyObject:
    return policy("x/p", f"podSelector: {{{subject}}}\npolicyTypes: [Egress]\negress: [{rule}]")


def ingress(rule: str, subject: str = "") -> PolicyObject:
    return policy("x/p", f"podSelector: {{{subject}}}\ningress: [{rule}]")


def to_block(block: str) -> PolicyObject:
    return egress(f"{{to: [{{ipBlock: {block}}}], ports: [{{port: 443}}]}}")


def to(peers: str, ports: str = "") -> str:
    return f"{{to: [{peers}], ports: [{ports}]}}"


def init(made: Pod) -> Pod:

    return msgspec.structs.replace(made, init_containers=True)


def scraped(made: Pod, port: str) -> Pod:

    return msgspec.structs.replace(made, scrape=port)


COREDNS = pod("kube-system/coredns", {"k8s-app": "kube-dns"}, of="Deployment/coredns",
              ips=["10.0.0.9"])  # fmt: skip
DNS_PEER = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}"
CACHE = pod("kube-system/node-local-dns-1", {"k8s-app": "node-local-dns"},
            of="DaemonSet/node-local-dns", host_network=True)  # fmt: skip
STRICT_NODE = Profile(own_node_egress_exempt=False)
OPENSHIFT = (
    pod("openshift-dns/dns-default-1", {"dns.operator.openshift.io/daemonset-dns": "default"},
        of="DaemonSet/dns-default", ips=["10.0.0.9"]),
    service("openshift-dns/dns-default", {"dns.operator.openshift.io/daemonset-dns": "default"},
            ServicePort(53, "UDP", "dns", 5353), ServicePort(53, "TCP", "dns-tcp", 5353)),
)  # fmt: skip
TO_OPENSHIFT = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: openshift-dns}}}"
WEB = listening(pod("x/web", ips=["10.1.0.1"]), 8080)

CASES = (
    case(
        "L-12",
        "only the database is allowed",
        fires=[pod("x/a"), pod("x/db"), COREDNS,
               egress("{to: [{podSelector: {matchLabels: {app: db}}}]}")],
        quiet=[pod("x/a"), pod("x/db"), COREDNS,
               egress("{to: [{podSelector: {matchLabels: {app: db}}}]}, "
                      + to(DNS_PEER, "{port: 53, protocol: UDP}"))],
        says=("x/a, x/db cannot look up names",),
    ),
    case(
        "L-12",
        "the name servers are not in the snapshot",
        fires=[pod("x/a"), egress(to(DNS_PEER, "{port: 53, protocol: TCP}"))],
        quiet=[pod("x/a"), egress(to(DNS_PEER, "{port: 53, protocol: UDP}"))],
        says="no rule opens UDP 53",
    ),
    case(
        "L-12",
        "the name servers let nobody in",
        fires=[pod("x/a"), COREDNS, egress(to(DNS_PEER)),
               policy("kube-system/closed", "podSelector: {}")],
        quiet=[pod("x/a"), COREDNS, egress(to(DNS_PEER)),
               policy("kube-system/closed", "podSelector: {}\ningress: [{ports: [{port: 53, "
                                            "protocol: UDP}]}]")],
        says="cannot look up names",
    ),
    case(
        "L-13",
        "the cache on the node",
        fires=[pod("x/a"), COREDNS, CACHE,
               egress(to(DNS_PEER, "{port: 53, protocol: UDP}"))],
        quiet=[pod("x/a"), COREDNS, CACHE,
               egress(to(DNS_PEER + ", {ipBlock: {cidr: 169.254.20.10/32}}",
                         "{port: 53, protocol: UDP}"))],
        profile=STRICT_NODE,
        says="Add ipBlock 169.254.20.10/32",
    ),
    case(
        "L-13",
        "a plugin that exempts the own node",
        fires=[pod("x/a"), COREDNS, CACHE,
               egress(to(DNS_PEER, "{port: 53, protocol: UDP}"))],
        quiet=[pod("x/a"), COREDNS, CACHE,
               egress(to(DNS_PEER, "{port: 53, protocol: UDP}"))],
        profile=STRICT_NODE,
        quiet_profile=Profile(),
        says="lookups are denied",
    ),
    case(
        "L-14",
        "DNS on 5353",
        fires=[pod("x/a"), *OPENSHIFT,
               egress(to(TO_OPENSHIFT, "{port: 53, protocol: UDP}"))],
        quiet=[pod("x/a"), *OPENSHIFT,
               egress(to(TO_OPENSHIFT, "{port: 5353, protocol: UDP}"))],
        says="the DNS pods here listen on 5353",
    ),
    case(
        "L-15",
        "UDP alone",
        fires=[pod("x/a"), COREDNS,
               egress(to(DNS_PEER, "{port: 53, protocol: UDP}"))],
        quiet=[pod("x/a"), COREDNS,
               egress(to(DNS_PEER, "{port: 53, protocol: UDP}, {port: 53}"))],
        says="over UDP and not over TCP",
    ),
    case(
        "L-24",
        "UDP is meant",
        fires=[listening(pod("x/a"), udp(5000)), ingress("{from: [{podSelector: {}}], "
                                                         "ports: [{port: 5000}]}")],
        quiet=[listening(pod("x/a"), udp(5000)), ingress("{from: [{podSelector: {}}], "
                                                         "ports: [{port: 5000, protocol: UDP}]}")],
        says="port 5000 is declared as UDP",
    ),
    case(
        "L-30",
        "a block over running pods",
        fires=[pod("x/a"), pod("y/b", ips=["10.2.0.7"]), to_block("{cidr: 10.2.0.0/24}")],
        quiet=[pod("x/a", ips=["10.3.0.1"]), pod("y/b", ips=["10.2.0.7"]),
               to_block("{cidr: 203.0.113.0/24}")],
        says="covers addresses of pods (y/b)",
    ),
    case(
        "L-31",
        "a ClusterIP",
        fires=[pod("x/a", ips=["10.1.0.1"]), service("x/db", {"app": "db"}, ip="10.96.0.20"),
               to_block("{cidr: 10.96.0.20/32}")],
        quiet=[pod("x/a", ips=["10.1.0.1"]), service("x/db", {"app": "db"}, ip="10.96.0.20"),
               to_block("{cidr: 10.96.0.21/32}")],
        says="names the address of Service x/db",
    ),
    case(
        "L-31",
        "the range of Services, not everything private",
        fires=[pod("x/a", ips=["10.1.0.1"]), service("x/db", {"app": "db"}, ip="10.96.0.20"),
               to_block("{cidr: 10.96.0.0/12}")],
        quiet=[pod("x/a", ips=["10.1.0.1"]), service("x/db", {"app": "db"}, ip="10.96.0.20"),
               to_block("{cidr: 10.0.0.0/8}")],
        says="x/db",
    ),
    case(
        "L-32",
        "one pod by address",
        fires=[pod("x/a"), pod("y/b", ips=["10.2.0.7"]), to_block("{cidr: 10.2.0.7/32}")],
        quiet=[pod("x/a"), pod("y/b", ips=["10.2.0.7"]), to_block("{cidr: 10.2.0.8/32}")],
        says="10.2.0.7/32 is the address of pod y/b until it restarts",
    ),
    case(
        "L-33",
        "host bits",
        fires=[pod("x/a"), to_block("{cidr: 203.0.113.7/24}")],
        quiet=[pod("x/a"), to_block("{cidr: 203.0.113.7/32}")],
        says="203.0.113.7/24 is read as 203.0.113.0/24",
    ),
    case(
        "L-34",
        "IPv4 alone in a dual-stack cluster",
        fires=[pod("x/a", ips=["10.1.0.1", "fd00::1"]), to_block("{cidr: 0.0.0.0/0}")],
        quiet=[pod("x/a", ips=["10.1.0.1"]), to_block("{cidr: 0.0.0.0/0}")],
        says="IPv6 stays closed",
    ),
    case(
        "L-36",
        "credentials of the machine",
        fires=[pod("x/a"), egress("{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}")],
        quiet=[pod("x/a"), egress("{to: [{ipBlock: {cidr: 0.0.0.0/0, "
                                  "except: [169.254.169.254/32]}}]}")],
        says="includes 169.254.169.254",
    ),
    case(
        "L-38",
        "what is left out comes back",
        fires=[pod("x/a"), egress("{to: [{ipBlock: {cidr: 203.0.0.0/16, except: [203.0.113.0/24]}},"
                                  " {ipBlock: {cidr: 203.0.113.0/24}}]}")],
        quiet=[pod("x/a"), egress("{to: [{ipBlock: {cidr: 203.0.0.0/16, except: [203.0.113.0/24]}},"
                                  " {ipBlock: {cidr: 203.0.113.0/25}}]}")],
        says="203.0.113.0/24 is left out of 203.0.0.0/16 and let in again",
    ),
    case(
        "L-39",
        "everything is not the Internet",
        fires=[pod("x/a", ips=["10.1.0.1"]), to_block("{cidr: 0.0.0.0/0}")],
        quiet=[pod("x/a", ips=["10.1.0.1"]), to_block("{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}")],
        says="it also opens every pod of the cluster (to them)",
    ),
    case(
        "L-40",
        "a slip in a port's name",
        fires=[pod("x/a", ports={"http": 80}), ingress("{ports: [{port: htpp}]}")],
        quiet=[pod("x/a", ports={"http": 80}), ingress("{ports: [{port: http}]}")],
        says=("a TCP port named htpp", "Did you mean http?"),
    ),
    case(
        "L-41",
        "a name with another protocol",
        fires=[listening(pod("x/a"), udp(5000, "game")), ingress("{ports: [{port: game}]}")],
        quiet=[listening(pod("x/a"), udp(5000, "game")),
               ingress("{ports: [{port: game, protocol: UDP}]}")],
        says="declares game as UDP, and this entry means TCP (the default)",
    ),
    case(
        "L-42",
        "a name for addresses",
        fires=[pod("x/a", ports={"web": 80}),
               egress("{to: [{ipBlock: {cidr: 203.0.113.0/24}}], ports: [{port: web}]}")],
        quiet=[pod("x/a", ports={"web": 80}),
               egress("{to: [{ipBlock: {cidr: 203.0.113.0/24}}], ports: [{port: 80}]}")],
        says="write the number",
    ),
    case(
        "L-43",
        "ranges are ignored",
        fires=[pod("x/a"), ingress("{ports: [{port: 80, endPort: 90}]}")],
        quiet=[pod("x/a"), ingress("{ports: [{port: 80, endPort: 90}]}")],
        profile=Profile(endport=False),
        quiet_profile=Profile(),
        says="of TCP 80-90 only 80 is opened",
    ),
    case(
        "L-44",
        "SCTP is off",
        fires=[pod("x/a"), ingress("{ports: [{port: 80, protocol: SCTP}]}")],
        quiet=[pod("x/a"), ingress("{ports: [{port: 80, protocol: SCTP}]}")],
        profile=Profile(sctp=False),
        quiet_profile=Profile(),
        says="SCTP is off",
    ),
    case(
        "L-45",
        "a target that is not declared",
        fires=[pod("x/a", ports={"web": 80}),
               service("x/s", {"app": "a"}, ServicePort(80, "TCP", "", "wbe"))],
        quiet=[pod("x/a", ports={"web": 80}),
               service("x/s", {"app": "a"}, ServicePort(80, "TCP", "", "web"))],
        says=("no pod answers behind it", "Declared are web."),
    ),
    case(
        "L-46",
        "80 leads to 8080",
        fires=[WEB, pod("x/a"), service("x/s", {"app": "web"}, ServicePort(80, target=8080)),
               ingress("{from: [{podSelector: {}}], ports: [{port: 80}]}",
                       "matchLabels: {app: web}")],
        quiet=[WEB, pod("x/a"), service("x/s", {"app": "web"}, ServicePort(80, target=8080)),
               ingress("{from: [{podSelector: {}}], ports: [{port: 8080}]}",
                       "matchLabels: {app: web}")],
        says="TCP 80 is the port of Service x/s, which leads to port 8080 of x/web",
    ),
    case(
        "L-47",
        "one backend of two",
        fires=[pod("x/a", {"app": "s", "v": "1"}), pod("x/b", {"app": "s", "v": "2"}), pod("x/c"),
               service("x/s", {"app": "s"}), policy("x/p", "podSelector: {matchLabels: {v: '2'}}")],
        quiet=[pod("x/a", {"app": "s", "v": "1"}), pod("x/b", {"app": "s", "v": "2"}), pod("x/c"),
               service("x/s", {"app": "s"}), policy("x/p", "podSelector: {matchLabels: {app: s}}")],
        says="and not x/b: some connections work and some time out",
    ),
    case(
        "L-54",
        "Prometheus is shut out",
        fires=[scraped(pod("x/a"), "9100"), pod("mon/prometheus"),
               policy("x/p", "podSelector: {}")],
        quiet=[scraped(pod("x/a"), "9100"), pod("mon/prometheus"),
               policy("x/p", "podSelector: {}\ningress: [{from: [{namespaceSelector: {}}], "
                             "ports: [{port: 9100}]}]")],
        says="x/a asks to be scraped on port 9100, and mon/prometheus cannot reach it",
    ),
    case(
        "L-115",
        "a port for metrics",
        fires=[pod("x/a", ports={"metrics": 9100}), pod("mon/prometheus"),
               policy("x/p", "podSelector: {}")],
        quiet=[pod("x/a", ports={"web": 9100}), pod("mon/prometheus"),
               policy("x/p", "podSelector: {}")],
        says="x/a declares a port for metrics on port 9100",
    ),
    case(
        "L-55",
        "the destination lets nobody in",
        fires=[pod("x/a"), pod("x/b"),
               egress("{to: [{podSelector: {matchLabels: {app: b}}}]}", "matchLabels: {app: a}"),
               policy("x/closed", "podSelector: {matchLabels: {app: b}}")],
        quiet=[pod("x/a"), pod("x/b"),
               egress("{to: [{podSelector: {matchLabels: {app: b}}}]}", "matchLabels: {app: a}"),
               policy("x/closed", "podSelector: {matchLabels: {app: b}}\n"
                                  "ingress: [{from: [{podSelector: {}}]}]")],
        says="lets its pods open connections to x/b, whose ingress is isolated by closed",
    ),
    case(
        "L-55",
        "the source may not leave",
        fires=[pod("x/a"), pod("x/b"),
               ingress("{from: [{podSelector: {matchLabels: {app: b}}}]}", "matchLabels: {app: a}"),
               policy("x/closed", "podSelector: {matchLabels: {app: b}}\npolicyTypes: [Egress]")],
        quiet=[pod("x/a"), pod("x/b"),
               ingress("{from: [{podSelector: {matchLabels: {app: b}}}]}", "matchLabels: {app: a}"),
               policy("x/closed", "podSelector: {matchLabels: {app: b}}\npolicyTypes: [Ingress]")],
        says="lets in x/b, whose egress is isolated by closed",
    ),
    case(
        "L-56",
        "a cluster of three",
        fires=[pod("x/db", of="StatefulSet/db", replicas=3), policy("x/p", DENY)],
        quiet=[pod("x/db", of="StatefulSet/db", replicas=1), policy("x/p", DENY)],
        says="The pods of x/db cannot reach each other",
    ),
    case(
        "L-57",
        "a migration at start",
        fires=[init(pod("x/a")), egress("{to: [{podSelector: {}}]}")],
        quiet=[init(pod("x/a")), ingress("{from: [{podSelector: {}}]}")],
        says="x/a has init containers",
    ),
    case(
        "L-91",
        "Cilium and addresses of pods",
        fires=[pod("x/a"), pod("y/b", ips=["10.2.0.7"]), to_block("{cidr: 10.2.0.0/24}")],
        quiet=[pod("x/a"), pod("y/b", ips=["10.2.0.7"]), to_block("{cidr: 10.2.0.0/24}")],
        profile=Profile(ipblock_matches_pods=False),
        quiet_profile=Profile(),
        says="knows pods by their labels only",
    ),
    case(
        "L-111",
        "every port of a declared one",
        fires=[WEB, pod("x/a"), ingress("{from: [{podSelector: {matchLabels: {app: a}}}]}",
                                        "matchLabels: {app: web}")],
        quiet=[WEB, pod("x/a"), ingress("{from: [{podSelector: {matchLabels: {app: a}}}], "
                                        "ports: [{port: 8080}]}", "matchLabels: {app: web}")],
        says="opens every port of x/web, which declares TCP 8080",
    ),
    case(
        "L-112",
        "the port moved",
        fires=[WEB, ingress("{from: [{podSelector: {}}], ports: [{port: 9090}]}")],
        quiet=[WEB, ingress("{from: [{podSelector: {}}], ports: [{port: 8080}]}")],
        says="No container of x/web declares TCP 9090; declared are TCP 8080",
    ),
    case(
        "L-103",
        "anywhere on 443",
        fires=[pod("x/a"), to_block("{cidr: 0.0.0.0/0}")],
        quiet=[pod("x/a"), to_block("{cidr: 203.0.113.0/24}")],
        says="x/a may open TCP 443 to any address of the Internet",
    ),
    case(
        "L-104",
        "a database for the whole cluster",
        fires=[listening(pod("x/db"), 5432), pod("y/a"), pod("z/a"),
               ingress("{from: [{namespaceSelector: {}}]}")],
        quiet=[listening(pod("x/db"), 5432), pod("y/a"), pod("z/a"),
               ingress("{from: [{namespaceSelector: {matchLabels: "
                       "{kubernetes.io/metadata.name: z}}}]}")],
        says="PostgreSQL (TCP 5432) of x/db may be reached from most other namespaces",
    ),
    case(
        "L-108",
        "from test into production",
        fires=[namespace("x", {"env": "prod"}), namespace("y", {"env": "test"}), pod("x/a"),
               pod("y/b"), ingress("{from: [{namespaceSelector: {matchLabels: {env: test}}}]}")],
        quiet=[namespace("x", {"env": "prod"}), namespace("y", {"env": "test"}), pod("x/a"),
               pod("y/b"), ingress("{from: [{namespaceSelector: {matchLabels: {env: prod}}}]}")],
        says="Namespace x is env=prod; the rule lets in y/b of env=test",
    ),
)  # fmt: skip
