"""Snapshots and drafts: content addressed, safe from two at once, nothing half."""

from __future__ import annotations

import threading
import uuid

import pytest
from django.db import connection

from policies import services
from policies.demo.story import sources_of
from policies.evaluator.errors import BadQuestion, UnreadableInput
from policies.models import TITLE_LENGTH, Draft, Snapshot
from policies.services.kept import DRAFT_BYTES
from tests.support.doors import step

SOURCES = sources_of(step("label-added").files)


@pytest.mark.django_db
def test_the_same_content_twice_is_one_row_with_its_first_title() -> None:
    first, _ = services.store_sources(SOURCES, "First")
    second, _ = services.store_sources(SOURCES, "Second")
    assert first == second
    assert Snapshot.objects.get().title == "First"


@pytest.mark.django_db
def test_the_order_of_files_makes_no_other_snapshot() -> None:
    first, _ = services.store_sources(SOURCES)
    second, _ = services.store_sources(SOURCES[::-1])
    assert first == second


@pytest.mark.django_db
def test_a_snapshot_gives_back_the_state_that_was_stored() -> None:
    snapshot, _ = services.store_sources(SOURCES)
    state = services.get_snapshot(snapshot.id).state
    assert state == services.read(SOURCES)
    assert state.content_hash == snapshot.content_hash


@pytest.mark.django_db(transaction=True)
def test_two_that_store_the_same_at_once_get_the_same_row() -> None:
    together = threading.Barrier(2)
    stored: list[str] = []

    def store() -> None:
        try:
            together.wait()
            snapshot, _ = services.store_sources(SOURCES)
            stored.append(snapshot.id)
        finally:
            connection.close()

    threads = [threading.Thread(target=store) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stored) == 2
    assert len(set(stored)) == 1
    assert Snapshot.objects.count() == 1


@pytest.mark.django_db
def test_an_upload_of_which_nothing_is_usable_keeps_nothing() -> None:
    with pytest.raises(UnreadableInput) as caught:
        services.store_upload([("broken.yaml", b"kind: [")])
    assert caught.value.problems[0].source == "broken.yaml"
    assert not Snapshot.objects.exists()


@pytest.mark.django_db
def test_an_upload_without_a_title_is_called_after_its_files() -> None:
    one, _ = services.store_sources(SOURCES[:1])
    several, _ = services.store_sources(SOURCES)
    assert one.title == "applications.yaml"
    assert several.title == "applications.yaml and 6 more"


@pytest.mark.django_db
def test_a_title_too_long_is_cut() -> None:
    snapshot, _ = services.store_sources(SOURCES, "x" * 1000)
    assert len(snapshot.title) == TITLE_LENGTH


@pytest.mark.django_db
def test_a_title_keeps_no_character_that_a_database_refuses() -> None:
    snapshot, _ = services.store_sources(SOURCES, "a\0b")
    assert Snapshot.objects.get(pk=snapshot.pk).title == "ab"


@pytest.mark.django_db
@pytest.mark.parametrize("identifier", ["", "\0", "a b", "no/where"])
def test_what_cannot_be_an_identifier_is_not_found(identifier: str) -> None:
    with pytest.raises(services.NotFound):
        services.get_snapshot(identifier)


@pytest.mark.django_db
def test_what_is_not_kept_is_not_found() -> None:
    with pytest.raises(services.NotFound):
        services.get_snapshot("0123456789abcdef")
    with pytest.raises(services.NotFound):
        services.get_draft(uuid.uuid4())


@pytest.mark.django_db
def test_a_draft_is_kept_as_written_mistakes_included() -> None:
    snapshot, _ = services.store_sources(SOURCES)
    kept = services.keep_draft(snapshot, " Mine ", [("a.yaml", "kind: [")], ["Namespace/old"])
    found = services.get_draft(kept.id)
    assert found.title == "Mine"
    assert found.files == [{"name": "a.yaml", "content": "kind: ["}]
    assert found.delete_objects == ["Namespace/old"]


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["x" * (DRAFT_BYTES + 1), "nul \0 in it"])
def test_a_draft_that_no_database_should_hold_is_refused(text: str) -> None:
    snapshot, _ = services.store_sources(SOURCES)
    with pytest.raises(BadQuestion):
        services.keep_draft(snapshot, "", [("a.yaml", text)], [])
    assert not Draft.objects.exists()


@pytest.mark.django_db
def test_honesty_says_whether_it_is_enforced_and_when_it_was_taken() -> None:
    snapshot, _ = services.store_sources(sources_of(step("not-enforced").files))
    said = services.honesty(snapshot, intended=True)
    assert said["enforcement"]["enforced"] == "no"
    assert said["enforcement"]["intended"] is True
    assert said["taken_at"] == snapshot.created_at
