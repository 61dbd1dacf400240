"""Selectors that match nothing, and what they most likely meant."""

from __future__ import annotations

from collections.abc import Iterator

from policies.evaluator.bits import bits_of
from policies.evaluator.labels import Selector
from policies.evaluator.lint.evidence import Evidence, by_labels
from policies.evaluator.lint.finding import Check, Fix, Hit
from policies.evaluator.lint.fixes import replaced, selector_spec
from policies.evaluator.lint.near import suggestion
from policies.evaluator.lint.unmatched import (
    SUBJECT,
    Unmatched,
    subject_path,
    unmatched_peers,
    unmatched_subjects,
)
from policies.evaluator.policy import PeerClause
from policies.evaluator.resolve import ResolvedPolicy
from policies.evaluator.words import joined, shortened

__all__ = ["CHECKS", "FAMILY"]

FAMILY = "Selectors"


def _selects_nothing(evidence: Evidence) -> Iterator[Hit]:
    for found in unmatched_subjects(evidence):
        text = _no_pod("podSelector", found, evidence)
        near, fix = _near_miss(found, evidence)
        yield Hit(
            f"{text} The policy protects nothing.{near}",
            (evidence.place(found.policy, found.path),),
            (f"ns:{found.namespace}",) if found.namespace else (),
            fix=fix,
        )


def _peer_selects_nothing(evidence: Evidence) -> Iterator[Hit]:
    for found in unmatched_peers(evidence):
        text = _no_pod("This peer", found, evidence)
        near, fix = _near_miss(found, evidence)
        yield Hit(
            f"{text}{near}",
            (evidence.place(found.policy, found.path),),
            tuple(map(str, evidence.refs(found.policy.subjects)[:1])),
            fix=fix,
        )


def _no_pod(who: str, found: Unmatched, evidence: Evidence) -> str:
    namespace, selector = found.namespace, found.selector
    where = f"in namespace {namespace}" if namespace else "in the namespaces it names"
    what = f"no pod with {selector}" if selector else "no pod"
    elsewhere = ""
    names = _namespaces_of(evidence.pods.matching(selector), evidence) if selector else []
    if namespace and names:
        elsewhere = f" There are such pods in {joined(names[:3])}."
    return f"{who} selects {what} {where}.{elsewhere}"


def _namespaces_of(pods: int, evidence: Evidence) -> list[str]:
    return sorted({evidence.state.pods[index].namespace for index in bits_of(pods)})


def _near_miss(found: Unmatched, evidence: Evidence) -> tuple[str, Fix | None]:
    """What the pods that could be meant carry instead, and the policy with that."""
    window = evidence.pods.by_namespace.get(found.namespace, 0) if found.namespace else 0
    if found.clause and found.clause.namespaces is not None:
        for name in evidence.universe.matching_namespaces(found.clause.namespaces):
            window |= evidence.pods.by_namespace.get(name, 0)
    values: dict[str, set[str]] = {}
    for index in bits_of(window):
        for key, value in evidence.state.pods[index].labels.items():
            values.setdefault(key, set()).add(value)
    text, meant = suggestion(found.selector, values)
    if not text or evidence.pods.matching(found.selector):
        return "", None
    fix = None
    if meant is not None and evidence.pods.matching(meant) & window:
        path = f"{found.path}.podSelector" if found.clause else found.path
        spec = selector_spec(meant)
        fix = replaced(found.policy.source, path, spec, f"Select {meant} instead")
    return f" {text}", fix


def _label_on_owner_only(evidence: Evidence) -> Iterator[Hit]:
    """L-06: labels of a Deployment are not those of its pods."""
    for found in [*unmatched_subjects(evidence), *unmatched_peers(evidence)]:
        if not found.selector:
            continue
        owners = [
            each
            for each in evidence.state.workloads
            if each.ref.kind != "Pod"
            and (not found.namespace or each.ref.namespace == found.namespace)
            and found.selector.matches(each.labels)
        ]
        if owners:
            names = shortened([f"{each.ref.kind} {each.ref.name}" for each in owners])
            yield Hit(
                f"{found.selector} is a label of {names} and not of the pod template, which is what"
                " selectors look at: add it under spec.template.metadata.labels.",
                (
                    evidence.place(found.policy, found.path),
                    *(evidence.workload_place(each.ref) for each in owners),
                ),
                tuple(str(each.ref) for each in owners[:1]),
            )


