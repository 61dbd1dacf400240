"""Fix it: the smallest rules that open a closed pair, as a draft, and what else they open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import msgspec

from policies.evaluator.bits import bits_of
from policies.evaluator.connections import ALL, ConnectionSet
from policies.evaluator.diff import Change, compare
from policies.evaluator.documents import SourceText
from policies.evaluator.drafting import Drafter, End, end_of
from policies.evaluator.engine import Evaluation
from policies.evaluator.explain import Explanation, explain
from policies.evaluator.obstacles import NONE_CAN, Obstacle, headline, of_link
from policies.evaluator.pairs import Pair, pair_of
from policies.evaluator.parts import looks
from policies.evaluator.policy import Direction
from policies.evaluator.questions import Asked, Port, find_peer, parse_port
from policies.evaluator.read import read_state
from policies.evaluator.reasons import links_of
from policies.evaluator.sentences import capital, short_name
from policies.evaluator.slots import ABSENT
from policies.evaluator.strangers import ANY_POD, Beyond
from policies.evaluator.whatif import overlay
from policies.evaluator.words import joined

__all__ = ["Fix", "FixDocument", "Opened", "fix"]

_UNKNOWN_CONTROLLER = (
    "Which pods the ingress controller has is not in the input, so a rule that lets it in would let"
    " every pod of every namespace in. Add its pods to the input and ask for them, or write a rule"
    " with the labels of its namespace."
)
Outcome = Literal["open already", "fixed", "opens more", "cannot"]


class FixDocument(msgspec.Struct, frozen=True):
    """A manifest of the draft. `replaces`: it is an existing policy with one rule more."""

    name: str
    policy: str
    side: str
    replaces: bool
    content: str


class Opened(msgspec.Struct, frozen=True):
    """A flow that the draft opens or closes."""

    source: str
    destination: str
    connections: ConnectionSet
    verdict: str

    def to_json(self) -> dict[str, Any]:
        """A row of `extra` or `closes`."""
        return {
            "source": self.source,
            "destination": self.destination,
            "connections": self.connections.to_json(),
            "verdict": self.verdict,
        }


class Fix(msgspec.Struct, frozen=True):
    """How to open a pair. `obstacles` say why no NetworkPolicy can; then there are no documents.

    `extra` are the flows that the documents open besides, `closes` what they take away: both are
    empty where the draft does exactly what was asked.
    """

    source: str
    destination: str
    port: str
    outcome: Outcome
    sentence: str
    obstacles: tuple[str, ...] = ()
    documents: tuple[FixDocument, ...] = ()
    extra: tuple[Opened, ...] = ()
    closes: tuple[Opened, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The answer of the fix endpoint, without its head."""
        return {
            "source": self.source,
            "destination": self.destination,
            "port": self.port or None,
            "outcome": self.outcome,
            "sentence": self.sentence,
            "obstacles": list(self.obstacles),
            "documents": [msgspec.structs.asdict(each) for each in self.documents],
            "extra": [each.to_json() for each in self.extra],
            "closes": [each.to_json() for each in self.closes],
        }


