"""The secret key: made once, kept from others."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from netviz.secret import kept_secret


def test_it_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    first = kept_secret(path)
    assert len(first) > 50
    assert kept_secret(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_those_who_start_at_once_get_the_same(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(kept_secret, [path] * 8))
    assert len(made) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["secret_key"]
