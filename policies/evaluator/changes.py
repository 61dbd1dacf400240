"""Reasons of changes: why pairs of slots differ between two evaluations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from policies.evaluator.bits import bits_of, first_bit, mask_of
from policies.evaluator.changereasons import (
    Reason,
    View,
    between_views,
    enforced_otherwise,
    of_workload,
    read_otherwise,
    uncertain,
)
from policies.evaluator.engine import Evaluation
from policies.evaluator.policy import Direction
from policies.evaluator.reasons import links_of
from policies.evaluator.resolve import ResolvedPolicy
from policies.evaluator.slots import ABSENT, Slot
from policies.evaluator.walk import Look

__all__ = ["Part", "Reasons", "change_reasons"]

_Views = tuple[View, View]
_SAME: _Views = (View(Direction.INGRESS, ()),) * 2
"""A side that the change leaves alone."""
Part = tuple[int, int, tuple[Reason, ...]]
"""Sources and destinations, and why all of these differ with all of those."""


class Reasons:
    """Why pairs of slots differ between two evaluations.

    A side looks the same to every peer that the same rules meet: what follows of it is worked out
    once for all of them, however many pairs change.
    """

    def __init__(self, before: Evaluation, after: Evaluation) -> None:
        self._before, self._after = _Sides(before), _Sides(after)
        self._everywhere = enforced_otherwise(before, after)
        self._flags = tuple(read_otherwise(before.profile, after.profile))
        self._one_universe = before.universe is after.universe
        self._moved = {
            each: _governed_otherwise(before, after, each) if self._one_universe else -1
            for each in Direction
        }
        self._known: dict[tuple[int, int], tuple[Reason, ...]] = {}
        self._sides: dict[int, tuple[Reason, ...]] = {}
        self._said: dict[tuple[Reason, ...], tuple[Reason, ...]] = {}
        self._entering: dict[tuple[int, int], _Toward] = {}
        self._leaving: dict[tuple[int, int], _Toward] = {}

    def of(self, source: Slot, destination: Slot) -> tuple[Reason, ...]:
        """Why a pair differs; never empty for a real change."""
        reasons: list[Reason] = []
        for slot in (source, destination):
            if slot.before == ABSENT:
                reasons.append(of_workload(slot, "new workload", "after"))
            if slot.after == ABSENT:
                reasons.append(of_workload(slot, "workload removed", "before"))
        if reasons:
            return self._once(tuple(reasons))
        if self._everywhere:
            return self._everywhere
        out = self._toward(source, Direction.EGRESS)
        into = self._toward(destination, Direction.INGRESS)
        return self._between(
            _SAME if out is None else out.views(destination.before, destination.after),
            _SAME if into is None else into.views(source.before, source.after),
        )

    def _between(self, egress: _Views, ingress: _Views) -> tuple[Reason, ...]:
        out, into = self._of_side(egress), self._of_side(ingress)
        # The same for all sides of which the same is said, so their identities tell them apart.
        key = (id(out), id(into))
        found = self._known.get(key)
        if found is None:
            gathered = dict.fromkeys((*self._flags, *out, *into))
            found = self._known[key] = tuple(gathered) or (uncertain(),)
        return found

    def _of_side(self, views: _Views) -> tuple[Reason, ...]:
        # Views are kept with their sides, so their identities stand for what they hold.
        found = self._sides.get(id(views))
        if found is None:
            found = self._sides[id(views)] = self._once(tuple(between_views(*views)))
        return found

    def _once(self, reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
        """The same object for the same reasons."""
        return self._said.setdefault(reasons, reasons)

    def each(self, pairs: Iterable[tuple[Slot, Slot]]) -> list[tuple[Reason, ...]]:
        """Why each of many pairs differs; their slots are kept by what they were found in."""
        found = []
        leaving: dict[int, _Toward | None] = {}
        entering: dict[int, _Toward | None] = {}
        for source, destination in pairs:
            start, end = id(source), id(destination)
            if start not in leaving:
                if self._everywhere or ABSENT in (source.before, source.after):
                    found.append(self.of(source, destination))
                    continue
                leaving[start] = self._toward(source, Direction.EGRESS)
            if end not in entering:
                if ABSENT in (destination.before, destination.after):
                    found.append(self.of(source, destination))
                    continue
                entering[end] = self._toward(destination, Direction.INGRESS)
            out, into = leaving[start], entering[end]
            egress = _SAME if out is None else out.views(destination.before, destination.after)
            ingress = _SAME if into is None else into.views(source.before, source.after)
            found.append(self._between(egress, ingress))
        return found

    def parts(self, sources: int, destinations: int) -> Iterator[Part]:
        """Why peers of one universe differ with others, those together that do for the same. In one
        universe policies are enforced, and read, alike."""
        leaving, entering = self._moved[Direction.EGRESS], self._moved[Direction.INGRESS]
        calm_sources, calm_destinations = sources & ~leaving, destinations & ~entering
        outs = self._each_toward(sources & leaving, Direction.EGRESS)
        intos = self._each_toward(destinations & entering, Direction.INGRESS)
        if calm_sources and calm_destinations:
            yield calm_sources, calm_destinations, self._between(_SAME, _SAME)
        for bit, into in intos.items():
            for peers, views in into.parts(calm_sources):
                yield peers, 1 << bit, self._between(_SAME, views)
        for bit, out in outs.items():
            for peers, views in out.parts(calm_destinations):
                yield 1 << bit, peers, self._between(views, _SAME)
            alike: dict[int, tuple[int, tuple[Reason, ...]]] = {}
            for peers, views in out.parts(destinations & entering):
                for other in bits_of(peers):
                    why = self._between(views, intos[other].views(bit, bit))
                    known = alike.get(id(why), (0, why))[0]
                    alike[id(why)] = known | 1 << other, why
            for peers, why in alike.values():
                yield 1 << bit, peers, why

    def _each_toward(self, peers: int, direction: Direction) -> dict[int, _Toward]:
        return {bit: self._toward_of(bit, bit, direction) for bit in bits_of(peers)}

    def _toward(self, subject: Slot, direction: Direction) -> _Toward | None:
        """A side of a subject; None where the very same policies decide it in both."""
        if not self._moved[direction] >> subject.after & 1:
            return None
        return self._toward_of(subject.before, subject.after, direction)

    def _toward_of(self, before: int, after: int, direction: Direction) -> _Toward:
        known = self._entering if direction is Direction.INGRESS else self._leaving
        found = known.get((before, after))
        if found is None:
            subject = before, after
            found = known[subject] = _Toward(
                self._before, self._after, subject, direction, self._one_universe
            )
        return found


def _governed_otherwise(before: Evaluation, after: Evaluation, direction: Direction) -> int:
    """The peers of one universe that are not governed by the very same policies in both."""
    was, now = before.governing[direction], after.governing[direction]
    return mask_of(
        bit
        for bit in was.differing(now)
        if list(map(id, was.get(bit, ()))) != list(map(id, now.get(bit, ())))
    )


class _Toward:
    """A side of one subject in both evaluations, one for all peers that the same rules meet."""

    def __init__(
        self,
        before: _Sides,
        after: _Sides,
        subject: tuple[int, int],
        direction: Direction,
        one_universe: bool,
    ) -> None:
        self._sides = before, after
        self._subject, self._direction = subject, direction
        self._was = before.cuts_of(subject[0], direction)
        self._now = after.cuts_of(subject[1], direction)
        if one_universe:
            # A peer has the same place in both: what cut it before need not cut it again.
            self._now = tuple(set(self._now).difference(self._was))
        self._views: dict[int, _Views] = {}

    def views(self, was: int, now: int) -> _Views:
        """The side before and after, towards a peer before and after."""
        met = 0
        for cut in self._was:
            met = met << 1 | cut >> was & 1
        for cut in self._now:
            met = met << 1 | cut >> now & 1
        found = self._views.get(met)
        if found is None:
            before, after = self._sides
            found = self._views[met] = (
                before.view(self._subject[0], was, self._direction),
                after.view(self._subject[1], now, self._direction),
            )
        return found

    def parts(self, peers: int) -> Iterator[tuple[int, _Views]]:
        """Some peers of one universe, those together towards which the side looks the same."""
        parts = [peers] if peers else []
        for cut in (*self._was, *self._now):
            parts = [part for each in parts for part in (each & cut, each & ~cut) if part]
        for part in parts:
            bit = first_bit(part)
            yield part, self.views(bit, bit)


class _Sides:
    """The sides of one evaluation."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation

    def view(self, subject: int, peer: int, direction: Direction) -> View:
        """The side of a subject towards a peer."""
        return View(direction, links_of(self._evaluation, Look(subject, peer, direction)))

    def policies_of(self, subject: int, direction: Direction) -> Sequence[ResolvedPolicy]:
        """The policies that govern a subject, in order of decision."""
        return self._evaluation.governing[direction].get(subject, ())

    def cuts_of(self, subject: int, direction: Direction) -> tuple[int, ...]:
        """Every set of peers that a policy of the subject tells from the others."""
        policies = self.policies_of(subject, direction)
        cuts = {
            piece.peers
            for policy in policies
            for rule in policy.rules
            if rule.rule.direction is direction
            for piece in rule.pieces
            if piece.subjects >> subject & 1
        }
        cuts.update(policy.veiled[0] for policy in policies)
        return tuple(cuts)


def change_reasons(
    before: Evaluation, after: Evaluation, source: Slot, destination: Slot
) -> tuple[Reason, ...]:
    """Why one pair of slots differs; see `Reasons`, which is for many."""
    return Reasons(before, after).of(source, destination)
