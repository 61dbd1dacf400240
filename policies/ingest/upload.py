"""Files, folders, zip archives and standard input to sources; hostile archives stay harmless."""

from __future__ import annotations

import io
import os
import stat
import zlib
from collections.abc import Iterable, Sequence
from typing import IO, TYPE_CHECKING, BinaryIO

import msgspec

from policies.evaluator.documents import Limits, SourceText
from policies.evaluator.errors import Problem, UnreadableInput
from policies.evaluator.fields import safe_text

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

__all__ = ["LOCAL", "UploadLimits", "load_paths", "load_uploads"]

_MANIFESTS = (".yaml", ".yml", ".json")
_ZIP_START = (b"PK\x03\x04", b"PK\x05\x06")
_MIB = 1024 * 1024


class UploadLimits(msgspec.Struct, frozen=True):
    """How much is taken in at once. Past a limit the whole input is refused.

    These are the limits of what comes over the network; `LOCAL` are those of a person's own files.
    """

    file_bytes: int = 256 * _MIB + 1
    # Everything together is in memory until it is read.
    total_bytes: int = 256 * _MIB
    files: int = 20_000
    # Text shrinks 10 to 30 times; an archive far beyond that is made to harm.
    ratio: int = 200
    # Folders of links that lead back up are followed no deeper than this.
    depth: int = 40


# One byte more than the reader takes, so that it is the reader who says what is too large.
LOCAL = UploadLimits(file_bytes=Limits().json_bytes + 1, total_bytes=Limits().json_bytes + 1)


def load_paths(
    paths: Sequence[str], stdin: BinaryIO | None = None, limits: UploadLimits = LOCAL
) -> list[SourceText]:
    """The manifests at these paths: files, folders (all `.yaml`, `.yml` and `.json` below), zip
    archives, and `-` for standard input. Raises UnreadableInput, which names every bad path."""
    intake = _Intake(limits)
    for path in paths:
        if path == "-":
            intake.stream("stdin", stdin)
        else:
            intake.path(path)
    return intake.done()


def load_uploads(
    files: Iterable[tuple[str, bytes]], limits: UploadLimits = UploadLimits()
) -> list[SourceText]:
    """Uploaded files, with zip archives opened. Raises UnreadableInput when one cannot be used."""
    intake = _Intake(limits)
    for name, data in files:
        intake.file(_safe_name(name) or "upload", data)
    return intake.done()


class _Refused(Exception):
    """What is wrong with one path or archive."""


class _Intake:
    """Sources and problems so far, and what is left of the limits."""

    def __init__(self, limits: UploadLimits) -> None:
        self.limits = limits
        self.sources: list[SourceText] = []
        self.problems: list[Problem] = []
        self.bytes_left = limits.total_bytes

    def done(self) -> list[SourceText]:
        if self.problems:
            raise UnreadableInput(tuple(self.problems))
        return self.sources

    def refuse(self, name: str, message: str) -> None:
        self.problems.append(Problem(safe_text(name), 0, 0, "", message))

    def stream(self, name: str, stream: BinaryIO | None) -> None:
        if stream is None:
            self.refuse(name, "there is no standard input to read")
        else:
            self.file(name, stream.read(self.limits.file_bytes))

    def path(self, given: str) -> None:
        path = _tidy(given)
        shown = _shown(path)
        if not given:
            self.refuse("", "a path is empty")
            return
        try:
            if os.path.isdir(path):
                self._folder(path, shown)
            else:
                self.file(shown, _read(path, self.limits.file_bytes))
        except FileNotFoundError:
            self.refuse(given, "does not exist")
        except (OSError, ValueError, _Refused) as error:
            self.refuse(given, _said(error))

    def _folder(self, path: str, shown: str) -> None:
        before = len(self.sources) + len(self.problems)
        for file in _manifests_below(path, self.limits):
            inside = safe_text("/".join(file))
            name = f"{shown}/{inside}" if shown else inside
            try:
                self.add(name, _read(os.path.join(path, *file), self.limits.file_bytes))
            except (OSError, _Refused) as error:
                self.refuse(name, _said(error))
        if len(self.sources) + len(self.problems) == before:
            self.refuse(path, "holds no manifest: no .yaml, .yml or .json file")

    def file(self, name: str, data: bytes) -> None:
        """A file that was named on its own: a manifest whatever its ending, or an archive."""
        if not data.startswith(_ZIP_START):
            try:
                self.add(name, data)
            except _Refused as error:
                self.refuse(name, str(error))
            return
        # Loads all that archives may be packed with; few inputs are archives.
        from zipfile import BadZipFile, ZipFile

        try:
            with ZipFile(io.BytesIO(data)) as archive:
                self._archive(name, archive)
        except _Refused as error:
            self.refuse(name, str(error))
        except (BadZipFile, zlib.error, EOFError, ValueError, OSError) as error:
            self.refuse(name, f"is not a readable zip archive: {safe_text(str(error))}")
        except (NotImplementedError, RuntimeError):
            self.refuse(name, "is encrypted or packed in a way that cannot be opened")

    def _archive(self, name: str, archive: ZipFile) -> None:
        entries = archive.infolist()
        if len(entries) > self.limits.files:
            raise _Refused(f"holds more than {self.limits.files:,} files")
        found = 0
        for entry in sorted(entries, key=lambda each: each.filename):
            inside = _safe_name(entry.filename)
            if entry.is_dir() or not _is_manifest(inside):
                continue
            if entry.flag_bits & 1:
                raise _Refused("is encrypted: unpack it first")
            with archive.open(entry) as stream:
                self.add(f"{name}/{inside}", self._unpack(stream, entry))
            found += 1
        if not found:
            raise _Refused("holds no manifest: no .yaml, .yml or .json file")

    def _unpack(self, stream: IO[bytes], entry: ZipInfo) -> bytes:
        """At most as much as is allowed; what the archive says of its own sizes is not trusted."""
        allowed = min(self.limits.file_bytes, self.bytes_left + 1)
        data = stream.read(allowed)
        packed = max(entry.compress_size, 1)
        if len(data) > _MIB and len(data) > packed * self.limits.ratio:
            raise _Refused(
                f"holds a file that unpacks to more than {self.limits.ratio} times its size, which"
                " no manifest does: it is not opened, as it may be a zip bomb"
            )
        return data

    def add(self, name: str, data: bytes) -> None:
        self.bytes_left -= len(data)
        if self.bytes_left < 0:
            raise _Refused(f"is more than {_size(self.limits.total_bytes)} with all its files")
        if len(self.sources) >= self.limits.files:
            raise _Refused(f"is more than {self.limits.files:,} files")
        self.sources.append(SourceText(name, data))


