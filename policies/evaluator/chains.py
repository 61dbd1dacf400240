"""What decides a side in one line: `Admin Pass (x, ingress[0]) -> NetworkPolicy Deny (y, …)`."""

from __future__ import annotations

from collections.abc import Sequence

from policies.evaluator.connections import ConnectionSet
from policies.evaluator.policy import Action, Tier
from policies.evaluator.walk import Link, Look
from policies.evaluator.words import joined

__all__ = ["chain_text"]

_VERB = {Action.ALLOW: "allows", Action.DENY: "denies", Action.PASS: "passes"}


def chain_text(links: Sequence[Link], look: Look, *, selected: bool) -> str:
    """The links of a side in one line; `selected` when any policy governs the side at all."""
    texts: list[str] = []
    opened = False
    surely_opened = ConnectionSet.union_of(
        link.connections
        for link in links
        if link.tier is Tier.NETWORKPOLICY and link.action is Action.ALLOW and not link.caveat
    )
    for index, link in enumerate(links):
        if link.caveat and link.tier is Tier.NETWORKPOLICY and link.connections <= surely_opened:
            # Another rule opens it for certain.
            continue
        if link.tier is Tier.NETWORKPOLICY and link.caveat is None:
            # Rules that open add up: the first one stands for all.
            if opened:
                continue
            opened = link.action is Action.ALLOW
        if any(_tied(each, link) for each in links[:index]):
            continue
        texts.append(_text(link, links[index + 1 :], look, selected=selected))
    return " -> ".join(texts)


def _tied(one: Link, other: Link) -> bool:
    """Whether two links are ends of one tie: one text speaks of both."""
    return bool(
        one.caveat is not None
        and one.caveat == other.caveat
        and one.rule
        and other.rule
        and one.policies != other.policies
    )


def _text(link: Link, others: Sequence[Link], look: Look, *, selected: bool) -> str:
    if link.tier is None:
        if not selected:
            return "Default Allow (no policy selects it)"
        return f"Default Allow{_share(link, look)}"
    names = joined([each.source.key.partition("/")[2] for each in link.policies])
    verb = link.action.value.capitalize()
    if not link.rule:
        if link.caveat is not None:
            if link.policies[0].policy.opaque:
                return f"Unknown ({names}, not evaluated)"
            return f"{link.tier.title} Unknown ({names} may select it)"
        if link.action is Action.ALLOW:
            return f"{link.tier.title} Allow ({names}, it names the other direction only)"
        return f"{link.tier.title} {verb} ({names}, no rule matches)"
    if link.caveat is None:
        return f"{link.tier.title} {verb} ({names}, {link.rule}{_share(link, look)})"
    ends = [
        f"{each.policies[0].source.key.partition('/')[2]}, {each.rule} {_VERB[each.action]}"
        for each in (link, *(other for other in others if _tied(link, other)))
    ]
    return f"{link.tier.title} {link.caveat.verdict.capitalize()} ({joined(ends, 'or')})"


def _share(link: Link, look: Look) -> str:
    """Which of the connections asked for a link decides, where it is not all of them."""
    if look.port is not None or link.tier is Tier.NETWORKPOLICY:
        return ""
    text = str(link.connections)
    if text == "All Connections":
        return ""
    shown = text.replace(",", ", ")
    return f": {shown}" if link.rule else f" ({shown})"
