"""Drafted NetworkPolicies: how a rule names the ends of a pair, and the manifest around it."""

from __future__ import annotations

import copy
import ipaddress
import re
from collections.abc import Iterable
from typing import Any

import msgspec

from policies.evaluator.addresses import AddressSet
from policies.evaluator.bits import bits_of
from policies.evaluator.engine import Evaluation
from policies.evaluator.kinds import kind_of
from policies.evaluator.picking import picked, selector_spec
from policies.evaluator.policy import Direction, Tier
from policies.evaluator.questions import Asked, Port
from policies.evaluator.roles import API_SERVER, api_server_addresses
from policies.evaluator.state import Pod, PolicyObject
from policies.evaluator.yamlwriter import policy_yaml, write_yaml

__all__ = ["Drafter", "End", "end_of"]

NAME_LABEL = "kubernetes.io/metadata.name"
_PRIVATE = {
    "0.0.0.0/0": ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"],
    "::/0": ["fc00::/7"],
}
_LONGEST_NAME = 63
_MOST_BLOCKS = 20


class End(msgspec.Struct, frozen=True):
    """One end of the pair: pods of one namespace, or `blocks` of addresses.

    `name` is what the name of a policy calls it. Pods that share all labels cannot be told apart
    by a selector: where one of them is meant, they all are. `hosts` are pods that answer at the
    address of their node.
    """

    name: str
    text: str
    pods: tuple[Pod, ...] = ()
    blocks: tuple[dict[str, Any], ...] = ()
    hosts: bool = False
    obstacle: str = ""

    @property
    def namespace(self) -> str:
        """That of its pods."""
        return self.pods[0].namespace if self.pods else ""

    def covers_pods(self, pods: Iterable[Pod]) -> bool:
        """Whether all these pods are among those meant."""
        mine = {(pod.namespace, pod.name) for pod in self.pods}
        return all((pod.namespace, pod.name) in mine for pod in pods)

    def covers_addresses(self, text: str) -> bool:
        """Whether all the addresses in a text are among those meant."""
        meant = AddressSet()
        for block in self.blocks:
            meant |= AddressSet.of_cidrs([block["cidr"]], block.get("except", ()))
        return not AddressSet.parse(text) - meant


def end_of(evaluation: Evaluation, asked: Asked) -> End:
    """An end that was asked for, as a draft names it."""
    universe = evaluation.universe
    state = evaluation.state
    bits = list(bits_of(asked.bits))
    if asked.text == API_SERVER:
        return _node("kube-apiserver", asked.text, sorted(api_server_addresses(state)))
    if bits and bits[0] >= universe.first_cell:
        return _addresses(asked)
    if bits and bits[0] >= universe.first_node:
        nodes = [universe.nodes[bit - universe.first_node] for bit in bits]
        name = f"node-{nodes[0].name}" if len(nodes) == 1 else "nodes"
        addresses = [address for each in nodes for address in each.addresses]
        complete = all(each.addresses for each in nodes)
        return _node(name, asked.text, addresses if complete else ())
    meant = [state.pods[index] for bit in bits for index in universe.classes[bit].pods]
    name = meant[0].workload.name
    if asked.pod >= 0:
        one = state.pods[asked.pod]
        meant = [pod for pod in meant if pod.labels == one.labels]
    if not meant[0].host_network:
        return End(name, asked.text, tuple(meant))
    known = {node.name: node.addresses for node in state.nodes}
    found = [address for pod in meant for address in (pod.addresses or known.get(pod.node, ()))]
    if not all(pod.addresses or known.get(pod.node) for pod in meant):
        why = (
            f"{asked.text} uses the network of its node, whose address is not in the input: a"
            " rule could not name it."
        )
        return End(name, asked.text, tuple(meant), hosts=True, obstacle=why)
    host = _node(name, asked.text, tuple(dict.fromkeys(found)))
    return msgspec.structs.replace(host, pods=tuple(meant), hosts=True)


def _node(name: str, text: str, addresses: Iterable[str]) -> End:
    blocks = tuple({"cidr": f"{each}/{128 if ':' in each else 32}"} for each in addresses)
    obstacle = "" if blocks else f"{text} has no address in the input: a rule could not name it."
    return End(name, text, blocks=blocks, obstacle=obstacle or _too_many(len(blocks), text))


def _addresses(asked: Asked) -> End:
    if asked.addresses is None:
        # The Internet: not the private addresses, which are those of pods and nodes.
        public = [{"cidr": cidr, "except": excepts} for cidr, excepts in _PRIVATE.items()]
        return End("internet", asked.text, blocks=tuple(public))
    cidrs = list(_cidrs(asked.addresses))
    blocks = tuple({"cidr": cidr} for cidr in cidrs)
    return End(cidrs[0], asked.text, blocks=blocks, obstacle=_too_many(len(cidrs), asked.text))


