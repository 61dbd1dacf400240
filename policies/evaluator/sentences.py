"""The one sentence that answers a question, for a tired person to read once."""

from __future__ import annotations

import re

from policies.evaluator.connections import ConnectionSet
from policies.evaluator.engine import Evaluation
from policies.evaluator.policy import Action, Direction, Tier
from policies.evaluator.questions import Asked, Port
from policies.evaluator.reasons import SideReason, Step
from policies.evaluator.walk import Link
from policies.evaluator.words import joined

__all__ = ["answer_sentence", "capital", "parts_sentence", "possibly_sentence", "short_name"]


_NAMED = re.compile(r"(?P<name>[^\[\]{}, ]+)\[[^\[\]]+\](?:\{(?P<variant>[^{}]*)\})?")


_ROLES = {"{ingress-controller}": "the ingress controller", "{nodes}": "the nodes"}


def answer_sentence(
    evaluation: Evaluation,
    source: Asked,
    destination: Asked,
    port: Port | None,
    verdict: str,
    reason: str,
    egress: SideReason,
    ingress: SideReason,
) -> str:
    """The verdict in words, then the cause: the side and the policies that decide.

    `reason` stands for the cause where no policy decides: an uncertain verdict, or an allow that
    no policy can take away.
    """
    return capital(_answer(evaluation, source, destination, port, verdict, reason, egress, ingress))


def _answer(
    evaluation: Evaluation,
    source: Asked,
    destination: Asked,
    port: Port | None,
    verdict: str,
    reason: str,
    egress: SideReason,
    ingress: SideReason,
) -> str:
    here, there = short_name(source.text), short_name(destination.text)
    what = port.spoken if port else "anything"
    if not evaluation.enforces and verdict == "allow":
        return (
            f"{here} may open {what} to {there}: nothing enforces policies in this cluster "
            f"({evaluation.enforcement.evidence})."
        )
    if verdict == "deny":
        on = f" on {port.spoken}" if port else ""
        causes = [
            _closed(side, here, there) for side in (egress, ingress) if side.verdict == "deny"
        ]
        if not causes:
            causes = ["Each side opens ports that the other does not."]
        return " ".join([f"{there} is closed to {here}{on}.", *causes])
    if verdict == "allow" and reason:
        return (
            f"{here} may open {port.spoken if port else 'every connection'} to {there}: {reason}."
        )
    if verdict == "allow":
        if port is None:
            what = _opened(egress, ingress)
        causes = [_open(side, here, there) for side in (egress, ingress)]
        return f"{here} may open {what} to {there}. " + _merge(causes)
    return _uncertain(here, what, there, verdict, reason)


def possibly_sentence(connections: ConnectionSet, reason: str) -> str:
    """What else may be open besides what is."""
    text = str(connections)
    what = "any other connection" if text == "All Connections" else text.replace(",", ", ")
    return f"Whether {what} may be opened too is not certain: {reason}."


def parts_sentence(
    source: Asked, destination: Asked, port: Port | None, verdict: str, reason: str
) -> str:
    """The verdict of a question whose parts are decided by different rules."""
    here, there = short_name(source.text), short_name(destination.text)
    what = port.spoken if port else "anything"
    if verdict == "deny":
        on = f" on {port.spoken}" if port else ""
        cause = "by different policies for different parts"
        return capital(f"{there} is closed to {here}{on}, {cause}.")
    if verdict == "allow":
        cause = "by different rules for different parts"
        return capital(f"{here} may open {what} to {there}, {cause}.")
    return _uncertain(here, what, there, verdict, reason)


def _uncertain(here: str, what: str, there: str, verdict: str, reason: str) -> str:
    certain = "depends" if verdict == "conditional" else "is not known"
    return f"Whether {here} may open {what} to {there} {certain}: {reason}."


def capital(sentence: str) -> str:
    """Names keep their spelling; only "the Internet" may begin a sentence with a capital."""
    return f"The{sentence[3:]}" if sentence.startswith("the ") else sentence


