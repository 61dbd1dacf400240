"""Groups of namespaces: by which label, or which part of their names."""

from __future__ import annotations

import pytest

from policies.evaluator.spacegroups import LARGEST_OPEN, SpaceGroup, groups_of


def named(groups: tuple[SpaceGroup, ...]) -> dict[str, int]:
    return {group.name: len(group.names) for group in groups}


def labelled(count: int, *keys: tuple[str, int]) -> dict[str, dict[str, str]]:
    """So many namespaces; each key takes so many values in turn."""
    return {f"ns-{i}": {key: f"{key}-{i % values}" for key, values in keys} for i in range(count)}


def test_the_label_that_leaves_least_side_by_side_makes_the_groups() -> None:
    """20 teams of 5 are 25 things to look at, 3 environments of 33 are 36."""
    groups = groups_of(labelled(100, ("env", 3), ("team", 20)))
    assert [group.name for group in groups][:3] == ["team=team-0", "team=team-1", "team=team-2"]
    assert set(named(groups).values()) == {5}
    assert groups[0].id == "group:team=team-0"


@pytest.mark.parametrize(
    "labels",
    [
        {f"ns-{i}": {"kubernetes.io/metadata.name": f"ns-{i}"} for i in range(60)},
        {f"ns-{i}": {"pod-security.kubernetes.io/enforce": f"{i % 3}"} for i in range(60)},
        {f"ns-{i}": {"owner": f"person-{i}"} for i in range(60)},
        {f"ns-{i}": {"team": "red"} for i in range(60)},
        {f"ns-{i}": ({"team": f"{i % 2}"} if i < 30 else {}) for i in range(60)},
    ],
    ids=["names", "technical", "one each", "one value", "on too few"],
)
def test_a_label_that_divides_nothing_makes_no_groups(labels: dict[str, dict[str, str]]) -> None:
    assert all(".." in name for name in named(groups_of(labels)))


def test_namespaces_without_the_label_are_a_group_of_their_own() -> None:
    labels = {**labelled(30, ("team", 3)), "lone": {}, "other": {}}
    groups = groups_of(labels)
    assert named(groups) == {"team=team-0": 10, "team=team-1": 10, "team=team-2": 10, "team=": 2}
    assert groups[-1].label == "without team"


def test_names_with_a_common_beginning_are_grouped_where_no_label_divides() -> None:
    labels: dict[str, dict[str, str]] = {
        f"{prefix}-{i}": {} for prefix in ("pay", "shop") for i in range(5)
    }
    found = groups_of({**labels, "default": {}, "kube-system": {}})
    assert named(found) == {"pay-*": 5, "shop-*": 5, "default..kube-system": 2}


def test_else_names_that_follow_each_other_are_grouped_as_people_count() -> None:
    found = groups_of({f"ns-{i}": {} for i in range(100)})
    assert [group.name for group in found][:2] == ["ns-0..ns-9", "ns-10..ns-19"]


def test_a_group_too_large_to_be_looked_at_holds_smaller_ones() -> None:
    groups = groups_of(labelled(3 * (LARGEST_OPEN + 30), ("env", 3), ("x", 97)))
    first = groups[0]
    assert first.name == "env=env-0"
    assert len(first.names) > LARGEST_OPEN
    assert sorted(name for part in first.parts for name in part.names) == sorted(first.names)
    assert all(len(part.names) <= LARGEST_OPEN for part in first.parts)
    two = groups_of(labelled(2000, ("env", 3), ("zone", 20)))
    nested = groups_of(labelled(8000, ("env", 3), ("zone", 20)))
    assert not two[0].parts
    assert nested[0].parts[0].name == "zone=zone-0+env=env-0"


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_every_namespace_is_in_one_group(count: int) -> None:
    labels = labelled(count, ("team", 2))
    assert sorted(name for group in groups_of(labels) for name in group.names) == sorted(labels)
    assert groups_of(labels) == groups_of(dict(reversed(labels.items())))
