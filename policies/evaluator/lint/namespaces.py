"""Namespaces that a selector names and that are not there."""

from __future__ import annotations

from collections.abc import Iterator

from policies.evaluator.labels import Requirement, Selector
from policies.evaluator.lint.evidence import Evidence
from policies.evaluator.lint.finding import Check, Fix, Hit
from policies.evaluator.lint.fixes import NAME_LABEL, replaced, selector_spec
from policies.evaluator.lint.near import nearest
from policies.evaluator.policy import PeerClause
from policies.evaluator.resolve import ResolvedPolicy
from policies.evaluator.words import joined

__all__ = ["CHECKS", "FAMILY"]

FAMILY = "Namespaces"


def _no_namespace(evidence: Evidence) -> Iterator[Hit]:
    """L-02, A-46."""
    for policy, _, clause in evidence.selectors():
        selector = clause.namespaces
        if selector is None or evidence.universe.matching_namespaces(selector):
            continue
        if _named_missing(selector, evidence):
            continue
        text, meant = _said(selector, evidence)
        yield Hit(
            text,
            (evidence.place(policy, clause.path),),
            tuple(map(str, evidence.refs(policy.subjects)[:1])),
            fix=_fix(policy, clause, meant) if meant else None,
        )


def _said(selector: Selector, evidence: Evidence) -> tuple[str, Selector | None]:
    """What the namespaces carry instead, and the selector that is most likely meant."""
    start = f"namespaceSelector {selector} matches no namespace"
    namespaces = evidence.universe.namespaces
    carried: dict[str, set[str]] = {}
    for each in namespaces.values():
        for key, value in each.labels.items():
            carried.setdefault(key, set()).add(value)
    by_name = _by_name(selector, evidence)
    meant = f" To mean namespace {by_name}, write {NAME_LABEL}: {by_name}." if by_name else ""
    selected = Selector((Requirement(NAME_LABEL, "In", (by_name,)),)) if by_name else None
    missing = [key for key in sorted(selector.keys) if key not in carried]
    if missing:
        label = "label" if len(missing) == 1 else "labels"
        only = selector.requirements[0]
        if not meant and len(selector.requirements) == 1 and only.operator == "In":
            near = nearest(only.key, carried)
            meant = f" Set it with: kubectl label namespace NAME {only.key}={only.values[0]}"
            if near and set(only.values) & carried[near]:
                meant = f" Did you mean {near}={only.values[0]}?"
                selected = Selector((Requirement(near, "In", only.values),))
        return f"{start}: no namespace carries the {label} {joined(missing)}.{meant}", selected
    found = [
        f"{key}={value}" for key in sorted(selector.keys) for value in sorted(carried[key])[:3]
    ]
    text = f"{start}: namespaces carry {joined(found)}." if found else f"{start}."
    if not meant:
        meant, selected = _near_value(selector, carried)
    return f"{text}{meant}", selected


def _by_name(selector: Selector, evidence: Evidence) -> str:
    """The classic slip: a namespace is meant by its name (A-46)."""
    if len(selector.requirements) != 1 or selector.requirements[0].operator != "In":
        return ""
    values = selector.requirements[0].values
    return next((value for value in values if value in evidence.universe.namespaces), "")


def _near_value(selector: Selector, carried: dict[str, set[str]]) -> tuple[str, Selector | None]:
    for each in selector.requirements:
        if each.operator != "In" or set(each.values) & carried[each.key]:
            continue
        near = nearest(each.values[0], carried[each.key])
        if near:
            rest = tuple(other for other in selector.requirements if other is not each)
            meant = Requirement(each.key, "In", (near,))
            return f" Did you mean {meant}?", Selector(tuple(sorted((*rest, meant))))
    return "", None


def _fix(policy: ResolvedPolicy, clause: PeerClause, meant: Selector) -> Fix | None:
    spec = selector_spec(meant)
    path = f"{clause.path}.namespaceSelector"
    return replaced(policy.source, path, spec, f"Select namespaces by {meant}")


def _named_missing(selector: Selector, evidence: Evidence) -> list[str]:
    """Names of namespaces that a selector asks for and that do not exist; all of them or none."""
    for each in selector.requirements:
        if each.key == NAME_LABEL and each.operator == "In":
            missing = [value for value in each.values if value not in evidence.universe.namespaces]
            return missing
    return []


def _not_there(evidence: Evidence) -> Iterator[Hit]:
    """L-35."""
    for policy, _, clause in evidence.selectors():
        missing = _named_missing(clause.namespaces or Selector(), evidence)
        if missing:
            near = nearest(missing[0], evidence.universe.namespaces)
            hint = f" Did you mean {near}?" if near else ""
            fix = None
            if near and len(missing) == 1:
                fix = _fix(policy, clause, _renamed(clause.namespaces, missing[0], near))
            yield Hit(
                f"There is no namespace {joined(missing, 'or')}: nobody is let in today, and"
                f" whoever creates it will be.{hint}",
                (evidence.place(policy, clause.path),),
                tuple(map(str, evidence.refs(policy.subjects)[:1])),
                fix=fix,
            )
    given = [each for each in evidence.state.namespaces if not each.synthesised]
    for policy in evidence.plain:
        namespace = policy.source.namespace
        known = evidence.universe.namespaces.get(namespace)
        if given and known and known.synthesised and not evidence.universe.in_namespace(namespace):
            near = nearest(namespace, [each.name for each in given])
            hint = f" Did you mean {near}?" if near else ""
            yield Hit(
                f"The policy is in namespace {namespace}, which does not exist.{hint}",
                (evidence.place(policy),),
            )


def _renamed(selector: Selector | None, old: str, new: str) -> Selector:
    found = []
    for each in (selector or Selector()).requirements:
        if each.key == NAME_LABEL and each.operator == "In":
            values = {new if value == old else value for value in each.values}
            each = Requirement(each.key, "In", tuple(sorted(values)))
        found.append(each)
    return Selector(tuple(sorted(found)))


CHECKS = (
    Check(
        "L-02",
        "warning",
        "A namespaceSelector that matches no namespace",
        "Nobody set the label, or a name is given where a label is needed: all of it is denied.",
        _no_namespace,
    ),
    Check(
        "L-35",
        "warning",
        "A namespace that does not exist",
        "The rule is dead today, and a waiting trap: whoever creates the namespace gets in.",
        _not_there,
    ),
)