def fix(evaluation: Evaluation, source: str, destination: str, port: str | None = None) -> Fix:
    """What would let `source` open `port` (everything when None) to `destination`.

    The draft is tried on the state before it is given. Raises BadQuestion as `explain` does.
    """
    answer = explain(evaluation, source, destination, port)
    beyond = source.strip() == ANY_POD.text
    known = Beyond(evaluation, (ANY_POD,)) if beyond else evaluation
    asked = _Question.of(known, source, destination, port)
    if asked.port is not None and not asked.port.number and answer.verdict != "allow":
        icmp = "A NetworkPolicy cannot name ICMP: it opens TCP, UDP and SCTP ports (A-95)."
        return _result(answer, "cannot", NONE_CAN, (icmp,))
    if answer.verdict == "allow" and (port or answer.connections == ALL.ported):
        what = asked.port.spoken if asked.port else "every connection"
        here, there = asked.names
        sentence = f"{here} may open {what} to {there} already: there is nothing to fix."
        return _result(answer, "open already", capital(sentence))
    obstacles = tuple(dict.fromkeys(_obstacles(asked)))
    if obstacles:
        reasons = (each.text for each in obstacles)
        return _result(answer, "cannot", headline(obstacles), reasons)
    if beyond:
        return _result(answer, "cannot", "No draft can be made for this.", (_UNKNOWN_CONTROLLER,))
    drafts = asked.drafts(amend=False)
    if any(isinstance(each, str) for each in drafts):
        why = tuple(each for each in drafts if isinstance(each, str))
        return _result(answer, "cannot", NONE_CAN, why)
    tried = _try(asked, answer, [each for each in drafts if not isinstance(each, str)])
    if tried.closes:
        amended = [each for each in asked.drafts(amend=True) if not isinstance(each, str)]
        other = _try(asked, answer, amended)
        if not other.closes and other.outcome != "cannot":
            return other
    return tried


class _Question(msgspec.Struct, frozen=True):
    """The pair asked about, and its sides that do not open it."""

    evaluation: Evaluation
    source: Asked
    destination: Asked
    port: Port | None
    words: tuple[str, str]
    closed: dict[Direction, tuple[Pair, ...]]

    @classmethod
    def of(
        cls, evaluation: Evaluation, source: str, destination: str, port: str | None
    ) -> _Question:
        """The question with both ends found."""
        asked_port = parse_port(port) if port else None
        here = find_peer(evaluation, source, "from")
        there = find_peer(evaluation, destination, "to")
        closed: dict[Direction, list[Pair]] = {each: [] for each in Direction}
        for s in bits_of(here.bits):
            for d in bits_of(there.bits):
                pair = pair_of(evaluation, here, s, there, d)
                if pair.always:
                    continue
                for look in looks(pair, asked_port):
                    side = evaluation.side_of(look.subject, look.direction)
                    certain = ConnectionSet.union_of(
                        connections
                        for connections, caveat in side.with_peer(look.peer)
                        if caveat is None
                    )
                    governed = look.subject < evaluation.universe.first_node
                    if governed and not look.wanted.ported <= certain:
                        closed[look.direction].append(pair)
        return cls(
            evaluation,
            here,
            there,
            asked_port,
            (source, destination),
            {each: tuple(pairs) for each, pairs in closed.items()},
        )

    @property
    def names(self) -> tuple[str, str]:
        """Both ends, for sentences."""
        return short_name(self.source.text), short_name(self.destination.text)

    @property
    def ends(self) -> tuple[End, End]:
        """Both ends as drafts name them."""
        return (
            end_of(self.evaluation, self.source),
            end_of(self.evaluation, self.destination),
        )

    def drafts(self, *, amend: bool) -> list[FixDocument | str]:
        """A document for each closed side, or why there can be none."""
        source, destination = self.ends
        drafter = Drafter(self.evaluation, self.port)
        found: list[FixDocument | str] = []
        for direction, pairs in self.closed.items():
            if not pairs:
                continue
            subject, peer = source, destination
            if direction is Direction.INGRESS:
                subject, peer = destination, source
            drafted = drafter.draft(direction, subject, peer, amend=amend)
            if isinstance(drafted, str):
                found.append(drafted)
            else:
                key, content, replaces = drafted
                name = f"{key.rpartition('/')[2]}.yaml"
                found.append(FixDocument(name, key, direction.value, replaces, content))
        return found


def _wanted(port: Port | None) -> ConnectionSet:
    if port is None or not port.number:
        return ALL.ported
    return ConnectionSet.of(port.protocol, port.number, port.number)


