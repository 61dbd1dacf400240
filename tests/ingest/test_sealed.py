"""Tokens at rest: only with the key, only for their server, and the key may change."""

from __future__ import annotations

import pytest

from policies.ingest.faults import BadTarget
from policies.ingest.sealed import TOKEN_KEY, seal, unseal
from tests.support.clusters import KEY, OTHER_KEY, TOKEN

SERVER = "https://192.0.2.1:6443"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_KEY, KEY)


def test_a_sealed_token_is_read_with_the_key_and_not_seen_without() -> None:
    sealed = seal(TOKEN, SERVER)
    assert TOKEN.encode() not in sealed
    assert unseal(sealed, SERVER) == TOKEN


def test_a_token_is_sealed_for_one_server() -> None:
    with pytest.raises(BadTarget, match="given for another server"):
        unseal(seal(TOKEN, SERVER), "https://203.0.113.1:6443")


def test_an_older_key_still_reads_behind_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = seal(TOKEN, SERVER)
    monkeypatch.setenv(TOKEN_KEY, f"{OTHER_KEY}, {KEY}")
    assert unseal(sealed, SERVER) == TOKEN
    anew = seal(TOKEN, SERVER)
    monkeypatch.setenv(TOKEN_KEY, OTHER_KEY)
    assert unseal(anew, SERVER) == TOKEN


def test_another_key_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = seal(TOKEN, SERVER)
    monkeypatch.setenv(TOKEN_KEY, OTHER_KEY)
    with pytest.raises(BadTarget, match="not the key that it was kept with") as error:
        unseal(sealed, SERVER)
    assert error.value.field == "token"


@pytest.mark.parametrize("key", ["", " , "])
def test_without_a_key_nothing_is_sealed_and_one_is_told_how_to_make_it(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv(TOKEN_KEY, key)
    with pytest.raises(BadTarget) as error:
        seal(TOKEN, SERVER)
    assert "python3 -c" in error.value.message
    assert "A kubeconfig needs none." in error.value.message


@pytest.mark.parametrize("key", ["a passphrase of many words", "c2hvcnQ=", f"{KEY},nonsense"])
def test_what_is_no_key_is_refused(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv(TOKEN_KEY, key)
    with pytest.raises(BadTarget, match="is not a key") as error:
        seal(TOKEN, SERVER)
    assert key not in error.value.message


def test_bytes_that_were_never_sealed_are_not_read() -> None:
    with pytest.raises(BadTarget):
        unseal(b"", SERVER)
