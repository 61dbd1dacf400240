"""Cluster-wide policies: what they cut off, never reach, or leave undecided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations, groupby

from policies.evaluator.enforcement import plugin_name
from policies.evaluator.inert import is_inert
from policies.evaluator.labels import EVERYTHING
from policies.evaluator.lint.evidence import Evidence
from policies.evaluator.lint.finding import Check, Hit, Place
from policies.evaluator.lint.tierorder import conflict, is_wide, meet, pass_first
from policies.evaluator.opaque import family_of
from policies.evaluator.policy import Action, Direction, Rule, Tier
from policies.evaluator.regions import Parts, merged, take
from policies.evaluator.resolve import Piece, ResolvedPolicy, ResolvedRule
from policies.evaluator.words import joined, ports_phrase, shortened

__all__ = ["CHECKS", "FAMILY"]

FAMILY = "Cluster-wide policies"
# OVN-Kubernetes keeps 100 places for policies of the admin tier (B-28).
_OVN_PRIORITIES = 99
_SYSTEM_NAMESPACES = ("kube-system", "openshift-dns", "calico-system", "tigera-operator")
# Who reads policies of a group; what is not listed is read by its own controller, whatever the CNI.
_READERS = {
    "projectcalico.org": ("calico", "canal"),
    "crd.projectcalico.org": ("calico", "canal"),
    "cilium.io": ("cilium", "gke-dataplane-v2"),
    "crd.antrea.io": ("antrea",),
    "k8s.ovn.org": ("ovn-kubernetes",),
    "kubeovn.io": ("kube-ovn",),
    "networking.k8s.aws": ("aws-vpc-cni",),
}


def _rules(evidence: Evidence) -> Iterator[tuple[ResolvedPolicy, ResolvedRule]]:
    for policy in evidence.wide:
        for rule in policy.rules:
            yield policy, rule


def _names(classes: int, evidence: Evidence) -> str:
    return shortened([f"{each.namespace}/{each.name}" for each in evidence.refs(classes)])


def _shown(classes: int, evidence: Evidence) -> tuple[str, ...]:
    return tuple(map(str, evidence.refs(classes)[:1]))


def _ignored(evidence: Evidence) -> Iterator[Hit]:
    """L-60, E-01, E-12, B-02."""
    cni = evidence.evaluation.enforcement.cni
    for source in evidence.state.policies:
        if is_inert(source, evidence.profile):
            who = "This network plugin" if cni == "unknown" else plugin_name(cni)
            yield Hit(
                f"{who} does not enforce {source.kind}: {source.name} is stored and does nothing.",
                (Place(source.key, source.origin.source, source.origin.line),),
            )
    left_over = Counter(
        (each.api_version, each.kind)
        for each in evidence.state.policies
        if family_of(each) in evidence.evaluation.absent
    )
    for (version, kind), count in left_over.items():
        yield Hit(_left_over(kind, version, count, cni))
    for each in evidence.state.not_evaluated:
        readers = _READERS.get(each.api_version.rpartition("/")[0], ())
        if readers and cni != "unknown" and cni not in readers:
            yield Hit(_left_over(each.kind, each.api_version, each.count, cni))


def _left_over(kind: str, version: str, number: int, cni: str) -> str:
    count = "One" if number == 1 else f"{number:,}"
    return (
        f"{count} {kind} ({version}) in a cluster that runs {plugin_name(cni)}: nothing there reads"
        " them. They are left over, or the network plugin they are for is not running."
    )


def _tie(evidence: Evidence) -> Iterator[Hit]:
    """L-61, B-25."""
    for one, other in combinations(evidence.wide, 2):
        if _is_ranked(one, other):
            continue
        both = one.subjects & other.subjects
        found = conflict(one, other, both, evidence) if both else None
        if found is not None:
            mine, theirs = found
            loose = one.policy.unordered or other.policy.unordered
            rank = "stand" if loose else f"have priority {one.policy.priority}"
            yield Hit(
                f"{one.source.name} and {other.source.name} {rank}"
                f" in the {one.policy.tier.title} tier and both select"
                f" {_names(both, evidence)}; {mine.path} says {mine.action.value} and"
                f" {theirs.path} {theirs.action.value} for the same peers and ports. Which of"
                " them counts is not defined.",
                (evidence.place(one, mine.path), evidence.place(other, theirs.path)),
                _shown(both, evidence),
            )


def _is_ranked(one: ResolvedPolicy, other: ResolvedPolicy) -> bool:
    """Whether it is defined which of two policies comes first (B-11, B-25, B.1)."""
    if one.policy.tier is not other.policy.tier:
        return True
    loose = one.policy.unordered or other.policy.unordered
    return not loose and one.policy.priority != other.policy.priority


def _out_of_range(evidence: Evidence) -> Iterator[Hit]:
    """L-62, B-28."""
    if evidence.evaluation.enforcement.cni != "ovn-kubernetes":
        return
    for policy in evidence.wide:
        if policy.policy.tier is Tier.ADMIN and policy.policy.priority > _OVN_PRIORITIES:
            yield Hit(
                f"OVN-Kubernetes takes priorities from 0 to {_OVN_PRIORITIES};"
                f" {policy.policy.priority} may be refused or ignored.",
                (evidence.place(policy, "priority"),),
                _shown(policy.subjects, evidence),
            )


# -- what is left of a rule after those before it --------------------------------------------------


def _before(
    policy: ResolvedPolicy, rule: ResolvedRule, evidence: Evidence
) -> Iterator[tuple[Rule, Piece]]:
    """Everything that is decided before a rule, by rules that are sure to come before it."""
    tier, priority = policy.policy.tier, policy.policy.priority
    for other in evidence.wide:
        same = other.policy.tier is tier
        if other is not policy and same and other.policy.priority >= priority:
            continue
        if other is not policy and not _is_ranked(policy, other):
            continue
        if other.policy.tier > tier:
            continue
        for each in other.rules:
            if each is rule:
                break
            if each.rule.direction is not rule.rule.direction:
                continue
            # What the admin tier passes on comes back to the baseline (B-16).
            if not same and each.rule.action is Action.PASS:
                continue
            for piece in each.pieces:
                if not piece.caveat and not piece.doubt:
                    yield each.rule, piece


def _left(
    policy: ResolvedPolicy, rule: ResolvedRule, evidence: Evidence, members: int, peers: int
) -> Parts:
    """What is left for a rule, between some of its subjects and peers, after the rules before."""
    before = list(_before(policy, rule, evidence))
    left: Parts = {}
    for piece in rule.pieces:
        mine = piece.subjects & members
        if not mine or not piece.peers & peers:
            continue
        parts = merged([(piece.peers & peers, piece.connections)])
        for _, earlier in before:
            if not mine & ~earlier.subjects:
                parts, _ = take(parts, earlier.peers, earlier.connections)
        for connections, who in parts.items():
            left[connections] = left.get(connections, 0) | who
    return left


def _reached(policy: ResolvedPolicy, direction: Direction, evidence: Evidence) -> int:
    """The subjects whom a tier decides for: those that a NetworkPolicy isolates never get to the
    baseline (B-20)."""
    if policy.policy.tier is Tier.ADMIN:
        return policy.subjects
    isolated = 0
    for members, _ in evidence.governed(direction):
        isolated |= members
    return policy.subjects & ~isolated


def _written(evidence: Evidence) -> Iterator[tuple[str, list[tuple[ResolvedPolicy, ResolvedRule]]]]:
    """Each rule as it is written, which may be several of the seam (B-66), with its path."""
    for (_, path), parts in groupby(
        _rules(evidence), key=lambda each: (each[0].order, each[1].rule.path)
    ):
        yield path, list(parts)


def _never_reached(evidence: Evidence) -> Iterator[Hit]:
    """L-68, B-11, B-16. A written rule never decides anything when none of its parts does."""
    everyone = evidence.universe.everyone
    for path, given in _written(evidence):
        parts = [(policy, rule) for policy, rule in given if rule.pieces]
        if not parts or any(piece.caveat for _, rule in parts for piece in rule.pieces):
            continue
        if any(_left(policy, rule, evidence, everyone, everyone) for policy, rule in parts):
            continue
        policy, rule = parts[0]
        earlier = next(
            (each for each, piece in _before(policy, rule, evidence)
             if any(meet(piece, mine) for mine in rule.pieces)), None
        )  # fmt: skip
        first = f", first of all {earlier.path} ({earlier.action.value})" if earlier else ""
        yield Hit(
            f"{path} ({rule.rule.action.value}) never decides anything: rules before it cover all"
            f" its peers and ports{first}.",
            (evidence.place(policy, path),),
            _shown(policy.subjects, evidence),
        )


def _no_effect(evidence: Evidence) -> Iterator[Hit]:
    """L-69, B-20."""
    for path, ((policy, rule), *_) in _written(evidence):
        if policy.policy.tier is not Tier.BASELINE or not policy.subjects:
            continue
        direction = rule.rule.direction
        if not _reached(policy, direction, evidence):
            yield Hit(
                f"A NetworkPolicy isolates {direction.value} of {_names(policy.subjects, evidence)}"
                f" and so settles it: {path} of the baseline is never asked.",
                (evidence.place(policy, path),),
                _shown(policy.subjects, evidence),
            )


def _system_cut(evidence: Evidence) -> Iterator[Hit]:
    """L-63, B-31."""
    universe = evidence.universe
    system = 0
    for name in _SYSTEM_NAMESPACES:
        system |= universe.in_namespace(name)
    system &= universe.selectable
    for policy, rule in _rules(evidence):
        direction = rule.rule.direction
        reached = _reached(policy, direction, evidence)
        if rule.rule.action is not Action.DENY or not reached or not system:
            continue
        # System pods as subjects: all that is denied; as peers: what others may no longer reach.
        own = _left(policy, rule, evidence, reached & system, universe.everyone)
        others = reached & ~system
        peers = 0
        for who in _left(policy, rule, evidence, others, system).values():
            peers |= who
        if not own and (not peers or direction is Direction.INGRESS):
            continue
        cut = reached & system if own else peers
        if own:
            text = f"{rule.rule.path} denies {direction.value} of {_names(cut, evidence)}"
        else:
            text = f"{_names(others, evidence)} would be cut off from {_names(cut, evidence)}"
        yield Hit(
            f"{text} ({ports_phrase(rule.rule.ports)}). Name lookups and what else the cluster runs"
            " for everybody would stop: leave system namespaces out, or let them pass first.",
            (
                evidence.place(policy, rule.rule.path),
                *(evidence.workload_place(each) for each in evidence.refs(cut)[:10]),
            ),
            _shown(cut, evidence),
        )


def _not_from_outside(evidence: Evidence) -> Iterator[Hit]:
    """L-66, B-42."""
    entered = 0
    for service, pods in evidence.backends:
        if service.type in ("LoadBalancer", "NodePort"):
            entered |= evidence.classes(pods)
    for policy, rule in _rules(evidence):
        exposed = policy.subjects & entered
        wanted = rule.rule.action is Action.DENY and rule.rule.direction is Direction.INGRESS
        if not exposed or not wanted:
            continue
        if any(each.namespaces == EVERYTHING and not each.pods for each in rule.rule.peers or ()):
            yield Hit(
                f"{rule.rule.path} denies every pod of the cluster and nobody else:"
                f" {_names(exposed, evidence)} stays open to what comes from outside through its"
                " Service. Cluster-wide policies cannot deny that; a NetworkPolicy can.",
                (
                    evidence.place(policy, rule.rule.path),
                    *(evidence.workload_place(each) for each in evidence.refs(exposed)[:10]),
                ),
                _shown(exposed, evidence),
            )


def _pods_too(evidence: Evidence) -> Iterator[Hit]:
    """L-67, B-44, B-45."""
    for policy, rule in _rules(evidence):
        if rule.rule.action is not Action.DENY or rule.rule.direction is not Direction.EGRESS:
            continue
        blocks = [each.cidr for each in rule.rule.peers or () if each.cidr and is_wide(each.cidr)]
        reached = _reached(policy, Direction.EGRESS, evidence)
        if not blocks or not reached:
            continue
        if _left(policy, rule, evidence, reached, evidence.universe.pods):
            yield Hit(
                f"{joined(blocks)} holds the addresses of pods too: {rule.rule.path} denies"
                f" {_names(policy.subjects, evidence)} every connection inside the cluster, not"
                " only to the Internet. Put a rule before it that passes pods on.",
                (evidence.place(policy, rule.rule.path),),
                _shown(policy.subjects, evidence),
                fix=pass_first(policy, rule, evidence),
            )


CHECKS = (
    Check(
        "L-60",
        "warning",
        "Policies that nothing here reads",
        "Policies of a kind that the network plugin does not know are accepted and ignored.",
        _ignored,
    ),
    Check(
        "L-61",
        "error",
        "Two policies of no defined order contradict each other",
        "Their order is not defined: the same policies may allow here and deny there.",
        _tie,
    ),
    Check(
        "L-62",
        "warning",
        "A priority that the network plugin does not take",
        "The policy is refused or ignored.",
        _out_of_range,
    ),
    Check(
        "L-63",
        "error",
        "A cluster-wide deny cuts off system pods",
        "Name lookups, metrics and the network plugin itself stop for everybody.",
        _system_cut,
    ),
    Check(
        "L-66",
        "warning",
        "A cluster-wide deny that leaves the outside alone",
        "Ingress rules of these kinds name pods only, never the Internet or nodes.",
        _not_from_outside,
    ),
    Check(
        "L-67",
        "error",
        "A deny of all addresses that stops pods too",
        "Pods are addresses as well: traffic inside the cluster is denied with the Internet.",
        _pods_too,
    ),
    Check(
        "L-68",
        "warning",
        "A rule that is never reached",
        "An earlier rule decides all of it, so what it says is not what happens.",
        _never_reached,
    ),
    Check(
        "L-69",
        "info",
        "A baseline rule without effect",
        "A NetworkPolicy that isolates a pod settles its direction before the baseline.",
        _no_effect,
    ),
)