def _manifests_below(root: str, limits: UploadLimits) -> list[tuple[str, ...]]:
    """Manifests in a folder, sorted, as the names that lead there from it. Links are followed, but
    never into the same folder twice."""
    seen: set[tuple[int, int]] = set()
    found: list[tuple[str, ...]] = []
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        inside = waiting.pop()
        folder = os.path.join(root, *inside)
        identity = os.stat(folder)
        key = (identity.st_dev, identity.st_ino)
        if key in seen or len(inside) > limits.depth:
            continue
        seen.add(key)
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda each: each.name):
                # Hidden folders belong to tools (.git, .github), not to the application.
                if entry.name.startswith("."):
                    continue
                if _is_folder(entry):
                    waiting.append((*inside, entry.name))
                elif _is_manifest(entry.name):
                    found.append((*inside, entry.name))
        if len(found) > limits.files:
            raise _Refused(f"holds more than {limits.files:,} manifests")
    return sorted(found)


def _tidy(path: str) -> str:
    """The path as pathlib writes it, which takes long to load for a command of a few files."""
    drive, rest = os.path.splitdrive(path)
    rest = rest.replace(os.altsep or os.sep, os.sep)
    root = os.sep if rest.startswith(os.sep) else ""
    return drive + root + os.sep.join(_parts(rest)) or "."


def _parts(path: str) -> list[str]:
    return [part for part in path.split(os.sep) if part not in ("", ".")]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        # A link to itself is no folder.
        return False


def _is_manifest(name: str) -> bool:
    return name.lower().endswith(_MANIFESTS) and not name.rpartition("/")[2].startswith(".")


def _read(path: str, limit: int) -> bytes:
    """A regular file; a device or a pipe without a writer would never end."""
    with open(path, "rb", opener=_open_without_waiting) as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISFIFO(mode):
            raise _Refused("is not a file or a folder")
        if stat.S_ISFIFO(mode):
            # `<(kubectl get …)` of a shell is a pipe with a writer: wait for it.
            os.set_blocking(file.fileno(), True)
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            raise _Refused(
                f"is larger than {_size(limit - 1)}, the most that is read of a file: split it"
            )
        return file.read(limit)


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _size(count: int) -> str:
    if count >= 1024 * _MIB:
        return f"{count // _MIB // 1024} GiB"
    return f"{count // _MIB} MiB" if count >= _MIB else f"{count:,} bytes"


def _said(error: Exception) -> str:
    if isinstance(error, _Refused):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read: {error.strerror}"
    return f"cannot be read: {safe_text(str(error))}"


def _shown(path: str) -> str:
    """The path as given when it is relative, else its last part: no machine's folders are shown."""
    parts = _parts(os.path.splitdrive(path)[1])
    if os.path.isabs(path):
        return safe_text("".join(parts[-1:]))
    return safe_text("/".join(part for part in parts if part != ".."))


def _safe_name(name: str) -> str:
    """A name from outside without anything that leads out of a folder."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    if parts and parts[0].endswith(":"):
        parts = parts[1:]
    return safe_text("/".join(parts)[-255:])
