"""Answers to the queries of the nca set: numbers about one or several sets of policies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import combinations, permutations
from typing import Any

import msgspec

from policies.evaluator.connections import NONE, ConnectionSet
from policies.evaluator.diff import compare
from policies.evaluator.engine import evaluate
from policies.evaluator.graph import flows
from policies.evaluator.resolve import peers_of_clause
from policies.evaluator.state import ClusterState, Namespace, PolicyObject
from tests.corpus.cases import CorpusCase
from tests.corpus.inputs import direct_owners, read_paths, without_addresses
from tests.corpus.rows import ORDINARY_PODS, connection_rows
from tests.oracle.questions import interesting_addresses
from tests.oracle.reference import Endpoint, active_types, policy_selects
from tests.support.flow_tables import FlowIndex, families_of, peer_text

__all__ = ["answer"]

Table = dict[tuple[str, str], ConnectionSet]


def answer(case: CorpusCase) -> dict[str, Any]:
    """The result for one case, as compare.py reads it."""
    configs = [_config(case, argument) for argument in case.record["args"]]
    if case.kind == "connectivityMap":
        paths = _paths(case, configs[0].record["pods_from"])
        owners = direct_owners(paths, configs[0].state)
        return {"connections": connection_rows(configs[0].state, owners)}
    number = _NUMBERS[case.kind](configs)
    if number is None:
        return {"not_executed": True}
    return {"number": number}


class Config:
    """One set of policies over its pods and namespaces."""

    def __init__(self, record: dict[str, Any], state: ClusterState) -> None:
        self.record = record
        self.state = state

    def with_policies(self, policies: list[PolicyObject]) -> Config:
        """The same pods under other policies."""
        return Config(self.record, msgspec.structs.replace(self.state, policies=tuple(policies)))

    @cached_property
    def index(self) -> FlowIndex:
        """Flows between pods and addresses."""
        return FlowIndex(flows(evaluate(self.state, ORDINARY_PODS), level="pod"))

    def table(self, addresses: list[str]) -> Table:
        """What is open between every two pods, and with each of the addresses."""
        return {
            (peer_text(source), peer_text(destination)): self._open(source, destination)
            for source, destination in self._pairs(addresses)
        }

    def explicit(self, addresses: list[str]) -> Table:
        """What is open where a policy selects one of the ends for its direction."""
        return {
            (peer_text(source), peer_text(destination)): self._open(source, destination)
            for source, destination in self._pairs(addresses)
            if self.selects(source, "egress") or self.selects(destination, "ingress")
        }

    def selects(self, endpoint: Endpoint, direction: str) -> bool:
        """Whether a policy isolates the endpoint in a direction."""
        return not isinstance(endpoint, str) and any(
            policy_selects(policy, endpoint) and direction in active_types(policy.spec)
            for policy in self.state.policies
        )

    def _open(self, source: Endpoint, destination: Endpoint) -> ConnectionSet:
        found = NONE
        for family in families_of(source, destination):
            found |= self.index.open_between(source, destination, family)
        return found

    def _pairs(self, addresses: list[str]) -> Iterator[tuple[Endpoint, Endpoint]]:
        yield from permutations(self.state.pods, 2)
        for pod in self.state.pods:
            for address in addresses:
                yield pod, address
                yield address, pod


def _paths(case: CorpusCase, names: list[str]) -> list[Any]:
    return [case.folder / name for name in names]


def _config(case: CorpusCase, argument: str) -> Config:
    """`name`, or `name/…/namespace/policy` for one policy of it."""
    name, *policy = argument.split("/")
    record = next(each for each in case.record["configs"] if each["name"] == name)
    pods = without_addresses(read_paths(_paths(case, record["pods_from"])))
    given = read_paths(_paths(case, record["namespaces_from"])).namespaces
    policies = read_paths(_paths(case, record["policies_from"])).policies
    if policy:
        wanted = tuple(policy[-2:])
        policies = tuple(each for each in policies if (each.namespace, each.name) == wanted)
    known = {each.name: each for each in (*pods.namespaces, *given)}
    for each in policies:
        synthesised = Namespace(each.namespace, {"kubernetes.io/metadata.name": each.namespace})
        known.setdefault(each.namespace, synthesised)
    namespaces = tuple(known[key] for key in sorted(known))
    state = msgspec.structs.replace(pods, namespaces=namespaces, policies=policies)
    return Config(record, state)


def _addresses(*configs: Config) -> list[str]:
    return sorted({text for each in configs for text in interesting_addresses(each.state)})


def _emptiness(configs: list[Config]) -> int:
    return sum(_empty_parts(config) for config in configs)


def _empty_parts(config: Config) -> int:
    evaluation = evaluate(config.state, ORDINARY_PODS)
    count = 0
    for policy in evaluation.policies:
        count += not policy.subjects
        for rule in policy.rules:
            peers = rule.rule.peers
            count += peers is not None and not any(
                clause.cidr
                or peers_of_clause(clause, policy.source.namespace, evaluation.universe)[0]
                for clause in peers
            )
    return count


def _vacuity(configs: list[Config]) -> int:
    return sum(
        all(opened.to_json() == "all" for opened in config.table(_addresses(config)).values())
        for config in configs
    )


def _redundancy(configs: list[Config]) -> int:
    return sum(_redundant_parts(config) for config in configs)


def _redundant_parts(config: Config) -> int:
    policies = list(config.state.policies)
    addresses = _addresses(config)
    whole = config.table(addresses)
    count = 0
    for index, policy in enumerate(policies):
        others = policies[:index] + policies[index + 1 :]
        if others and config.with_policies(others).table(addresses) == whole:
            count += 1
            continue
        count += sum(
            config.with_policies([*others, less]).table(addresses) == whole
            for less in _without_each_rule(policy)
        )
    return count


def _without_each_rule(policy: PolicyObject) -> Iterator[PolicyObject]:
    types = [direction.capitalize() for direction in active_types(policy.spec)]
    for direction in active_types(policy.spec):
        rules = policy.spec.get(direction) or []
        for index in range(len(rules)):
            left = {direction: rules[:index] + rules[index + 1 :], "policyTypes": types}
            yield msgspec.structs.replace(policy, spec={**policy.spec, **left})


def _all_captured(configs: list[Config]) -> int:
    count = 0
    for config in configs:
        for direction in ("ingress", "egress"):
            free = {
                str(pod.workload) for pod in config.state.pods if not config.selects(pod, direction)
            }
            count += len(free)
    return count


def _differ(first: Config, second: Config) -> bool:
    addresses = _addresses(first, second)
    return first.table(addresses) != second.table(addresses)


def _equivalence(configs: list[Config]) -> int:
    return sum(_differ(*pair) for pair in combinations(configs, 2))


def _strong_equivalence(configs: list[Config]) -> int:
    return sum(_differ_by_policy(*pair) for pair in combinations(configs, 2))


def _differ_by_policy(first: Config, second: Config) -> bool:
    mine = {policy.key: policy for policy in first.state.policies}
    theirs = {policy.key: policy for policy in second.state.policies}
    if mine.keys() != theirs.keys():
        return True
    return any(
        _differ(first.with_policies([mine[key]]), second.with_policies([theirs[key]]))
        for key in mine
    )


def _is_within(inner: Table, outer: Table) -> bool:
    return all(opened <= outer.get(pair, NONE) for pair, opened in inner.items())


def _containment(configs: list[Config]) -> int:
    first, *later = configs
    return sum(
        _is_within(other.table(_addresses(first, other)), first.table(_addresses(first, other)))
        for other in later
    )


def _two_way(configs: list[Config]) -> int:
    total = 0
    for first, second in combinations(configs, 2):
        addresses = _addresses(first, second)
        mine, theirs = first.table(addresses), second.table(addresses)
        total += 2 * _is_within(mine, theirs) + _is_within(theirs, mine)
    return total


def _permits(configs: list[Config]) -> int | None:
    """Later configurations with something explicitly open that the first closes."""
    first, *later = configs
    if not first.state.policies:
        return None
    return sum(_opens(other, first, closed=True) for other in later)


def _forbids(configs: list[Config]) -> int | None:
    first, *later = configs
    if not first.state.policies:
        return None
    return sum(_opens(other, first, closed=False) for other in later)


def _opens(other: Config, first: Config, *, closed: bool) -> bool:
    addresses = _addresses(first, other)
    whole = first.table(addresses)
    for pair, opened in other.explicit(addresses).items():
        allowed = whole.get(pair, NONE)
        if (opened - allowed).ported if closed else (opened & allowed).ported:
            return True
    return False


def _interferes(configs: list[Config]) -> int:
    first, *later = configs
    return sum(_exceeds(other, first) for other in later)


def _pairwise(configs: list[Config]) -> int:
    return sum(_exceeds(second, first) for first, second in permutations(configs, 2))


def _exceeds(other: Config, first: Config) -> bool:
    """Something is explicitly open under `other`, where `first` has rules too, and not under it."""
    addresses = _addresses(first, other)
    mine, theirs = first.explicit(addresses), other.explicit(addresses)
    return any((theirs.get(pair, NONE) - opened).ported for pair, opened in mine.items())


def _semantic_diff(configs: list[Config]) -> int:
    """How many kinds of difference there are: gained or lost, among which peers."""
    return sum(len(set(_differences(*pair))) for pair in combinations(configs, 2))


def _differences(first: Config, second: Config) -> Iterator[tuple[str, ...]]:
    before, after = (evaluate(each.state, ORDINARY_PODS) for each in (first, second))
    for change in compare(before, after).changes:
        ends = tuple(
            sorted(
                "address" if "[" not in text else "moved" if text in change.new_or_lost else "kept"
                for text in (change.source, change.destination)
            )
        )
        if (change.after - change.before).ported:
            yield ("gained", *ends)
        if (change.before - change.after).ported:
            yield ("lost", *ends)


_NUMBERS: dict[str, Callable[[list[Config]], int | None]] = {
    "emptiness": _emptiness,
    "vacuity": _vacuity,
    "redundancy": _redundancy,
    "allCaptured": _all_captured,
    "equivalence": _equivalence,
    "strongEquivalence": _strong_equivalence,
    "containment": _containment,
    "twoWayContainment": _two_way,
    "permits": _permits,
    "forbids": _forbids,
    "interferes": _interferes,
    "pairwiseInterferes": _pairwise,
    "semanticDiff": _semantic_diff,
}
