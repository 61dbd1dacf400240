"""Whether policies do anything here: what the network plugin and the API server make of them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from policies.evaluator.bits import bits_of
from policies.evaluator.lint.evidence import Evidence
from policies.evaluator.lint.finding import Check, Fix, Hit, Place
from policies.evaluator.lint.fixes import manifest
from policies.evaluator.words import shortened

__all__ = ["CHECKS", "FAMILY"]

FAMILY = "Enforcement"
# A block at least this long singles out a part of a network on purpose.
_NARROW = {4: 16, 6: 48}
_UNKNOWN_FIELD = 'unknown field "'


def _not_enforced(evidence: Evidence) -> Iterator[Hit]:
    """L-01, A-120, A-121."""
    enforcement = evidence.evaluation.enforcement
    count = len(evidence.policies)
    if not count or enforcement.enforced == "yes":
        return
    policies = "the one policy" if count == 1 else f"all {count:,} policies"
    if enforcement.enforced == "no":
        who = f"{enforcement.cni} ({enforcement.evidence}) does not enforce network policies"
        if evidence.evaluation.profile.np_enforced is not None:
            who = f"Nothing enforces network policies ({enforcement.evidence})"
        yield Hit(f"{who}: {policies} here are stored and do nothing.")
    else:
        yield Hit(
            f"Whether anything enforces {policies} here is not verified: {enforcement.evidence}.",
            severity="warning",
        )


def _old_version(evidence: Evidence) -> Iterator[Hit]:
    """L-64, A-119."""
    for policy in evidence.policies:
        source = policy.source
        if source.api_version == "extensions/v1beta1":
            text = manifest(source, source.spec, "networking.k8s.io/v1")
            yield Hit(
                "extensions/v1beta1 is not served since Kubernetes 1.16: applying the file fails."
                " The same policy in networking.k8s.io/v1 means the same.",
                (evidence.place(policy),),
                tuple(map(str, evidence.refs(policy.subjects)[:1])),
                fix=Fix("Write networking.k8s.io/v1", text),
            )


def _unknown_field(evidence: Evidence) -> Iterator[Hit]:
    """L-65, A-V12. What reading the object found is said here with its effect on traffic."""
    for problem in evidence.state.problems:
        policy = problem.object.partition("/")[0].endswith("Policy")
        if policy and problem.message.startswith(_UNKNOWN_FIELD):
            yield Hit(
                f"{problem.path}: {problem.message}",
                (Place(problem.object, problem.source, problem.line, problem.path),),
            )


def _aws(evidence: Evidence) -> Iterator[Hit]:
    """L-90, E-10."""
    if evidence.evaluation.enforcement.cni != "aws-vpc-cni":
        return
    for policy in evidence.plain:
        bare = [ref for ref in evidence.refs(policy.subjects) if ref.kind == "Pod"]
        if bare:
            yield Hit(
                "The AWS VPC CNI does not enforce policies on pods without a controller:"
                f" {shortened([f'{each.namespace}/{each.name}' for each in bare])}.",
                (
                    evidence.place(policy, "podSelector"),
                    *(evidence.workload_place(each) for each in bare),
                ),
                (str(bare[0]),),
            )
    selected = 0
    for policy in evidence.plain:
        selected |= policy.subjects
    for service, pods in evidence.backends:
        if not evidence.classes(pods) & selected:
            continue
        for index, port in enumerate(service.ports):
            targets = {
                number
                for pod in bits_of(pods)
                for _, number in evidence.target_numbers(service, index, pod)
            }
            if targets - {port.port}:
                yield Hit(
                    f"Port {port.port} of the Service leads to port"
                    f" {', '.join(map(str, sorted(targets)))}; in some modes the AWS VPC CNI only"
                    " enforces policies where both are the same.",
                    (evidence.service_place(service, f"spec.ports[{index}]"),),
                )


def _never_matches_pods(evidence: Evidence) -> Iterator[Hit]:
    """L-91, D-50."""
    if evidence.profile.ipblock_matches_pods and evidence.evaluation.enforcement.cni != "cilium":
        return
    for policy, _, clause in evidence.blocks():
        pods = evidence.pods_in(clause)
        network = ipaddress.ip_network(clause.cidr, strict=False)
        if pods and network.prefixlen >= _NARROW[network.version]:
            yield Hit(
                f"ipBlock {clause.cidr} names pods ({_names(pods, evidence)}), and"
                " this network plugin knows pods by their labels only: the rule never matches"
                " them. Name them with a podSelector.",
                (evidence.place(policy, clause.path),),
                tuple(map(str, evidence.refs(policy.subjects)[:1])),
            )


def _names(pods: list[int], evidence: Evidence) -> str:
    refs = {evidence.state.pods[index].workload for index in pods}
    return shortened([f"{each.namespace}/{each.name}" for each in sorted(refs)])


CHECKS = (
    Check(
        "L-01",
        "error",
        "Policies are not enforced",
        "They are accepted and ignored: a false sense of safety.",
        _not_enforced,
    ),
    Check(
        "L-64",
        "warning",
        "An API version that is no longer served",
        "The API server refuses the object, and what it should protect stays open.",
        _old_version,
    ),
    Check(
        "L-65",
        "error",
        "A field that does not exist",
        "The API server may drop it, which can turn a restriction into allow-all.",
        _unknown_field,
    ),
    Check(
        "L-90",
        "warning",
        "A limit of the AWS VPC CNI",
        "It enforces policies on pods of controllers only, and on ports that Services keep.",
        _aws,
    ),
    Check(
        "L-91",
        "warning",
        "An ipBlock for pods where the plugin knows pods by labels",
        "Cilium gives pods an identity by their labels and never matches them by address.",
        _never_matches_pods,
    ),
)
