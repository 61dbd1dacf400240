"""What is no text is told from what is, wherever that shows."""

from __future__ import annotations

import pytest

from policies.evaluator.manifest import SourceText, read_documents


def only_message(data: bytes) -> str:
    documents, problems = read_documents(SourceText("a.yaml", data))
    assert not documents
    [problem] = problems
    return problem.message


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\0\0", bytes(range(256)), b"\x7fELF\x02\x01"])
def test_binary_data_is_named_as_such(data: bytes) -> None:
    assert only_message(data) == "is binary data, not YAML or JSON text"


@pytest.mark.parametrize("place", [0, 1, 2**18 - 1, 2**18, 2**18 + 1, 2**19 - 1, 600_000])
@pytest.mark.parametrize("character", [b"\0", b"\x0b", b"\x1f", b"\x7f"])
def test_one_character_that_no_text_has_is_found_wherever_it_stands(
    place: int, character: bytes
) -> None:
    text = b"# " + b"x" * 600_000
    data = text[:place] + character + text[place:]
    assert only_message(data) == "is binary data, not YAML or JSON text"


@pytest.mark.parametrize("character", ["\t", "\n", " ", "~", "\u00a0"])
def test_what_texts_have_is_text(character: str) -> None:
    assert only_message(f"# a{character}\n".encode()) == "is empty: it holds no object"
