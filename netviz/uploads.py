"""Where uploaded files wait until they are read."""

from __future__ import annotations

import tempfile
import weakref
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

__all__ = ["NamelessUpload"]


class NamelessUpload(FileUploadHandler):
    """Keeps a file in memory while it is small, and then in a file without a name.

    Django's own handler gives large files a name, and they stay on the disk for good when the
    server is stopped in the middle of a request.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A part that is a file begins."""
        super().new_file(*args, **kwargs)
        self.file = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - outlives this call
            max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE
        )
        # Django forgets to close the file of a part that it cannot read to the end.
        weakref.finalize(self, self.file.close)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """The next bytes of it; None ends what handlers do with them."""
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[bytes]:
        """The file as views read it."""
        self.file.seek(0)
        return UploadedFile(
            file=self.file,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )
