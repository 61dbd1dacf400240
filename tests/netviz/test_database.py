"""How the database is set up."""

from __future__ import annotations

import pytest

from netviz.settings import _database


def test_a_pool_has_room_for_watchers_beside_those_who_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://netviz@127.0.0.1:5432/netviz")
    assert _database()["OPTIONS"]["pool"]["max_size"] >= 16
