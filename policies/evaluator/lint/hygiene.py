"""Policies that could go, and pods that none looks after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from policies.evaluator.bits import bits_of, first_bit
from policies.evaluator.labels import EVERYTHING, Selector
from policies.evaluator.lint.evidence import SYSTEM, Evidence
from policies.evaluator.lint.finding import Check, Fix, Hit
from policies.evaluator.lint.fixes import new_policy, without
from policies.evaluator.policy import Action, Direction, PeerClause, PortClause, Tier
from policies.evaluator.regions import Parts, merged, take
from policies.evaluator.resolve import ResolvedPolicy, ResolvedRule
from policies.evaluator.state import WorkloadRef
from policies.evaluator.words import joined, ports_phrase, shortened

__all__ = ["CHECKS", "FAMILY"]

FAMILY = "Hygiene"
ENVIRONMENTS = ("env", "environment", "stage")


def _unisolated(evidence: Evidence) -> Iterator[Hit]:
    """L-100, A-01."""
    universe = evidence.universe
    hidden = _union(evidence.hidden(direction) for direction in Direction)
    open_in, open_out = (
        universe.pods
        & ~universe.hosts
        & ~hidden
        & _union(
            group.members
            for group in evidence.evaluation.groups[direction]
            if group.side.is_open and not group.side.isolated
        )
        for direction in Direction
    )
    for name in universe.namespaces:
        here = universe.in_namespace(name)
        if name in SYSTEM:
            continue
        both = evidence.refs(open_in & open_out & here)
        if both:
            yield _open(
                name, both, "No policy selects {}: open to everyone, and free to go anywhere.",
                evidence,
            )  # fmt: skip
        for one, other, text in (
            (open_in, open_out, "Anyone may open connections to {}: only egress is restricted."),
            (open_out, open_in, "{} may open connections to anyone: only ingress is restricted."),
        ):
            refs = evidence.refs(one & ~other & here)
            if refs:
                hit = _open(name, refs, text, evidence)
                yield msgspec.structs.replace(hit, severity="info")


def _union(masks: Iterator[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found


def _open(name: str, refs: list[WorkloadRef], text: str, evidence: Evidence) -> Hit:
    names = shortened([f"{each.namespace}/{each.name}" for each in refs], 5)
    return Hit(
        text.format(names),
        (evidence.namespace_place(name), *(evidence.workload_place(each) for each in refs)),
        (str(refs[0]),) if len(refs) == 1 else (f"ns:{name}",),
    )


def _no_default_deny(evidence: Evidence) -> Iterator[Hit]:
    """L-101."""
    universe = evidence.universe
    denied: dict[str, set[Direction]] = {}
    for policy in evidence.plain:
        if not policy.policy.subject.pods:
            denied.setdefault(policy.source.namespace, set()).update(policy.policy.isolates)
    for name, namespace in universe.namespaces.items():
        for policy in evidence.wide:
            denied.setdefault(name, set()).update(_denies_all(policy, namespace.labels))
        here = universe.in_namespace(name) & ~universe.hosts
        missing = [
            each
            for each in Direction
            # A policy that is not evaluated and selects them all may well be a default deny.
            if each not in denied.get(name, set()) and here & ~evidence.hidden(each)
        ]
        if name in SYSTEM or not missing:
            continue
        words = joined([each.value for each in missing])
        spec = {"podSelector": {}, "policyTypes": [each.flag for each in missing]}
        suffix = "all" if len(missing) == len(Direction) else missing[0].value
        yield Hit(
            f"Namespace {name} has no policy that closes {words} of all its pods, so a new workload"
            f" starts out open in {words}.",
            (evidence.namespace_place(name),),
            (f"ns:{name}",),
            fix=new_policy(
                name,
                evidence.free_name(name, f"default-deny-{suffix}"),
                spec,
                f"Deny {words} by default",
            ),
        )


def _denies_all(policy: ResolvedPolicy, labels: Mapping[str, str]) -> Iterator[Direction]:
    """Directions that a cluster-wide policy closes for every pod of a namespace."""
    subject = policy.policy.subject
    if subject.namespace or subject.pods or not subject.namespaces.matches(labels):
        return
    for rule in policy.policy.rules:
        if rule.action is Action.DENY and rule.ports is None:
            if any(each.namespaces == EVERYTHING and not each.pods for each in rule.peers or ()):
                yield rule.direction


# -- what could go ---------------------------------------------------------------------------------


def _redundant(evidence: Evidence) -> Iterator[Hit]:
    """L-105: what other rules open as well, pod by pod, so that its removal changes nothing."""
    twins = {id(each) for group in _same_spec(evidence) for each in group[1:]}
    for policy in evidence.plain:
        if id(policy) in twins or not policy.subjects or policy.maybe:
            continue
        void = [rule for rule in policy.rules if _is_covered(policy, rule, evidence)]
        # A default deny is for the pods to come: that today's are isolated anyway is no reason.
        if policy.policy.subject.pods and _isolated_anyway(policy, evidence):
            if all(_is_covered(policy, r, evidence, whole=True) for r in policy.rules):
                yield Hit(
                    f"Without {policy.source.name} nothing would change: other policies isolate"
                    f" the same pods{' and open the same connections' if void else ''}.",
                    (evidence.place(policy),),
                    tuple(map(str, evidence.refs(policy.subjects)[:1])),
                    fix=Fix(f"Delete {policy.source.name}", delete=(policy.source.key,)),
                )
                continue
        for rule in void:
            yield Hit(
                f"Without {rule.rule.path} nothing would change: other rules open all of it for the"
                " same pods.",
                (evidence.place(policy, rule.rule.path),),
                tuple(map(str, evidence.refs(policy.subjects)[:1])),
                fix=without(policy.source, rule.rule.path, f"Remove {rule.rule.path}")
                if len(policy.rules) > 1 or policy.source.spec.get("policyTypes")
                else None,
            )


def _is_covered(
    policy: ResolvedPolicy, rule: ResolvedRule, evidence: Evidence, *, whole: bool = False
) -> bool:
    """Whether other rules open what this one does; `whole`: without any rule of its own policy."""
    if not rule.pieces or any(piece.caveat or piece.doubt for piece in rule.pieces):
        return False
    direction = rule.rule.direction
    everyone = evidence.universe.everyone
    for piece in rule.pieces:
        left: Parts = merged([(piece.peers & everyone, piece.connections)])
        for other in evidence.evaluation.policies_of(first_bit(piece.subjects), direction):
            if other.policy.tier is not Tier.NETWORKPOLICY or (whole and other is policy):
                continue
            for each in other.rules:
                if each is rule or each.rule.direction is not direction:
                    continue
                for theirs in each.pieces:
                    if theirs.caveat or theirs.doubt or piece.subjects & ~theirs.subjects:
                        continue
                    left, _ = take(left, theirs.peers, theirs.connections)
        if left:
            return False
    return True


def _isolated_anyway(policy: ResolvedPolicy, evidence: Evidence) -> bool:
    for direction in policy.policy.isolates:
        others = 0
        for bit in bits_of(policy.subjects):
            for other in evidence.isolating(bit, direction):
                if other is not policy:
                    others |= other.subjects
        if policy.subjects & ~others:
            return False
    return True


def _shadowed(evidence: Evidence) -> Iterator[Hit]:
    """L-106, by what the entries say, not by the pods of today."""
    for policy, rule in evidence.rules():
        peers, ports = rule.peers or (), rule.ports or ()
        for index, clause in enumerate(peers):
            wider = [
                each
                for i, each in enumerate(peers)
                if i != index
                and _holds(each, clause, evidence)
                and (i < index or not _holds(clause, each, evidence))
            ]
            if wider:
                yield Hit(
                    f"{clause.path} names nobody that {wider[0].path} does not name already.",
                    (evidence.place(policy, clause.path),),
                    tuple(map(str, evidence.refs(policy.subjects)[:1])),
                    fix=without(policy.source, clause.path, "Remove the entry"),
                )
        for index, port in enumerate(ports):
            cover = [
                i
                for i, each in enumerate(ports)
                if i != index and _covers(each, port) and (not _covers(port, each) or i < index)
            ]
            if cover:
                path = f"{rule.path}.ports[{index}]"
                yield Hit(
                    f"{ports_phrase((port,))} is part of {ports_phrase((ports[cover[0]],))} in the"
                    " same rule.",
                    (evidence.place(policy, path),),
                    tuple(map(str, evidence.refs(policy.subjects)[:1])),
                    fix=without(policy.source, path, "Remove the entry"),
                )


def _holds(wide: PeerClause, narrow: PeerClause, evidence: Evidence) -> bool:
    """Whether one entry names all that another does, whatever pods there are."""
    if wide.cidr or narrow.cidr:
        if not wide.cidr or not narrow.cidr:
            return False
        outer, inner = evidence.addresses(wide), evidence.addresses(narrow)
        if not outer.ranges or not inner.ranges:
            return not inner.ranges
        # Some policies list hundreds of blocks; most do not even meet.
        meet = inner.ranges[0][0] >= outer.ranges[0][0] and (
            inner.ranges[-1][1] <= outer.ranges[-1][1]
        )
        return meet and not inner - outer
    if not _implies(narrow.pods, wide.pods):
        return False
    if wide.namespaces is None or narrow.namespaces is None:
        return wide.namespaces == narrow.namespaces or wide.namespaces == EVERYTHING
    return _implies(narrow.namespaces, wide.namespaces)


def _implies(narrow: Selector, wide: Selector) -> bool:
    return set(wide.requirements) <= set(narrow.requirements)


def _covers(wide: PortClause, narrow: PortClause) -> bool:
    if wide.name or narrow.name:
        return wide == narrow
    return wide.protocol == narrow.protocol and wide.low <= narrow.low and narrow.high <= wide.high


def _same_spec(evidence: Evidence) -> list[list[ResolvedPolicy]]:
    groups: dict[tuple[str, object], list[ResolvedPolicy]] = {}
    for policy in evidence.plain:
        groups.setdefault((policy.source.namespace, policy.policy), []).append(policy)
    return [group for group in groups.values() if len(group) > 1]


def _duplicates(evidence: Evidence) -> Iterator[Hit]:
    """L-107."""
    for first, *others in _same_spec(evidence):
        names = joined([each.source.name for each in others[:3]])
        yield Hit(
            f"{first.source.name} and {names} say the same: one of them is enough.",
            (evidence.place(others[0]), evidence.place(first)),
            tuple(map(str, evidence.refs(first.subjects)[:1])),
            fix=Fix(f"Delete {names}", delete=tuple(each.source.key for each in others)),
        )
    for problem in evidence.state.problems:
        if problem.message.startswith("replaces the ") and "Policy of the same name" in (
            problem.message
        ):
            place = msgspec.structs.replace(
                evidence.named_place(problem.object), source=problem.source, line=problem.line
            )
            yield Hit(
                f"{problem.object} {problem.message}: what is applied last wins, whichever file"
                " that is.",
                (place,),
            )


def _across_environments(evidence: Evidence) -> Iterator[Hit]:
    """L-108: a rule that names pods of a namespace with another value of the label."""
    universe = evidence.universe
    for key in ENVIRONMENTS:
        values = {name: each.labels.get(key, "") for name, each in universe.namespaces.items()}
        if len(set(values.values()) - {""}) < 2:
            continue
        for policy, rule, clause in evidence.selectors():
            mine = values.get(policy.source.namespace, "")
            if not mine or clause.namespaces is None or not policy.subjects:
                continue
            others = _environments(evidence.peers(policy, clause), values, mine, evidence)
            if others:
                into = rule.direction is Direction.INGRESS
                named = shortened([f"{each.namespace}/{each.name}" for each in others])
                yield Hit(
                    f"Namespace {policy.source.namespace} is {key}={mine}; the rule"
                    f" {'lets in' if into else 'opens the way to'} {named} of"
                    f" {key}={joined(sorted({values[each.namespace] for each in others}))}.",
                    (
                        evidence.place(policy, clause.path),
                        *(evidence.workload_place(each) for each in others[:10]),
                    ),
                    _ends(str(evidence.refs(policy.subjects)[0]), str(others[0]), into=into),
                )


def _ends(subject: str, peer: str, *, into: bool) -> tuple[str, str]:
    return (peer, subject) if into else (subject, peer)


def _environments(
    peers: int, values: Mapping[str, str], mine: str, evidence: Evidence
) -> list[WorkloadRef]:
    return [each for each in evidence.refs(peers) if values[each.namespace] not in ("", mine)]


CHECKS = (
    Check(
        "L-100",
        "warning",
        "A workload that no policy isolates",
        "Pods that no policy selects are open both ways.",
        _unisolated,
    ),
    Check(
        "L-101",
        "warning",
        "A namespace without a default deny",
        "Whatever is deployed there next is open until somebody thinks of a policy.",
        _no_default_deny,
    ),
    Check(
        "L-105",
        "info",
        "Something that could go",
        "Its removal changes nothing, and the next reader has less to understand.",
        _redundant,
    ),
    Check(
        "L-106",
        "info",
        "An entry that another one covers",
        "It has no effect, and misleads whoever removes the other one.",
        _shadowed,
    ),
    Check(
        "L-107",
        "info",
        "Duplicate policies",
        "One is changed and the other forgotten; of two with one name the last applied wins.",
        _duplicates,
    ),
    Check(
        "L-108",
        "warning",
        "A flow between environments",
        "Test systems are less guarded; a way from there into production is a way in.",
        _across_environments,
    ),
)
