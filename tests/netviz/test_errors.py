"""Error pages and answers say what is wrong, not what might be."""

from __future__ import annotations

import pytest
from django.test import Client


@pytest.mark.parametrize("path", ["/", "/api/v1/snapshots"])
def test_a_foreign_host_name_is_said_to_be_the_fault(client: Client, path: str) -> None:
    answer = client.get(path, headers={"host": "netviz.example"})
    assert answer.status_code == 400
    assert "127.0.0.1, localhost and [::1]" in answer.content.decode()


@pytest.mark.django_db
def test_an_address_that_is_none_is_told_from_a_snapshot_that_is_gone(client: Client) -> None:
    none, gone = client.get("/nowhere"), client.get("/snapshots/0123456789abcdef/")
    assert (none.status_code, gone.status_code) == (404, 404)
    assert "No page of netviz has this address." in none.content.decode()
    assert "may have been removed" in gone.content.decode()
