"""The evaluator: a pure library that decides which connections Kubernetes network policies allow.

It imports nothing of Django, does no input or output and keeps no global state.
"""

from __future__ import annotations

EVALUATOR_VERSION = "2"
