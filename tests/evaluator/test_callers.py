"""Callers found by what they are let out to are those that trying each of them finds."""

from __future__ import annotations

import pytest

from benchmarks.shapes import SHAPES, as_list
from policies.evaluator.bits import bits_of
from policies.evaluator.documents import SourceText
from policies.evaluator.engine import evaluate
from policies.evaluator.read import read_state


@pytest.mark.parametrize("name", ["lean", "dense", "one namespace", "1,000 port names"])
def test_all_sides_together_meet_the_callers_of_each_alone(name: str) -> None:
    objects = SHAPES[name](500)
    found = evaluate(read_state([SourceText("a.json", as_list(objects))]))
    everyone = found.universe.everyone
    together = {
        (source, destination, str(each.connections))
        for each in found.rectangles
        for source in bits_of(each.sources)
        for destination in bits_of(each.destinations)
    }
    alone = {
        (source, bit, str(each.connections))
        for bit in bits_of(everyone)
        for each in found.rectangles_between(everyone, 1 << bit)
        for source in bits_of(each.sources)
    }
    assert together == alone
