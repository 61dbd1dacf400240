"""Rules that say something else than they seem to."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from policies.evaluator.errors import Severity
from policies.evaluator.labels import EVERYTHING
from policies.evaluator.lint.evidence import FIELDS, Evidence
from policies.evaluator.lint.finding import Check, Fix, Hit
from policies.evaluator.lint.fixes import manifest, replaced
from policies.evaluator.lint.sensitive import sensitive_among, sensitive_in
from policies.evaluator.policy import Direction, PeerClause, PortClause, Rule, Tier
from policies.evaluator.resolve import ResolvedPolicy, ResolvedRule
from policies.evaluator.words import clause_phrase, joined, ports_phrase, shortened

__all__ = ["CHECKS", "FAMILY"]

FAMILY = "Rules"
_EPHEMERAL = (1024, 32768)
_LAST_PORT = 65535
_DNS = 53


def _shown(policy: ResolvedPolicy, evidence: Evidence) -> tuple[str, ...]:
    return tuple(map(str, evidence.refs(policy.subjects)[:1]))


def _for_the_replies(evidence: Evidence) -> Iterator[Hit]:
    """L-16, M-01: the answer to an allowed connection needs no rule."""
    for policy in evidence.plain:
        rules = policy.policy.rules
        inward = [each for each in rules if each.direction is Direction.INGRESS]
        for rule in rules:
            if rule.direction is not Direction.EGRESS or rule.peers is None:
                continue
            if not _all_or_ephemeral(rule.ports):
                continue
            same = next((each for each in inward if _answers(each, rule)), None)
            if same is not None:
                yield Hit(
                    f"{rule.path} names the same peers as {same.path}, which opens"
                    f" {ports_phrase(same.ports)}, and opens {ports_phrase(rule.ports)} towards"
                    " them. Replies need no rule; this one lets the pods open new connections.",
                    (evidence.place(policy, rule.path),),
                    _shown(policy, evidence),
                )


def _all_or_ephemeral(ports: tuple[PortClause, ...] | None) -> bool:
    return ports is None or any(
        not each.name and each.low in _EPHEMERAL and each.high == _LAST_PORT for each in ports
    )


def _answers(inward: Rule, outward: Rule) -> bool:
    if inward.ports is None or inward.peers is None:
        return False
    mine, theirs = map(_named, (inward.peers, outward.peers or ()))
    whole = (None, EVERYTHING, "", ())
    return mine == theirs and whole not in mine


def _named(peers: tuple[PeerClause, ...]) -> frozenset[Any]:
    return frozenset((each.namespaces, each.pods, each.cidr, each.excepts) for each in peers)


def _or_instead_of_and(evidence: Evidence) -> Iterator[Hit]:
    """L-20, A-43."""
    for policy, rule in evidence.rules():
        peers = rule.peers or ()
        for index, (one, two) in enumerate(pairwise(peers)):
            spaces, pods = (one, two) if one.namespaces is not None else (two, one)
            if spaces.cidr or pods.cidr or spaces.namespaces is None or spaces.pods:
                continue
            if pods.namespaces is not None or not pods.pods:
                continue
            namespace = policy.policy.subject.namespace
            yield Hit(
                "Two entries: " + clause_phrase(spaces, namespace) + ", and also "
                f"{clause_phrase(pods, namespace)}. If pods with {pods.pods} in namespaces with"
                f" {spaces.namespaces or 'any label'} are meant, both selectors belong into one"
                " entry, under one dash.",
                (evidence.place(policy, one.path),),
                _shown(policy, evidence),
                fix=_merged(policy, rule, index),
            )


def _merged(policy: ResolvedPolicy, rule: Rule, index: int) -> Fix | None:
    """The two entries as one."""
    path = f"{rule.path}.{FIELDS[rule.direction][1]}"
    try:
        given = policy.source.spec[rule.direction.value][_index(rule)][FIELDS[rule.direction][1]]
    except (KeyError, IndexError, TypeError):
        return None
    both = {**given[index], **given[index + 1]}
    merged = [*given[:index], both, *given[index + 2 :]]
    return replaced(policy.source, path, merged, "Require both selectors")


def _index(rule: Rule) -> int:
    return int(rule.path.partition("[")[2].rstrip("]"))


def _anyone(evidence: Evidence) -> Iterator[Hit]:
    """L-21, A-23."""
    for policy, rule in evidence.rules():
        raw = (policy.source.spec.get(rule.direction.value) or ())[_index(rule)]
        if rule.peers is not None or raw is None:
            continue
        field = FIELDS[rule.direction][1]
        written = isinstance(raw.get(field), list)
        whom = "from anyone" if rule.direction is Direction.INGRESS else "to anywhere"
        how = f"`{field}: []`" if written else f"A rule without `{field}`"
        severity: Severity | None = None
        if rule.ports is None:
            severity = "error" if written else "info"
        names = shortened([f"{e.namespace}/{e.name}" for e in evidence.refs(policy.subjects)])
        yield Hit(
            f"{how} opens {ports_phrase(rule.ports)} {whom}, the Internet and all namespaces"
            f" included{f', for {names}' if names else ''}.",
            (evidence.place(policy, rule.path),),
            _shown(policy, evidence),
            severity=severity,
        )


def _whole_cluster(evidence: Evidence) -> Iterator[Hit]:
    """L-22."""
    for policy, rule, clause in evidence.selectors():
        if policy.policy.tier is not Tier.NETWORKPOLICY or clause.pods:
            continue
        if clause.namespaces != EVERYTHING or _only_dns(rule):
            continue
        spaces = len(evidence.universe.namespaces)
        yield Hit(
            f"`namespaceSelector: {{}}` names every pod of all {spaces} namespaces, and of every"
            f" namespace to come, and opens {ports_phrase(rule.ports)} for them.",
            (evidence.place(policy, clause.path),),
            _shown(policy, evidence),
        )


def _only_dns(rule: Rule) -> bool:
    """Names are looked up by everybody: that rule is meant as it stands."""
    return rule.direction is Direction.EGRESS and all(
        not each.name and each.low == each.high == _DNS for each in rule.ports or (PortClause(""),)
    )


def _neutralised(evidence: Evidence) -> Iterator[Hit]:
    """L-25, A-04."""
    for policy in evidence.plain:
        for rule in policy.policy.rules:
            if rule.peers is not None or rule.ports is not None:
                continue
            void = [
                other
                for other in evidence.plain
                if other is not policy
                and rule.direction in other.policy.isolates
                and other.subjects & policy.subjects
                and not _opens_all(other, rule.direction)
            ]
            if void:
                names = joined([each.source.name for each in void[:3]])
                more = f" and {len(void) - 3} more" if len(void) > 3 else ""
                yield Hit(
                    f"{rule.path} allows all {rule.direction.value}. Policies add up, so for the"
                    f" pods they share {names}{more} no longer restricts anything.",
                    (
                        evidence.place(policy, rule.path),
                        *(evidence.place(each) for each in void[:10]),
                    ),
                    _shown(policy, evidence),
                    fix=_without(policy, rule.direction),
                )


def _without(policy: ResolvedPolicy, direction: Direction) -> Fix | None:
    """None where the policy closes the other direction, which would be open without it."""
    if policy.policy.isolates - {direction}:
        return None
    return Fix(f"Delete {policy.source.name}", delete=(policy.source.key,))


def _opens_all(policy: ResolvedPolicy, direction: Direction) -> bool:
    return any(
        rule.direction is direction and rule.peers is None and rule.ports is None
        for rule in policy.policy.rules
    )


def _everybody_here(evidence: Evidence) -> Iterator[Hit]:
    """L-26."""
    for policy in evidence.plain:
        for resolved in policy.rules:
            rule = resolved.rule
            if rule.direction is not Direction.INGRESS:
                continue
            for clause in rule.peers or ():
                if clause.cidr or clause.namespaces is not None or clause.pods:
                    continue
                opened = _sensitive(resolved, evidence)
                if opened:
                    names = [f"{e.namespace}/{e.name}" for e in evidence.refs(policy.subjects)]
                    yield Hit(
                        f"Every pod of namespace {policy.source.namespace} may reach"
                        f" {sensitive_among(opened)} of {shortened(names)}. Name the clients that"
                        " need it by a label.",
                        (evidence.place(policy, clause.path),),
                        _shown(policy, evidence),
                    )


def _sensitive(rule: ResolvedRule, evidence: Evidence) -> list[int]:
    found: set[int] = set()
    for piece in rule.pieces:
        found.update(sensitive_in(evidence.declared(piece.subjects), piece.connections))
    return sorted(found)


def _null_rule(evidence: Evidence) -> Iterator[Hit]:
    """L-09, A-33."""
    for direction in Direction:
        for policy, index, rule in evidence.raw_rules(direction):
            if rule is None:
                path = f"{direction.value}[{index}]"
                yield Hit(
                    f"There is nothing behind the dash of {path}. An empty rule allows every peer"
                    f" on every port: all {direction.value} is open.",
                    (evidence.place(policy, path),),
                    _shown(policy, evidence),
                    fix=_without_rule(policy, direction, index),
                )


def _without_rule(policy: ResolvedPolicy, direction: Direction, index: int) -> Fix:
    spec = dict(policy.source.spec)
    spec[direction.value] = [e for i, e in enumerate(spec[direction.value]) if i != index]
    spec["policyTypes"] = [each.flag for each in Direction if each in policy.policy.isolates]
    return Fix("Remove the empty rule", manifest(policy.source, spec))


def _side_effect(evidence: Evidence) -> Iterator[Hit]:
    """L-10, A-11."""
    for policy in evidence.plain:
        spec = policy.source.spec
        if spec.get("policyTypes") or not spec.get("egress") or spec.get("ingress"):
            continue
        typed = {**spec, "policyTypes": ["Egress"]}
        yield Hit(
            "The policy has egress rules and no policyTypes, so it also closes all ingress of"
            f" {_subjects(policy, evidence)}. Write policyTypes: [Egress] if that is not meant.",
            (evidence.place(policy),),
            _shown(policy, evidence),
            fix=Fix("Restrict egress only", manifest(policy.source, typed)),
        )


def _inert(evidence: Evidence) -> Iterator[Hit]:
    """L-11, A-13, A-14."""
    for policy in evidence.plain:
        spec = policy.source.spec
        for direction in Direction:
            if not spec.get(direction.value) or direction in policy.policy.isolates:
                continue
            types = [*dict.fromkeys(spec.get("policyTypes") or ()), direction.flag]
            yield Hit(
                f"The policy has {direction.value} rules, and policyTypes is"
                f" {joined(spec['policyTypes'])}: the rules do nothing, and all"
                f" {direction.value} of {_subjects(policy, evidence)} stays as it is.",
                (evidence.place(policy, direction.value),),
                _shown(policy, evidence),
                fix=replaced(
                    policy.source, "policyTypes", types, f"Add {direction.flag} to policyTypes"
                ),
            )


def _subjects(policy: ResolvedPolicy, evidence: Evidence) -> str:
    names = [f"{each.namespace}/{each.name}" for each in evidence.refs(policy.subjects)]
    return shortened(names) or "what it selects"


CHECKS = (
    Check(
        "L-09",
        "warning",
        "A rule with nothing in it",
        "A dash with nothing behind it is the empty rule, which allows everything.",
        _null_rule,
    ),
    Check(
        "L-10",
        "warning",
        "Egress rules without policyTypes",
        "Without policyTypes a policy always closes ingress too.",
        _side_effect,
    ),
    Check(
        "L-11",
        "warning",
        "Rules for a direction that policyTypes leaves out",
        "Such rules are accepted and do nothing.",
        _inert,
    ),
    Check(
        "L-16",
        "warning",
        "A rule written for the replies",
        "Replies are always allowed; the rule opens new connections the other way.",
        _for_the_replies,
    ),
    Check(
        "L-20",
        "warning",
        "Two entries where one is meant",
        "Entries add up: a namespaceSelector of its own opens the whole namespace.",
        _or_instead_of_and,
    ),
    Check(
        "L-21",
        "warning",
        "No peers means everyone",
        "An empty or absent `from` or `to` is read as nobody and means anybody.",
        _anyone,
    ),
    Check(
        "L-22",
        "warning",
        "The whole cluster is allowed",
        "Any namespace includes those of other tenants and those that nobody looks after.",
        _whole_cluster,
    ),
    Check(
        "L-25",
        "warning",
        "An allow-all policy makes others void",
        "Policies only ever add: one that allows everything undoes every restriction beside it.",
        _neutralised,
    ),
    Check(
        "L-26",
        "warning",
        "A whole namespace may reach a sensitive port",
        "Any pod of the namespace that is taken over reaches the data.",
        _everybody_here,
    ),
)
