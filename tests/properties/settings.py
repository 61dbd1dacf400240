"""How many random clusters a property is tried on: few by default, more by NETVIZ_EXAMPLES."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

__all__ = ["thorough"]

thorough = settings(
    max_examples=int(os.environ.get("NETVIZ_EXAMPLES", "60")),
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
