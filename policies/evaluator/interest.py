"""Which policies may tell a class of pods from the rest: those that are resolved again for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policies.evaluator.bits import bits_of
from policies.evaluator.labels import Selector
from policies.evaluator.peers import PodClass, Universe
from policies.evaluator.policy import Direction, Policy, Rule
from policies.evaluator.resolve import ResolvedPolicy

__all__ = ["Interest", "Touch"]

Touch = tuple[int, Direction | None]
"""A policy by its place, and the direction in which a rule names the class; None: it selects it."""

_Selecting = dict[Selector, list[Touch]]


class Interest:
    """An index of policies by what they look at: namespaces, labels, blocks, ports, nodes.

    It may name a policy that a class turns out to mean nothing to, never leave one out.
    """

    def __init__(self, policies: Sequence[ResolvedPolicy], universe: Universe) -> None:
        self._blocks = universe.plan.blocks
        self._in_namespace: dict[str, _Selecting] = {}
        self._in_namespaces: dict[Selector, _Selecting] = {}
        self._in_block: dict[int, list[Touch]] = {}
        self._by_port: dict[str, list[Touch]] = {}
        self._on_hosts: list[Touch] = []
        for place, each in enumerate(policies):
            self._add_subjects(place, each.policy)
            for rule in each.policy.rules:
                self._add_peers(place, rule, each.policy.subject.namespace)

    def _add_subjects(self, place: int, policy: Policy) -> None:
        for subject in policy.subjects:
            if subject.nodes is not None:
                self._on_hosts.append((place, None))
            else:
                within = None if subject.namespace else subject.namespaces
                self._add((place, None), subject.namespace, within, subject.pods)
        if policy.veil.outside:
            # Pods are no peers of it, but what is on the network of a node is.
            self._on_hosts += ((place, direction) for direction in policy.opaque)

    def _add_peers(self, place: int, rule: Rule, namespace: str) -> None:
        touch = (place, rule.direction)
        if rule.peers is None:
            # Whoever comes is in it already, but for what a name of a port means there.
            for port in rule.ports or ():
                self._by_port.setdefault(port.name, []).append(touch)
        for clause in rule.peers or ():
            if clause.cidr:
                number = self._blocks[clause.cidr, clause.excepts]
                self._in_block.setdefault(number, []).append(touch)
            elif clause.nodes is not None:
                self._on_hosts.append(touch)
            elif not clause.domains:
                self._add(touch, namespace, clause.namespaces, clause.pods)

    def _add(self, touch: Touch, namespace: str, within: Selector | None, pods: Selector) -> None:
        if within is None:
            selecting = self._in_namespace.setdefault(namespace, {})
        else:
            selecting = self._in_namespaces.setdefault(within, {})
        selecting.setdefault(pods, []).append(touch)

    def touched(self, each: PodClass, universe: Universe) -> Iterator[Touch]:
        """Every policy that may select the class or name it, some more than once."""
        labels = dict(each.labels)
        for selecting in self._over(each.namespace, universe):
            for selector, touches in selecting.items():
                if _may_match(selector, labels, each.unknown):
                    yield from touches
        inside = 0
        for _, blocks in each.signatures:
            inside |= blocks
        # Where its addresses are not known, it may be in any block.
        for number in bits_of(inside) if each.signatures else self._in_block:
            yield from self._in_block.get(number, ())
        for port in each.ports:
            yield from self._by_port.get(port.name, ())
        if each.host_network:
            yield from self._on_hosts

    def _over(self, namespace: str, universe: Universe) -> Iterator[_Selecting]:
        if namespace in self._in_namespace:
            yield self._in_namespace[namespace]
        known = universe.namespaces.get(namespace)
        if known is not None:
            for selector, selecting in self._in_namespaces.items():
                if selector.matches(known.labels):
                    yield selecting


def _may_match(selector: Selector, labels: dict[str, str], unknown: tuple[str, ...]) -> bool:
    return all(
        requirement.key in unknown or requirement.matches(labels)
        for requirement in selector.requirements
    )
