"""Mappings of peers that share what they have in common."""

from __future__ import annotations

from policies.evaluator.sheet import Draft, Sheet


def sheet(**values: str) -> Sheet[str]:
    draft = Draft[str](Sheet())
    for name, value in values.items():
        draft.set((int(name[1:]),), value)
    return draft.done()


def after(base: Sheet[str], changes: dict[int, str | None]) -> Sheet[str]:
    draft = Draft(base)
    for key, value in changes.items():
        if value is None:
            draft.pop(key)
        else:
            draft.set((key,), value)
    return draft.done()


BASE = sheet(p1="a", p2="b", p700="c")


def test_only_keys_with_another_value_differ() -> None:
    changed = after(BASE, {2: "other", 5: "new", 700: None, 900: "far"})
    assert sorted(BASE.differing(changed)) == sorted(changed.differing(BASE)) == [2, 5, 700, 900]


def test_what_is_written_as_it_was_does_not_differ() -> None:
    assert list(BASE.differing(after(BASE, {1: "a"}))) == []
    assert list(BASE.differing(sheet(p1="a", p2="b", p700="c"))) == []