def short_name(text: str) -> str:
    """`x/a` of `x/a[Pod]`, `x/db (role=main)` of `x/db[StatefulSet]{role=main}`, `node n1` of
    `{node n1}`; several keep their whole names."""
    if text in _ROLES:
        return _ROLES[text]
    if text.startswith("{"):
        return text[1:-1]
    match = _NAMED.fullmatch(text)
    if match is None:
        return text
    return f"{match['name']} ({match['variant']})" if match["variant"] else match["name"]


def _opened(egress: SideReason, ingress: SideReason) -> str:
    both = egress.connections & ingress.connections
    text = str(both)
    return "every connection" if text == "All Connections" else text.replace(",", ", ")


def _whose(side: SideReason, here: str, there: str) -> str:
    return (
        f"The egress of {here}" if side.direction is Direction.EGRESS else f"The ingress of {there}"
    )


def _named(link: Link) -> str:
    """`ingress[0] of AdminNetworkPolicy adm`."""
    source = link.policies[0].source
    return f"{link.rule} of {source.kind} {source.name}"


def _passed(side: SideReason) -> str:
    """What hands the question on to a later tier (B-16), as the end of a sentence."""
    links = [link for link in side.links if link.action is Action.PASS and not link.caveat]
    return f"; {_named(links[0])} passes it on" if links else ""


def _closed(side: SideReason, here: str, there: str) -> str:
    whose = _whose(side, here, there)
    denying = next((each for each in side.links if each.action is Action.DENY), None)
    if denying is None or denying.rule:
        if denying is None:
            return f"{whose} is closed."
        first = denying.tier is Tier.ADMIN
        why = "before any NetworkPolicy is asked" if first else "as no NetworkPolicy isolates it"
        return f"{whose} is closed by {_named(denying)}, {why}."
    isolating = [step for step in side.steps if step.effect == "isolates"]
    keys = {policy.source.key for policy in denying.policies}
    rules = [step for step in side.rules if step.policy in keys]
    names = joined([step.policy.rpartition("/")[2] for step in isolating])
    start = f"{whose} is isolated by {names}"
    return f"{start}{_no_rule(len(isolating), rules)}{_passed(side)}."


def _no_rule(policies: int, rules: list[Step]) -> str:
    """Why none of the rules of the isolating policies opens it."""
    if not rules:
        return f", which {'has' if policies == 1 else 'have'} no rule for it"
    if len(rules) == 1:
        opens, _, why = rules[0].text.partition("; ")
        if why.endswith("is not among its ports."):
            return f", whose only rule {opens.removeprefix(f'{rules[0].rule} ')}"
        return f", whose only rule does not match: {why.rstrip('.')}"
    missing = [step.text.partition("; ")[2].rstrip(".") for step in rules]
    hint = f": {missing[0]}" if len(set(missing)) == 1 and missing[0] else ""
    return f", and none of its {len(rules)} rules matches{hint}"


def _open(side: SideReason, here: str, there: str) -> str:
    whose = _whose(side, here, there)
    opening = [
        link
        for link in side.links
        if link.action is Action.ALLOW and link.caveat is None and link.policies
    ]
    if not opening:
        if not side.isolated and not _decides_something(side):
            return f"{whose} is not isolated by any policy."
        return f"{whose} is open, as no policy closes it{_passed(side)}."
    first = opening[0]
    if first.tier is Tier.NETWORKPOLICY:
        rules = [f"{link.policies[0].source.name} {link.rule}" for link in opening if link.rule]
        if not rules:
            return f"{whose} is open: {first.policies[0].source.name} names the other side only."
        return f"{whose} is opened by {joined(rules)}{_passed(side)}."
    last = ", whatever NetworkPolicies say" if first.tier is Tier.ADMIN else ""
    return f"{whose} is opened by {_named(first)}{last}."


def _decides_something(side: SideReason) -> bool:
    return any(link.policies for link in side.links)


def _merge(causes: list[str]) -> str:
    if all(cause.endswith("is not isolated by any policy.") for cause in causes):
        return "No policy isolates either side."
    return " ".join(causes)