def _obstacles(asked: _Question) -> Iterator[Obstacle]:
    """What stands above or beside every NetworkPolicy."""
    if asked.port is not None and asked.port.protocol == "SCTP":
        if not asked.evaluation.profile.sctp:
            text = "The network plugin here ignores rules for SCTP (profile flag sctp)."
            yield Obstacle(NONE_CAN, text)
    for direction, pairs in asked.closed.items():
        for pair in pairs:
            leaving, entering = looks(pair, asked.port)
            look = leaving if direction is Direction.EGRESS else entering
            for link in links_of(asked.evaluation, look):
                yield from of_link(link, direction)


def _try(asked: _Question, answer: Explanation, documents: Sequence[FixDocument]) -> Fix:
    """The documents with what they do to the state."""
    base = asked.evaluation
    draft = read_state(SourceText(each.name, each.content.encode()) for each in documents)
    after = base.of_another(overlay(base.state, draft), base=base)
    source, destination = asked.ends
    extra: list[Opened] = []
    closes: list[Opened] = []
    for change in compare(base, after).changes:
        gained, lost = change.after - change.before, change.before - change.after
        verdict = change.verdict_after
        inside = _is_inside(after, change, source, destination)
        more = gained - _wanted(asked.port) if inside else gained
        if more or (not inside and change.verdict_before != verdict and not lost):
            opened = more or change.after
            extra.append(Opened(change.source, change.destination, opened, verdict))
        if lost or (change.verdict_before == "allow" and verdict != "allow"):
            closes.append(Opened(change.source, change.destination, lost or change.after, verdict))
    now = explain(after, *asked.words, answer.port or None)
    works = now.verdict == "allow" and _wanted(asked.port).ported <= now.connections
    if not works:
        return _result(answer, "cannot", NONE_CAN, (_why_not(now, asked, documents),))
    exact = not extra and not closes
    count = len(documents)
    here, there = asked.names
    what = asked.port.spoken if asked.port else "every connection"
    who = "1 NetworkPolicy lets" if count == 1 else f"{count} NetworkPolicies let"
    start = f"{who} {here} open {what} to {there}"
    sentence = f"{start}, and nothing else changes."
    if not exact:
        effects = [
            f"{_flows(extra)} opened with it" if extra else "",
            f"{_flows(closes)} closed with it" if closes else "",
        ]
        sentence = f"{start}, with a side effect: {joined([each for each in effects if each])}."
    found = _result(answer, "fixed" if exact else "opens more", sentence)
    return msgspec.structs.replace(
        found, documents=tuple(documents), extra=tuple(extra), closes=tuple(closes)
    )


def _why_not(now: Explanation, asked: _Question, documents: Sequence[FixDocument]) -> str:
    """Why the drafted rules do not open the pair, without their names: nobody has seen them."""
    drafted = {each.policy.rpartition("/")[2] for each in documents}
    if now.reason and not any(name in now.reason for name in drafted):
        return f"With rules that name both ends it is still not certain: {now.reason}."
    here, there = asked.names
    return f"Rules that name {here} and {there} were tried, and do not open it."


def _flows(rows: Sequence[Opened]) -> str:
    return "1 other flow is" if len(rows) == 1 else f"{len(rows):,} other flows are"


def _is_inside(after: Evaluation, change: Change, source: End, destination: End) -> bool:
    """Whether a change is between the pods and addresses that were asked for."""
    for slot, end in zip(change.slots, (source, destination), strict=True):
        if slot.after == ABSENT:
            return False
        if slot.workload is None:
            if not end.covers_addresses(slot.text):
                return False
            continue
        pods = after.universe.classes[slot.after].pods
        if not end.covers_pods(after.state.pods[index] for index in pods):
            return False
    return True


def _result(
    answer: Explanation,
    outcome: Outcome,
    sentence: str,
    obstacles: Iterable[str] = (),
) -> Fix:
    return Fix(
        source=answer.source,
        destination=answer.destination,
        port=answer.port,
        outcome=outcome,
        sentence=sentence,
        obstacles=tuple(obstacles),
    )