def _labels_of_a_service(evidence: Evidence) -> Iterator[Hit]:
    """L-07."""
    for found in [*unmatched_subjects(evidence), *unmatched_peers(evidence)]:
        if not found.selector:
            continue
        for service in evidence.state.services:
            where = not found.namespace or service.namespace == found.namespace
            if where and service.labels and found.selector.matches(service.labels):
                selects = by_labels(service.selector)
                pods = f" Its pods carry {selects}." if service.selector else ""
                yield Hit(
                    f"{found.selector} is a label of Service {service.namespace}/{service.name},"
                    f" not of pods; a policy cannot select a Service.{pods}",
                    (
                        evidence.place(found.policy, found.path),
                        evidence.service_place(service),
                    ),
                    fix=_select(found, selects) if service.selector else None,
                )
                break


def _select(found: Unmatched, selector: Selector) -> Fix | None:
    path = f"{found.path}.podSelector" if found.clause else found.path
    spec = selector_spec(selector)
    return replaced(found.policy.source, path, spec, f"Select {selector} instead")


def _wrong_namespace(evidence: Evidence) -> Iterator[Hit]:
    """L-08: a policy protects pods of its own namespace only (A-05)."""
    for found in unmatched_subjects(evidence):
        if not found.namespace or not found.selector:
            continue
        pods = evidence.pods.matching(found.selector)
        names = _namespaces_of(pods, evidence)
        if names:
            refs = evidence.refs_of_pods(pods)
            yield Hit(
                f"{found.selector} selects nothing in namespace {found.namespace}, but"
                f" {shortened([f'{each.namespace}/{each.name}' for each in refs])} carry it. A"
                f" policy only protects its own namespace: it belongs into {joined(names[:3])}.",
                (
                    evidence.place(found.policy, found.path),
                    *(evidence.workload_place(each) for each in refs[:10]),
                ),
                tuple(map(str, refs[:1])),
            )


def _own_namespace_only(evidence: Evidence) -> Iterator[Hit]:
    """L-23: a podSelector alone means the policy's own namespace (A-40)."""
    for found in unmatched_peers(evidence):
        clause = found.clause
        if clause is None or clause.namespaces is not None or not found.selector:
            continue
        names = _namespaces_of(evidence.pods.matching(found.selector), evidence)
        if names:
            selector = {"matchLabels": {"kubernetes.io/metadata.name": names[0]}}
            refs = evidence.refs_of_pods(evidence.pods.matching(found.selector))
            yield Hit(
                f"Pods with {found.selector} are in {joined(names[:3])}; a podSelector alone means"
                f" namespace {found.namespace}. Name the namespace in the same entry.",
                (evidence.place(found.policy, found.path),),
                tuple(map(str, refs[:1])),
                fix=replaced(
                    found.policy.source,
                    f"{found.path}.namespaceSelector",
                    selector,
                    f"Allow them from namespace {names[0]}",
                ),
            )


def _contradiction(evidence: Evidence) -> Iterator[Hit]:
    """L-04, A-56."""
    for policy in evidence.policies:
        subject = policy.policy.subject
        for path, selector in (
            (subject_path(policy), subject.pods),
            ("subject", subject.namespaces),
        ):
            if text := impossible(selector):
                yield Hit(
                    f"The policy selects {selector}: {text}, so it never selects a pod.",
                    (evidence.place(policy, path),),
                )
    for policy, _, clause in evidence.selectors():
        for asked in filter(None, (clause.namespaces, clause.pods)):
            if text := impossible(asked):
                yield Hit(
                    f"This peer asks for {asked}: {text}, so it never matches.",
                    (evidence.place(policy, clause.path),),
                )


def impossible(selector: Selector) -> str:
    """Why no labels at all can satisfy a selector; empty when some can (A-56)."""
    by_key: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for each in selector.requirements:
        by_key.setdefault(each.key, []).append((each.operator, frozenset(each.values)))
    for key, conditions in by_key.items():
        operators = {operator for operator, _ in conditions}
        needed = operators & {"In", "Exists"}
        if needed and "DoesNotExist" in operators:
            return f"{key} must be there and must not"
        allowed: frozenset[str] | None = None
        for operator, values in conditions:
            if operator == "In":
                allowed = values if allowed is None else allowed & values
        for operator, values in conditions:
            if operator == "NotIn" and allowed is not None:
                allowed -= values
        if allowed is not None and not allowed:
            return f"no value of {key} satisfies all its conditions"
    return ""


