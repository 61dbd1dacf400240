"""How the reading of one resource stands, over all namespaces that are read of it."""

from __future__ import annotations

from policies.ingest.reflect import Reflector, Said
from policies.ingest.resources import Served

__all__ = ["Standing"]

_WORST_FIRST = ("refused", "error", "forbidden", "waiting", "polled", "ok", "absent")
_FAILED = frozenset({"refused", "error", "forbidden", "absent"})


class Standing:
    """What each reflector of a resource said last and since when, and what was read of it."""

    def __init__(self, served: Served, reflectors: list[Reflector], now: float) -> None:
        self.served = served
        self.reflectors = reflectors
        self.said = {each: (Said(each, "waiting"), now) for each in reflectors}
        # When all of it was known last.
        self.listed: dict[Reflector, float] = {}
        # Since when it is forbidden to go on reading what was read.
        self.doubted: dict[Reflector, float] = {}

    def worst(self) -> Said:
        """What stands for all: the worst of it."""
        found = (said for said, _ in self.said.values())
        return min(found, key=lambda each: _WORST_FIRST.index(each.state))

    def hear(self, said: Said, now: float) -> None:
        """Take down what a reflector says. That it tries again what failed is no news before it
        gets anything: it would hide the failure, and since when there is one."""
        source = said.source
        known, since = self.said[source]
        if said.state == "waiting" and not said.count and known.state in _FAILED:
            return
        self.said[source] = (said, since if known.state == said.state else now)
        if said.state == "forbidden" and source in self.listed:
            self.doubted.setdefault(source, now)
        elif said.state in ("ok", "polled"):
            self.doubted.pop(source, None)

    @property
    def gone(self) -> bool:
        """Whether the server has it no more, as far as can be told by asking for it."""
        return all(said.state == "absent" for said, _ in self.said.values())
