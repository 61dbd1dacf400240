"""The Django app around the evaluator."""

from __future__ import annotations

from django.apps import AppConfig

__all__ = ["PoliciesConfig"]


class PoliciesConfig(AppConfig):
    """Snapshots of clusters, drafts, and the answers about them."""

    name = "policies"
    verbose_name = "Network policies"