def _host_network_subject(evidence: Evidence) -> Iterator[Hit]:
    """L-50, A-90."""
    universe = evidence.universe
    if evidence.profile.hostnet_subject:
        return
    for policy in evidence.policies:
        subject = policy.policy.subject
        sure, _ = universe.with_labels(subject.pods)
        window = (
            universe.in_namespace(subject.namespace)
            if subject.namespace
            else universe.in_namespaces(subject.namespaces)
        )
        hosts = sure & window & universe.hosts
        # What selects everything in a namespace does not mean the node's agents in particular.
        if not hosts or (not subject.pods and policy.subjects):
            continue
        refs = evidence.refs(hosts)
        nothing_else = not policy.subjects
        yield Hit(
            f"{shortened([f'{each.namespace}/{each.name}' for each in refs])}"
            f" {'uses' if len(refs) == 1 else 'use'} the network of their node, so the policy is"
            f" not enforced there{' and protects nothing' if nothing_else else ''}.",
            (
                evidence.place(policy, subject_path(policy)),
                *(evidence.workload_place(each) for each in refs[:10]),
            ),
            tuple(map(str, refs[:1])),
            severity="error" if nothing_else else None,
        )


def _host_network_peer(evidence: Evidence) -> Iterator[Hit]:
    """L-51, A-91."""
    universe = evidence.universe
    for policy, _, clause in evidence.selectors():
        hosts = _window(policy, clause, evidence) & universe.hosts & ~universe.selectable
        if hosts and not evidence.peers(policy, clause):
            refs = evidence.refs(hosts)
            yield Hit(
                f"The only pods that this peer names,"
                f" {shortened([f'{each.namespace}/{each.name}' for each in refs])}, use the network"
                " of their node: their traffic carries the node's address, which no selector"
                " matches. An ipBlock of the node addresses would.",
                (
                    evidence.place(policy, clause.path),
                    *(evidence.workload_place(each) for each in refs[:10]),
                ),
                tuple(map(str, refs[:1])),
            )


def _window(policy: ResolvedPolicy, clause: PeerClause, evidence: Evidence) -> int:
    """Every pod that a clause names, host-network pods included."""
    universe = evidence.universe
    sure, _ = universe.with_labels(clause.pods)
    if clause.namespaces is None:
        return sure & universe.in_namespace(policy.policy.subject.namespace)
    return sure & universe.in_namespaces(clause.namespaces)


def _only_finished(evidence: Evidence) -> Iterator[Hit]:
    """L-113, A-93."""
    for found in [
        *unmatched_subjects(evidence, explained=True),
        *unmatched_peers(evidence, explained=True),
    ]:
        pods = evidence.finished.matching(found.selector, found.namespace)
        if found.selector and pods:
            names = [
                f"{evidence.state.finished[index].namespace}/{evidence.state.finished[index].name}"
                for index in bits_of(pods)
            ]
            yield Hit(
                f"{found.selector} matches only pods that have finished ({shortened(names)}):"
                f" {'the policy' if found.path == SUBJECT else 'the peer'} has no effect until"
                " one of them runs again.",
                (evidence.place(found.policy, found.path),),
            )


CHECKS = (
    Check(
        "L-03",
        "warning",
        "The policy selects no pod",
        "No pod is isolated where one is expected to be: traffic stays as open as it was.",
        _selects_nothing,
    ),
    Check(
        "L-04",
        "error",
        "A selector that can never match",
        "Its conditions contradict each other, so whatever pods come, it selects none of them.",
        _contradiction,
    ),
    Check(
        "L-05",
        "warning",
        "A peer that selects no pod",
        "The client that should be let in is not: a typing error, or the wrong namespace.",
        _peer_selects_nothing,
    ),
    Check(
        "L-06",
        "warning",
        "The label is on the workload, not on its pods",
        "The selector looks right in `kubectl get deployments --show-labels`, and matches nothing.",
        _label_on_owner_only,
    ),
    Check(
        "L-07",
        "warning",
        "The selector uses the labels of a Service",
        "Labels of a Service are not labels of its pods, and policies only see pods.",
        _labels_of_a_service,
    ),
    Check(
        "L-08",
        "warning",
        "The policy is in the wrong namespace",
        "A NetworkPolicy protects pods of its own namespace only.",
        _wrong_namespace,
    ),
    Check(
        "L-23",
        "info",
        "A podSelector alone does not cross namespaces",
        "Without a namespaceSelector in the same entry, clients of other namespaces are denied.",
        _own_namespace_only,
    ),
    Check(
        "L-50",
        "warning",
        "The policy selects host-network pods",
        "Pods on the network of their node are not isolated by network policies.",
        _host_network_subject,
    ),
    Check(
        "L-51",
        "warning",
        "The allowed client is a host-network pod",
        "Its traffic comes from the address of its node, so a selector never matches it.",
        _host_network_peer,
    ),
    Check(
        "L-113",
        "info",
        "The selector matches only finished pods",
        "Finished pods open and receive no connections: the rule looks alive and is not.",
        _only_finished,
    ),
)
