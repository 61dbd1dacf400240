"""Label selectors, exactly as apimachinery matches them (semantics A.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

__all__ = ["EVERYTHING", "Operator", "Requirement", "Selector"]

Operator = Literal["In", "NotIn", "Exists", "DoesNotExist"]


class Requirement(msgspec.Struct, frozen=True, order=True):
    """One condition on one key; `values` sorted, empty for Exists and DoesNotExist."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """A-50…A-54: an absent key satisfies NotIn and DoesNotExist, never In or Exists."""
        value = labels.get(self.key)
        if self.operator == "In":
            return value is not None and value in self.values
        if self.operator == "NotIn":
            return value is None or value not in self.values
        return (value is not None) == (self.operator == "Exists")

    def __str__(self) -> str:
        if self.operator == "Exists":
            return self.key
        if self.operator == "DoesNotExist":
            return f"!{self.key}"
        if self.operator == "In" and len(self.values) == 1:
            return f"{self.key}={self.values[0]}"
        word = "in" if self.operator == "In" else "notin"
        return f"{self.key} {word} ({','.join(self.values)})"


class Selector(msgspec.Struct, frozen=True, order=True, cache_hash=True):
    """A conjunction of requirements; without any it matches everything."""

    requirements: tuple[Requirement, ...] = ()

    @classmethod
    def from_spec(cls, spec: Mapping[str, object] | None) -> Selector:
        """The selector of a validated `labelSelector` mapping; None and `{}` match everything."""
        if not spec:
            return cls()
        match_labels = spec.get("matchLabels")
        found = (
            [Requirement(key, "In", (value,)) for key, value in match_labels.items()]
            if isinstance(match_labels, Mapping)
            else []
        )
        expressions = spec.get("matchExpressions")
        if isinstance(expressions, list):
            for each in expressions:
                values = tuple(sorted(set(each.get("values") or ())))
                found.append(Requirement(each["key"], each["operator"], values))
        return cls(tuple(sorted(set(found))) if len(found) > 1 else tuple(found))

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether every requirement holds."""
        return all(requirement.matches(labels) for requirement in self.requirements)

    @property
    def keys(self) -> frozenset[str]:
        """Label keys that the selector reads."""
        return frozenset(requirement.key for requirement in self.requirements)

    def __bool__(self) -> bool:
        """False for the selector that matches everything."""
        return bool(self.requirements)

    def __str__(self) -> str:
        """kubectl's notation, `env=dev,tier in (a,b)`."""
        return ",".join(str(requirement) for requirement in self.requirements)


EVERYTHING = Selector()
