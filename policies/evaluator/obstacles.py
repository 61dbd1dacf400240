"""What keeps a NetworkPolicy from opening a pair: what stands above it, or is not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from policies.evaluator.addresses import AddressSet
from policies.evaluator.bits import bits_of
from policies.evaluator.engine import Evaluation
from policies.evaluator.entry.objects import Service
from policies.evaluator.entry.services import Services
from policies.evaluator.policy import Action, Direction, Tier
from policies.evaluator.questions import Port
from policies.evaluator.walk import Link
from policies.evaluator.words import joined, shortened

__all__ = ["BASELINE", "NONE_CAN", "Obstacle", "headline", "of_link", "of_service"]

NONE_CAN = "No NetworkPolicy can open this."
UNTOLD = "Whether a NetworkPolicy can open this cannot be told."
BASELINE = "No NetworkPolicy can open this alone: it would close everything else with it."
# The first of the answers that holds is the one to give.
_ORDER = (NONE_CAN, UNTOLD, BASELINE)


class Obstacle(msgspec.Struct, frozen=True):
    """One reason, and the answer that follows where there is no stronger one."""

    answer: str
    text: str


def headline(obstacles: Iterable[Obstacle]) -> str:
    """The answer that all of some obstacles give together."""
    return min((each.answer for each in obstacles), key=_ORDER.index)


def of_link(link: Link, direction: Direction) -> Iterator[Obstacle]:
    """What one link of a side has against every NetworkPolicy, if anything.

    A rule that may allow or pass on never closes: only what denies, or may, stands in the way.
    """
    names = joined([policy.source.key.partition("/")[2] for policy in link.policies])
    where = f"{names}, {link.rule}" if link.rule else names
    if any(direction in policy.policy.opaque for policy in link.policies):
        yield Obstacle(
            UNTOLD,
            f"What decides the {direction} is not known ({names}, not evaluated): whether a"
            " NetworkPolicy would open it cannot be told.",
        )
    elif link.tier in (Tier.NETWORKPOLICY, None) or link.action is not Action.DENY:
        return
    elif link.caveat is not None:
        yield Obstacle(
            UNTOLD,
            f"Whether the {link.tier.title} tier closes the {direction} is not certain ({where}):"
            f" {link.caveat.reason}.",
        )
    elif link.tier is Tier.ADMIN:
        yield Obstacle(
            NONE_CAN,
            f"The {direction} is denied in the Admin tier ({where}), which is asked before any"
            " NetworkPolicy: change that policy.",
        )
    else:
        yield Obstacle(
            BASELINE,
            f"The {direction} is denied in the Baseline tier ({where}), which is asked where no"
            " NetworkPolicy isolates the pods. One that did would let this through and close all"
            " that it does not name: change the Baseline policy.",
        )


def of_service(evaluation: Evaluation, text: str, port: Port | None) -> str:
    """Why a rule cannot name an address that is a Service's, and what to ask for; else empty
    (A-71, F-22)."""
    try:
        address = AddressSet.parse(text.strip()).single
    except ValueError:
        return ""
    service = next((s for s in evaluation.state.services if address in s.cluster_ips), None)
    if not address or service is None:
        return ""
    name = f"{service.namespace}/{service.name}"
    start = (
        f"{address} is the address of Service {name}: connections to it are sent on to what stands"
        " behind it before policies look at them, so a rule with this address opens nothing."
    )
    behind = shortened(_backends(evaluation, service, port))
    if not behind:
        return f"{start} Nothing in the input stands behind it" + (
            f" on {port.spoken}." if port else "."
        )
    return f"{start} Ask for what stands behind it: {behind}."


def _backends(evaluation: Evaluation, service: Service, port: Port | None) -> list[str]:
    """Workloads and addresses behind a Service, with their ports."""
    services = Services(evaluation.state)
    found: dict[str, None] = {}
    for each in service.ports:
        if port is not None and (each.protocol, each.port) != (port.protocol, port.number):
            continue
        for target in services.targets(service, each):
            at = Port(target.protocol, target.port)
            refs = sorted({evaluation.state.pods[i].workload for i in bits_of(target.pods)})
            for ref in refs:
                found[f"{ref.namespace}/{ref.name} on {at.spoken}"] = None
            for address in target.addresses:
                found[f"{address} on {at.spoken}"] = None
    return list(found)
