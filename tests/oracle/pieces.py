"""Small domains that random policies and clusters are made of, so that everything collides."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

__all__ = [
    "BLOCKS",
    "LABELS",
    "NAMESPACES",
    "PORT_NAMES",
    "PORT_NUMBERS",
    "PROTOCOLS",
    "label_sets",
    "selectors",
]

NAMESPACES = ("x", "y", "z")
# Keys and values are shared by pods and namespaces on purpose; "" is a value like any other.
LABELS = {"app": ("a", "b"), "tier": ("", "db"), "env": ("a", "dev")}
PORT_NAMES = ("web", "dns")
PORT_NUMBERS = (1, 79, 80, 81, 82, 65535)
PROTOCOLS = ("TCP", "UDP", "SCTP")
BLOCKS = (
    "0.0.0.0/0",
    "10.0.0.0/28",
    "10.0.0.4/30",
    "10.0.0.5/30",
    "10.0.0.2/32",
    "10.0.0.0/31",
    "192.168.0.0/30",
    "192.168.0.2/32",
    "203.0.113.0/24",
    "203.0.113.0/25",
    "128.0.0.0/1",
    "::/0",
    "fd00::/124",
    "fd00::4/126",
    "fd00::2/128",
    "fd01::/16",
)


def label_sets() -> st.SearchStrategy[dict[str, str]]:
    """Some of the keys, each with one of its values."""
    return st.fixed_dictionaries(
        {}, optional={key: st.sampled_from(values) for key, values in LABELS.items()}
    )


@st.composite
def expressions(draw: st.DrawFn) -> dict[str, Any]:
    key = draw(st.sampled_from([*LABELS, "kubernetes.io/metadata.name"]))
    operator = draw(st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist"]))
    expression: dict[str, Any] = {"key": key, "operator": operator}
    if operator in ("In", "NotIn"):
        domain = LABELS.get(key, NAMESPACES)
        expression["values"] = draw(
            st.lists(st.sampled_from([*domain, "other"]), min_size=1, max_size=2)
        )
    return expression


@st.composite
def selectors(draw: st.DrawFn) -> dict[str, Any]:
    """A labelSelector, empty as often as not."""
    selector: dict[str, Any] = {}
    shape = draw(st.integers(0, 5))
    if shape in (2, 3, 5):
        key = draw(st.sampled_from(sorted(LABELS)))
        selector["matchLabels"] = {key: draw(st.sampled_from(LABELS[key]))}
    if shape in (4, 5):
        selector["matchExpressions"] = draw(st.lists(expressions(), min_size=1, max_size=2))
    return selector