def _too_many(count: int, text: str) -> str:
    if count <= _MOST_BLOCKS:
        return ""
    return f"{count} blocks would be needed to name {text}: ask for fewer."


def _cidrs(addresses: AddressSet) -> Iterable[str]:
    for part in str(addresses).split(","):
        first, dash, last = part.partition("-")
        if not dash:
            yield str(ipaddress.ip_network(part))
            continue
        low, high = ipaddress.ip_address(first), ipaddress.ip_address(last)
        yield from (str(each) for each in ipaddress.summarize_address_range(low, high))


class Drafter:
    """Writes the documents of one draft; their names do not meet those of the cluster."""

    def __init__(self, evaluation: Evaluation, port: Port | None) -> None:
        self._evaluation = evaluation
        self._port = port
        self._taken = {policy.key for policy in evaluation.state.policies}

    def draft(
        self, direction: Direction, subject: End, peer: End, *, amend: bool
    ) -> tuple[str, str, bool] | str:
        """Key and text of a policy that opens the peer to the subject, and whether it is an
        existing one with a rule more (`amend`); or why there can be none."""
        if peer.obstacle:
            return peer.obstacle
        if subject.hosts:
            return f"{subject.text} uses the network of its node: no policy governs it (A-90)."
        rule = self._rule(direction, subject, peer)
        if amend:
            existing = self._isolating(direction, subject)
            if existing is not None:
                return existing.key, _amended(existing, direction, rule), True
        source, destination = (peer, subject)
        joint = "from"
        if direction is Direction.EGRESS:
            source, destination, joint = peer, subject, "to"
        name = self._name(f"{destination.name}-{joint}-{source.name}", subject.namespace)
        spec = {
            "podSelector": self._selector(subject),
            "policyTypes": [direction.flag],
            direction.value: [rule],
        }
        manifest = {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": name, "namespace": subject.namespace},
            "spec": spec,
        }
        return f"NetworkPolicy/{subject.namespace}/{name}", write_yaml(manifest), False

    def _rule(self, direction: Direction, subject: End, peer: End) -> dict[str, Any]:
        if peer.blocks:
            peers = [{"ipBlock": dict(block)} for block in peer.blocks]
        else:
            clause: dict[str, Any] = {}
            if peer.namespace != subject.namespace:
                clause["namespaceSelector"] = {"matchLabels": {NAME_LABEL: peer.namespace}}
            peers = [{**clause, "podSelector": self._selector(peer)}]
        rule: dict[str, Any] = {"from" if direction is Direction.INGRESS else "to": peers}
        if self._port is not None:
            rule["ports"] = [{"protocol": self._port.protocol, "port": self._port.number}]
        return rule

    def _selector(self, end: End) -> dict[str, Any]:
        mine = {(pod.namespace, pod.name) for pod in end.pods}
        others = (
            pod
            for pod in self._evaluation.state.pods
            if pod.namespace == end.namespace and (pod.namespace, pod.name) not in mine
        )
        return selector_spec(picked(end.pods, others))

    def _isolating(self, direction: Direction, subject: End) -> PolicyObject | None:
        """The narrowest NetworkPolicy that closes the direction for all pods of the subject."""
        universe = self._evaluation.universe
        names = {(pod.namespace, pod.name) for pod in subject.pods}
        bits = 0
        for bit, each in universe.each_class():
            pods = (universe.state.pods[index] for index in each.pods)
            if any((pod.namespace, pod.name) in names for pod in pods):
                bits |= 1 << bit
        fitting = [
            policy
            for policy in self._evaluation.policies
            if policy.policy.tier is Tier.NETWORKPOLICY
            and direction in policy.policy.isolates
            and policy.subjects & bits == bits
            and kind_of(policy.source.api_version, policy.source.kind)
        ]
        narrowest = min(fitting, key=lambda each: each.subjects.bit_count(), default=None)
        return narrowest.source if narrowest else None

    def _name(self, wanted: str, namespace: str) -> str:
        plain = re.sub(r"[^a-z0-9]+", "-", wanted.lower()).strip("-")[: _LONGEST_NAME - 3]
        plain = plain.strip("-") or "fix"
        name, number = plain, 1
        while f"NetworkPolicy/{namespace}/{name}" in self._taken:
            number += 1
            name = f"{plain}-{number}"
        self._taken.add(f"NetworkPolicy/{namespace}/{name}")
        return name


def _amended(policy: PolicyObject, direction: Direction, rule: dict[str, Any]) -> str:
    spec = copy.deepcopy(policy.spec)
    spec[direction.value] = [*(spec.get(direction.value) or ()), rule]
    return policy_yaml(
        policy.api_version,
        policy.kind,
        policy.namespace,
        policy.name,
        spec,
        labels=policy.labels,
        annotations=policy.annotations,
    )
