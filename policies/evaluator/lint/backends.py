"""The pods behind a Service, in place of its address."""

from __future__ import annotations

import ipaddress
from typing import Any

from policies.evaluator.lint.finding import Fix
from policies.evaluator.lint.fixes import replaced
from policies.evaluator.policy import PeerClause, Rule
from policies.evaluator.resolve import ResolvedPolicy
from policies.evaluator.state import Service

__all__ = ["backends_fix"]


def backends_fix(
    policy: ResolvedPolicy, rule: Rule, clause: PeerClause, services: list[Service]
) -> Fix | None:
    """The rule with the pods behind a Service, and the ports of these pods (A-110).

    None for a block that is more than the address of one Service, or where the rule opens none of
    its ports.
    """
    service = services[0]
    ports = _pod_ports(rule, service)
    block = ipaddress.ip_network(clause.cidr, strict=False)
    if block.num_addresses > 1 or len(services) > 1:
        return None
    if not service.selector or not ports or policy.source.kind != "NetworkPolicy":
        return None
    peer: dict[str, Any] = {"podSelector": {"matchLabels": dict(service.selector)}}
    if service.namespace != policy.source.namespace:
        labels = {"kubernetes.io/metadata.name": service.namespace}
        peer = {"namespaceSelector": {"matchLabels": labels}, **peer}
    title = "Name the pods behind the Service"
    rules = list(policy.source.spec.get("egress") or ())
    index = int(rule.path.partition("[")[2].rstrip("]"))
    others = [
        raw
        for each, raw in zip(rule.peers or (), rules[index]["to"], strict=True)
        if each is not clause
    ]
    # The ports of a rule are those of all its peers: the others keep the rule as it is.
    rules[index : index + 1] = [
        *([{**rules[index], "to": others}] if others else []),
        {"to": [peer], "ports": ports},
    ]
    return replaced(policy.source, "egress", rules, title)


def _pod_ports(rule: Rule, service: Service) -> list[dict[str, Any]]:
    """The ports of the pods to which a Service leads what a rule opens."""
    found: list[dict[str, Any]] = []
    for port in service.ports:
        opened = rule.ports is None or any(
            not each.name and each.protocol == port.protocol and each.low <= port.port <= each.high
            for each in rule.ports
        )
        entry = {"protocol": port.protocol, "port": port.target or port.port}
        if opened and entry not in found:
            found.append(entry)
    return found
