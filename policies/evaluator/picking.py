"""Labels that pick out some pods of a namespace and, where possible, no other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any

from policies.evaluator.labels import Requirement, Selector
from policies.evaluator.state import Pod

__all__ = ["picked", "selector_spec"]

# What people write into selectors, in the order in which it reads best.
_PREFERRED = (
    "app.kubernetes.io/name",
    "app",
    "k8s-app",
    "name",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/component",
    "component",
    "tier",
    "role",
)
# Set anew by controllers at every change of a template or for every run.
_VOLATILE = frozenset(
    {
        "batch.kubernetes.io/controller-uid",
        "controller-revision-hash",
        "controller-uid",
        "pod-template-generation",
        "pod-template-hash",
    }
)
MOST_KEYS = 12
"""Labels tried in combination: beyond, all are taken."""
MOST_TOGETHER = 3


def picked(pods: Sequence[Pod], others: Iterable[Pod]) -> Selector:
    """The shortest selector that matches all `pods` and, if there is one, none of `others`.

    Labels first, conditions on the absence or the values of others where labels do not do. What
    still matches is for the caller to find and to say.
    """
    rivals = _distinct(others)
    shared = _shared(pods)
    for size in range(1, MOST_TOGETHER + 1):
        for chosen in combinations(shared[:MOST_KEYS], size):
            if not _matching(chosen, rivals):
                return Selector(tuple(sorted(chosen)))
    if not rivals and not shared:
        return Selector()
    left = _matching(shared, rivals)
    kept = list(shared if left != rivals else shared[:1])
    for requirement in _conditions(pods, left):
        fewer = _matching((requirement,), left)
        if len(fewer) < len(left):
            kept.append(requirement)
            left = fewer
        if not left:
            break
    return Selector(tuple(sorted(kept)))


def selector_spec(selector: Selector) -> dict[str, Any]:
    """A selector as a manifest writes it."""
    labels = {each.key: each.values[0] for each in selector.requirements if _is_label(each)}
    expressions = [
        {"key": each.key, "operator": each.operator}
        | ({"values": list(each.values)} if each.values else {})
        for each in selector.requirements
        if not _is_label(each)
    ]
    spec: dict[str, Any] = {"matchLabels": labels} if labels else {}
    return spec | ({"matchExpressions": expressions} if expressions else {})


def _is_label(requirement: Requirement) -> bool:
    return requirement.operator == "In" and len(requirement.values) == 1


def _distinct(pods: Iterable[Pod]) -> list[Pod]:
    """One pod for each set of labels; pods on the network of their node match no selector."""
    seen = {
        (tuple(sorted(pod.labels.items())), pod.unknown_labels): pod
        for pod in pods
        if not pod.host_network
    }
    return list(seen.values())


def _shared(pods: Sequence[Pod]) -> list[Requirement]:
    """The labels that all pods carry alike, the best to read first."""
    pairs = set.intersection(*(set(pod.labels.items()) for pod in pods))
    unknown = {key for pod in pods for key in pod.unknown_labels} | _VOLATILE
    rank = {key: place for place, key in enumerate(_PREFERRED)}
    usable = sorted(
        (pair for pair in pairs if pair[0] not in unknown),
        key=lambda pair: (rank.get(pair[0], len(rank)), pair),
    )
    return [Requirement(key, "In", (value,)) for key, value in usable]


def _matching(requirements: Iterable[Requirement], pods: Sequence[Pod]) -> list[Pod]:
    """The pods that match, or may match once the cluster has set their labels (F-06)."""
    wanted = tuple(requirements)
    return [
        pod
        for pod in pods
        if all(each.key in pod.unknown_labels or each.matches(pod.labels) for each in wanted)
    ]


def _conditions(pods: Sequence[Pod], rivals: Sequence[Pod]) -> Iterator[Requirement]:
    """What holds for all pods and not for some rival: other values of a key, or its absence."""
    unknown = {key for pod in pods for key in pod.unknown_labels} | _VOLATILE
    keys = sorted({key for pod in (*pods, *rivals) for key in pod.labels} - unknown)
    for key in keys:
        values = {pod.labels[key] for pod in pods if key in pod.labels}
        everywhere = all(key in pod.labels for pod in pods)
        if not values:
            yield Requirement(key, "DoesNotExist")
        elif everywhere:
            yield Requirement(key, "In", tuple(sorted(values)))
        else:
            away = {pod.labels[key] for pod in rivals if key in pod.labels} - values
            if away:
                yield Requirement(key, "NotIn", tuple(sorted(away)))
