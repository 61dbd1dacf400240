"""Uploaded files leave nothing behind, whatever ends the server."""

from __future__ import annotations

import os

import pytest
from django.conf import settings

from netviz.uploads import NamelessUpload


@pytest.mark.parametrize("size", [0, 10, settings.FILE_UPLOAD_MAX_MEMORY_SIZE + 1])
def test_a_file_is_read_as_it_was_sent_and_never_has_a_name_on_the_disk(size: int) -> None:
    data = os.urandom(size)
    handler = NamelessUpload()
    handler.new_file("files", "a.yaml", "text/plain", size, None, {})
    for start in range(0, size, 65536):
        handler.receive_data_chunk(data[start : start + 65536], start)
    found = handler.file_complete(size)
    assert (found.name, found.size, found.read()) == ("a.yaml", size, data)
    # What has a name on the disk gives it as text; a nameless file has a number or nothing.
    assert not isinstance(handler.file.name, str)
    found.close()


def test_a_file_is_closed_with_its_request_even_when_it_was_cut_off() -> None:
    handler = NamelessUpload()
    handler.new_file("files", "a.yaml", "text/plain", 1, None, {})
    file = handler.file
    del handler
    assert file.closed


def test_it_is_the_only_handler() -> None:
    assert settings.FILE_UPLOAD_HANDLERS == ["netviz.uploads.NamelessUpload"]
