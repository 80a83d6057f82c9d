"""The body of an HTTP request, collected as it arrives: an application only ever sees a whole one."""

from __future__ import annotations

import re
import tempfile
from typing import IO, Any

from adapter.server.head import RefusedError
from adapter.server.refusals import CHUNKS, MALFORMED

#: Bytes of a body that are kept in memory; the rest of a larger one waits in a temporary file.
MEMORY_BYTES = 64 * 1024
#: Bytes of the line in front of a chunk, and of the headers behind the last one.
_LINE_BYTES = 4096
_TRAILER_BYTES = 16 * 1024
#: Chunks that any body may have, and the bytes that are enough for one more: a chunk costs as much as a thousand bytes.
MOST_CHUNKS = 10_000
BYTES_PER_CHUNK = 256
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(;[\t\x20-\x7e\x80-\xff]*)?")


class Body:
    """The body of one request, of a known length or (None) in chunks.

    `limit` is the largest size that any address takes. Of a body that says beforehand that it is longer nothing is
    collected, and reading it raises an error; one in chunks is collected until it is longer.
    """

    def __init__(self, length: int | None, limit: int) -> None:
        self.size = 0
        self.too_large = length is not None and length > limit
        self._limit = limit
        self._chunked = length is None
        self._left = length or 0  # of the body, or of the chunk
        self._step = "size"  # where in the chunks: size, data, end, trailer
        self._chunks = 0
        self._trailer = 0
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115 (closed by close)

    def take(self, arrived: bytearray) -> bool:
        """Move what belongs to the body out of `arrived`; True when the body is whole. Raises RefusedError."""
        if self.too_large:
            return True
        whole = self._take_chunks(arrived) if self._chunked else self._take_data(arrived)
        if whole:
            self._file.seek(0)
        return whole

    def stream(self) -> Any:
        """What the application reads."""
        return _Unread() if self.too_large and not self._chunked else self._file

    def close(self) -> None:
        """Forget it."""
        self._file.close()

    def _take_data(self, arrived: bytearray) -> bool:
        if self._left and arrived:
            piece = arrived[: self._left]
            del arrived[: self._left]
            self._file.write(piece)
            self.size += len(piece)
            self._left -= len(piece)
        return not self._left

    def _take_chunks(self, arrived: bytearray) -> bool:
        while True:
            if self._step == "data":
                whole = self._take_data(arrived)
                self.too_large = self.size > self._limit
                if self.too_large or not whole:
                    return self.too_large
                self._step = "end"
            line = self._line(arrived)
            if line is None:
                return False
            if self._step == "end":
                if line:
                    raise RefusedError(MALFORMED)
                self._step = "size"
            elif self._step == "size":
                size = _SIZE.fullmatch(line)
                if not size:
                    raise RefusedError(MALFORMED)
                self._left = int(size[1], 16)
                self._chunks += 1
                if self._chunks > MOST_CHUNKS + self.size // BYTES_PER_CHUNK:
                    raise RefusedError(CHUNKS)
                self._step = "data" if self._left else "trailer"
            elif not line:
                return True
            else:
                # headers behind the body are read past: they become no headers of the request
                self._trailer += len(line)
                if self._trailer > _TRAILER_BYTES:
                    raise RefusedError(MALFORMED)

    @staticmethod
    def _line(arrived: bytearray) -> bytes | None:
        end = arrived.find(b"\r\n", 0, _LINE_BYTES)
        if end < 0:
            if len(arrived) >= _LINE_BYTES:
                raise RefusedError(MALFORMED)
            return None
        line = bytes(arrived[:end])
        del arrived[: end + 2]
        return line


class _Unread:
    """Stands for a body that was too large to be collected."""

    def read(self, _size: int = -1) -> bytes:
        raise OSError("the request body is too large to be read")

    readline = read
