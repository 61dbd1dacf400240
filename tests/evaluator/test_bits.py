"""Sets of small integers as ints."""

from __future__ import annotations

import pytest

from policies.evaluator.bits import bits_of, first_bit, mask_of

SETS = ((), (0,), (5,), (0, 1, 2), (3, 64, 65, 4000))


@pytest.mark.parametrize("members", SETS)
def test_a_set_gives_back_its_members_in_order(members: tuple[int, ...]) -> None:
    assert tuple(bits_of(mask_of(reversed(members)))) == members


@pytest.mark.parametrize("members", SETS[1:])
def test_the_first_member_is_the_smallest(members: tuple[int, ...]) -> None:
    assert first_bit(mask_of(members)) == min(members)
