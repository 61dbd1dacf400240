"""Ways in from outside: for each id a case and a near miss."""

from __future__ import annotations

from policies.evaluator.state import PolicyObject
from tests.support.lint import case, listening
from tests.support.states import namespace, pod, policy

__all__ = ["CASES"]

WEB = listening(pod("x/web", ips=["10.1.0.1"]), 80)
DB = listening(pod("x/db", ips=["10.1.0.2"]), 5432)
INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, namespace: x}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
"""
GATEWAY = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gw, namespace: infra}
spec:
  gatewayClassName: any
  listeners:
  - {name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop, namespace: front}
spec:
  parentRefs: [{name: gw, namespace: infra}]
  rules: [{backendRefs: [{name: web, namespace: x, port: 80}]}]
"""
GRANT = """
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: front, namespace: x}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: front}]
  to: [{group: "", kind: Service}]
"""


def service(app: str = "web", port: int = 80, more: str = "", status: str = "{}") -> str:
    return (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {app}, namespace: x}}\n"
        f"spec: {{selector: {{app: {app}}}, ports: [{{port: {port}}}]{more}}}\nstatus: {status}\n"
    )


def ingress(rules: str, app: str = "web") -> PolicyObject:
    return policy("x/p", f"podSelector: {{matchLabels: {{app: {app}}}}}\ningress: [{rules}]")


BALANCER = ", type: LoadBalancer"
STATUS = "{loadBalancer: {ingress: [{ip: 203.0.113.9}]}}"

CASES = (
    case(
        "L-37",
        "the client's address is gone",
        fires=[WEB, service(more=BALANCER),
               ingress("{from: [{ipBlock: {cidr: 198.51.100.0/24}}]}")],
        quiet=[WEB, service(more=f"{BALANCER}, externalTrafficPolicy: Local"),
               ingress("{from: [{ipBlock: {cidr: 198.51.100.0/24}}]}")],
        says="come through Service/x/web, whose externalTrafficPolicy is Cluster",
    ),
    case(
        "L-48",
        "the controller is not let in",
        fires=[WEB, service(), INGRESS, ingress("{from: [{podSelector: {}}]}")],
        quiet=[WEB, service(), INGRESS, ingress("{from: [{namespaceSelector: {}}]}")],
        says=("Ingress/x/shop leads to x/web[Pod] on 80/TCP", "p does not let it in"),
    ),
    case(
        "L-49",
        "no grant",
        fires=[WEB, namespace("infra"), namespace("front"), service(), GATEWAY],
        quiet=[WEB, namespace("infra"), namespace("front"), service(), GATEWAY + GRANT],
        says="no ReferenceGrant of namespace x",
    ),
    case(
        "L-102",
        "a database behind a load balancer",
        fires=[DB, service("db", 5432, f"{BALANCER}, externalTrafficPolicy: Local")],
        quiet=[DB, service("db", 5432, f"{BALANCER}, externalTrafficPolicy: Local"),
               ingress("{from: [{ipBlock: {cidr: 198.51.100.0/24}}]}", "db")],
        says=("The Internet may reach x/db[Pod] on 5432/TCP through Service/x/db", "PostgreSQL"),
    ),
    case(
        "L-114",
        "out and in again",
        fires=[WEB, pod("x/a"), service(more=BALANCER, status=STATUS),
               policy("x/p", "podSelector: {}\npolicyTypes: [Egress]\n"
                             "egress: [{to: [{ipBlock: {cidr: 203.0.113.9/32}}]}]")],
        quiet=[WEB, pod("x/a"), service(more=BALANCER, status=STATUS),
               policy("x/p", "podSelector: {}\npolicyTypes: [Egress]\n"
                             "egress: [{to: [{ipBlock: {cidr: 203.0.113.10/32}}]}]")],
        says="ipBlock 203.0.113.9/32 holds the outside address of Service/x/web",
    ),
    case(
        "L-116",
        "over the web to the database",
        fires=[WEB, DB, service(more=f"{BALANCER}, externalTrafficPolicy: Local"),
               ingress("{from: [{podSelector: {matchLabels: {app: web}}}]}", "db")],
        quiet=[WEB, DB, service(more=f"{BALANCER}, externalTrafficPolicy: Local"),
               ingress("{from: [{podSelector: {matchLabels: {app: jobs}}}]}", "db")],
        says="From the Internet to PostgreSQL (TCP 5432): x/web → x/db",
    ),
)  # fmt: skip
