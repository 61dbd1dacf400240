"""Watching clusters: one thread for each, in one process of all that share the database."""

from __future__ import annotations

from policies.services.watching.manager import Watching

__all__ = ["Watching"]
