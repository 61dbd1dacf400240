"""Files, folders, archives and standard input; archives made to harm."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from policies.evaluator.documents import Limits
from policies.evaluator.errors import UnreadableInput
from policies.evaluator.read import read_state
from policies.ingest.upload import LOCAL, UploadLimits, load_paths, load_uploads

POD = b"apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"


def archive(files: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", compression) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return data.getvalue()


def put(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(POD)


def names(*paths: Path | str) -> list[str]:
    return [source.name for source in load_paths([str(path) for path in paths])]


def refusal(data: bytes, limits: UploadLimits = UploadLimits()) -> str:
    with pytest.raises(UnreadableInput) as caught:
        load_uploads([("a.zip", data)], limits)
    [problem] = caught.value.problems
    assert problem.source == "a.zip"
    return problem.message


def test_a_folder_gives_its_manifests_sorted_and_nothing_else(tmp_path: Path) -> None:
    put(tmp_path, "b/z.yml", "b/a.yaml", "a.JSON", "README.md", ".hidden.yaml", ".git/x.yaml")
    folder = tmp_path.name
    assert names(tmp_path) == [f"{folder}/a.JSON", f"{folder}/b/a.yaml", f"{folder}/b/z.yml"]


def test_names_never_tell_where_the_files_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "deep/a.yaml")
    monkeypatch.chdir(tmp_path)
    assert names("deep") == names("./deep") == ["deep/a.yaml"]
    assert names("deep/a.yaml") == ["deep/a.yaml"]
    assert names(".") == ["deep/a.yaml"]
    assert names(tmp_path / "deep" / "a.yaml") == ["a.yaml"]
    monkeypatch.chdir(tmp_path / "deep")
    assert names("../deep/a.yaml") == ["deep/a.yaml"]


def test_a_file_that_is_named_is_read_whatever_its_ending(tmp_path: Path) -> None:
    put(tmp_path, "manifest.txt")
    assert names(tmp_path / "manifest.txt") == ["manifest.txt"]


def test_standard_input_is_a_source() -> None:
    [source] = load_paths(["-"], io.BytesIO(POD))
    assert (source.name, source.data) == ("stdin", POD)
    with pytest.raises(UnreadableInput, match="stdin: there is no standard input to read"):
        load_paths(["-"])


def test_every_bad_path_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    put(tmp_path, "notes/README.md")
    missing = tmp_path / "missing.yaml"
    with pytest.raises(UnreadableInput) as caught:
        load_paths([str(missing), str(tmp_path / "empty"), str(tmp_path / "notes"), "/dev/zero"])
    assert [(each.source, each.message) for each in caught.value.problems] == [
        (str(missing), "does not exist"),
        (str(tmp_path / "empty"), "holds no manifest: no .yaml, .yml or .json file"),
        (str(tmp_path / "notes"), "holds no manifest: no .yaml, .yml or .json file"),
        ("/dev/zero", "is not a file or a folder"),
    ]


@pytest.mark.parametrize("path", ["a\0b", "x" * 5_000, ""])
def test_paths_that_cannot_be_are_refused(path: str) -> None:
    with pytest.raises(UnreadableInput):
        load_paths([path])


def test_links_in_a_ring_end(tmp_path: Path) -> None:
    put(tmp_path, "a/x.yaml")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere.yaml")
    (tmp_path / "self").symlink_to(tmp_path / "self")
    with pytest.raises(UnreadableInput) as caught:
        load_paths([str(tmp_path)])
    [problem] = caught.value.problems
    assert problem.source.endswith("/gone.yaml")
    assert problem.message == "cannot be read: No such file or directory"
    (tmp_path / "gone.yaml").unlink()
    assert names(tmp_path) == [f"{tmp_path.name}/a/x.yaml"]


def test_a_pipe_without_a_writer_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    [source] = load_paths([str(tmp_path / "pipe.yaml")])
    assert source.data == b""


def test_a_pipe_is_read_to_its_end() -> None:
    reading, writing = os.pipe()
    try:
        os.write(writing, POD)
        os.close(writing)
        [source] = load_paths([f"/dev/fd/{reading}"])
        assert source.data == POD
    finally:
        os.close(reading)


def test_a_huge_file_is_refused_before_any_of_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.yaml").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(UnreadableInput) as refused:
        load_paths([str(tmp_path / "huge.yaml")])
    [problem] = refused.value.problems
    assert problem.message == "is larger than 4 GiB, the most that is read of a file: split it"


def test_what_is_uploaded_has_smaller_limits_than_files_of_this_machine() -> None:
    assert UploadLimits().total_bytes == 256 << 20
    assert LOCAL.file_bytes > Limits().json_bytes > UploadLimits().file_bytes


def test_too_many_files_or_bytes_are_refused(tmp_path: Path) -> None:
    put(tmp_path, *(f"{number}.yaml" for number in range(5)))
    for limits, message in (
        (UploadLimits(files=3), "holds more than 3 manifests"),
        (UploadLimits(total_bytes=100), "is more than 100 bytes with all its files"),
    ):
        with pytest.raises(UnreadableInput, match=message):
            load_paths([str(tmp_path)], limits=limits)


def test_archives_are_opened_wherever_they_come_from(tmp_path: Path) -> None:
    data = archive({"b/x.yaml": POD, "a.yml": POD, "notes.txt": b"no", "empty/": b""})
    (tmp_path / "app.zip").write_bytes(data)
    expected = ["app.zip/a.yml", "app.zip/b/x.yaml"]
    assert names(tmp_path / "app.zip") == expected
    assert [each.name for each in load_uploads([("app.zip", data)])] == expected
    assert [each.data for each in load_uploads([("app.zip", data)])] == [POD, POD]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("../../etc/passwd.yaml", "etc/passwd.yaml"),
        ("/etc/x.yaml", "etc/x.yaml"),
        ("C:\\Users\\me\\x.yaml", "Users/me/x.yaml"),
        ("a/./b/../x.yaml", "a/b/x.yaml"),
        ("x\n\x1b[31m.yaml", "x\\n\\x1b[31m.yaml"),
        ("\ud800.yaml", "\\ud800.yaml"),
    ],
)
def test_names_from_outside_cannot_lead_anywhere(given: str, expected: str) -> None:
    [source] = load_uploads([(given, POD)])
    assert source.name == expected
    if "\ud800" not in given:
        [source] = load_uploads([("a.zip", archive({given: POD}))])
        assert source.name == f"a.zip/{expected}"


@pytest.mark.parametrize("name", ["", "..", "/", "../.."])
def test_an_upload_without_a_name_gets_one(name: str) -> None:
    assert [each.name for each in load_uploads([(name, POD)])] == ["upload"]


def test_a_zip_bomb_is_not_unpacked() -> None:
    bomb = archive({"a.yaml": b" " * (50 * 1024 * 1024)})
    assert len(bomb) < 100_000
    assert refusal(bomb) == (
        "holds a file that unpacks to more than 200 times its size, which no manifest does: it is"
        " not opened, as it may be a zip bomb"
    )


def test_many_small_files_cannot_add_up_to_a_bomb() -> None:
    data = archive({f"{number}.yaml": os.urandom(500).hex().encode() for number in range(100)})
    message = refusal(data, UploadLimits(total_bytes=50_000))
    assert message == "is more than 50,000 bytes with all its files"
    assert refusal(data, UploadLimits(files=99)) == "holds more than 99 files"


def test_archives_inside_archives_stay_shut() -> None:
    inner = archive({"a.yaml": POD})
    assert refusal(archive({"inner.zip": inner})) == (
        "holds no manifest: no .yaml, .yml or .json file"
    )
    [source] = load_uploads([("a.zip", archive({"inner.yaml": inner}))])
    [problem] = read_state([source]).problems
    assert problem.message == "is binary data, not YAML or JSON text"


def test_an_encrypted_archive_is_refused() -> None:
    data = bytearray(archive({"a.yaml": POD}, zipfile.ZIP_STORED))
    central = data.rindex(b"PK\x01\x02")
    data[6] |= 1
    data[central + 8] |= 1
    assert refusal(bytes(data)) == "is encrypted: unpack it first"


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[:4],
        lambda data: data[:40] + bytes(20) + data[60:],
        lambda data: data.replace(b"a.yaml", b"b.yaml", 1),
    ],
    ids=["half", "start", "zeroed", "renamed"],
)
def test_a_damaged_archive_is_refused(damage: object) -> None:
    assert callable(damage)
    data = damage(archive({"a.yaml": os.urandom(200).hex().encode()}))
    assert refusal(data).startswith("is not a readable zip archive")


def test_an_archive_that_packs_in_an_unknown_way_is_refused() -> None:
    data = bytearray(archive({"a.yaml": POD}))
    central = data.rindex(b"PK\x01\x02")
    data[8] = data[central + 10] = 99
    assert refusal(bytes(data)) == "is encrypted or packed in a way that cannot be opened"


def test_a_link_in_an_archive_is_only_text() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as target:
        link = zipfile.ZipInfo("passwd.yaml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        target.writestr(link, "/etc/passwd")
    [source] = load_uploads([("a.zip", data.getvalue())])
    assert source.data == b"/etc/passwd"


def test_all_good_files_and_one_bad_are_refused_together() -> None:
    with pytest.raises(UnreadableInput) as caught:
        load_uploads([("a.yaml", POD), ("b.zip", b"PK\x03\x04"), ("c.zip", b"PK\x05\x06")])
    assert [each.source for each in caught.value.problems] == ["b.zip", "c.zip"]


def test_a_large_limit_is_told_in_a_unit_that_people_read() -> None:
    mib = 1024 * 1024
    with pytest.raises(UnreadableInput) as caught:
        load_uploads([("a.yaml", b" " * (mib + 1))], UploadLimits(total_bytes=mib))
    assert caught.value.problems[0].message == "is more than 1 MiB with all its files"
