"""Entry points: how connections come in from outside, by which path, to which pods (F.3, F.4)."""

from __future__ import annotations
