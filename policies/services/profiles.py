"""How a cluster reads policies: each flag in words, what the plugin does, and what was set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from policies.evaluator.profile import Profile, flag_named, parse_flags
from policies.evaluator.profilewords import FLAGS
from policies.models import Snapshot
from policies.services.kept import get_snapshot

__all__ = ["change_profile", "parse_wishes", "profile_rows"]

ENFORCED: Mapping[str, bool | None] = {"yes": True, "no": False, "unknown": None}
AS_THE_PLUGIN = "default"


def profile_rows(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Every flag: what it means, what holds without anybody's word, what is kept, what counts.

    `plugin` is what the detected plugin does, None where that is not known; `by` who decides.
    """
    found = snapshot.summary["enforcement"]
    plugin = Profile.of_plugin(found["cni"])
    chosen = {each.flag: each for each in Profile.choices(found["cni"], {}, snapshot.profile)}
    rows = []
    for name, flag in FLAGS.items():
        usual, otherwise = getattr(plugin, name), "default"
        if name == "np_enforced":
            usual = ENFORCED[found["enforced"]]
            otherwise = "default" if usual is None else "plugin"
        choice = chosen.get(name)
        rows.append(
            {
                "flag": name,
                "title": flag.title,
                "meaning": flag.meaning,
                "law": list(flag.law),
                "plugin": usual,
                "kept": snapshot.profile.get(name),
                "value": choice.value if choice else usual,
                "by": choice.by if choice else otherwise,
            }
        )
    return rows


def change_profile(identifier: str, wishes: Mapping[str, bool | None]) -> Snapshot:
    """Keep flags with a snapshot; None leaves one to the plugin again, others stay as they are.

    Raises NotFound, and BadQuestion for a flag that there is none of.
    """
    for name in wishes:
        flag_named(name)
    return Snapshot.objects.change_profile(get_snapshot(identifier).pk, wishes)


def parse_wishes(texts: Iterable[str]) -> dict[str, bool | None]:
    """The wishes in `NAME=true|false|default`; the last of a name counts. Raises BadQuestion."""
    wishes: dict[str, bool | None] = {}
    for text in texts:
        name, _, value = text.partition("=")
        wishes |= {flag_named(name): None} if value == AS_THE_PLUGIN else parse_flags([text])
    return wishes
