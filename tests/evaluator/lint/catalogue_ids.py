"""The ids of section G of the semantics, and why some of them have no check."""

from __future__ import annotations

__all__ = ["LEFT_OUT", "SECTION_G"]


def _ids(first: int, last: int) -> list[str]:
    return [f"L-{number:02d}" for number in range(first, last + 1)]


SECTION_G = (
    *_ids(1, 16), *_ids(20, 26), *_ids(30, 47), *_ids(48, 58), *_ids(60, 91), *_ids(100, 116)
)  # fmt: skip

_ENTRY = "about ways in from outside: waits for entry points to be part of the evaluation"
_TIERS = "about cluster-wide policies: waits for their kinds to be part of the evaluation"
_CALICO = "about Calico, whose policies are read and not evaluated"
_CILIUM = "about Cilium, whose policies are read and not evaluated"
LEFT_OUT = {
    **dict.fromkeys(("L-37", "L-48", "L-49", "L-102", "L-114", "L-116"), _ENTRY),
    **dict.fromkeys(_ids(60, 63), _TIERS),
    **dict.fromkeys(_ids(66, 69), _TIERS),
    **dict.fromkeys(_ids(70, 79), _CALICO),
    **dict.fromkeys(_ids(80, 89), _CILIUM),
    "L-52": "needs webhook and APIService configurations, which are not read",
    "L-53": "about probes that only Cilium's own policies can stop (D-32)",
    "L-109": "needs logs of what really flowed, which a snapshot does not hold",
    "L-110": "about rules that name ServiceAccounts, which only Calico's and Cilium's do",
}
