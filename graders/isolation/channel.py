"""Frames over a socket: read within a deadline, refused by size before anything is allocated."""

from __future__ import annotations

import array
import select
import socket
import struct
import time
from functools import cache
from typing import Any

import msgspec
import numpy as np

from graders.core.language import say
from graders.core.values import MAX_TENSOR_BYTES, MAX_TENSORS
from graders.core.verdict import TooMuch
from graders.isolation.wire import ALIGN, Closed, Packer, Unpacker, WireError

PREFIX = struct.Struct("<4sIIQ")
MAGIC = b"crt1"
MAX_HEADER = 4 * 2**20
MAX_BUFFER = MAX_TENSOR_BYTES + ALIGN * MAX_TENSORS

_encoder = msgspec.msgpack.Encoder()
SMALL = 2**18  # bytes of tensors that are copied into one write


@cache
def _decoder(incoming: Any) -> msgspec.msgpack.Decoder[Any]:
    # To make one takes as long as three calls, and every branch has a channel.
    return msgspec.msgpack.Decoder(incoming)


class Channel:
    """One end of a connection. `incoming` is the union of messages that this end understands.

    Only a worker `takes_fds`; what a worker sends that way is closed by the kernel, unseen.
    """

    def __init__(self, sock: socket.socket, incoming: Any, *, takes_fds: bool = False):
        self.sock = sock
        self.fds: list[int] = []
        self._takes_fds = takes_fds
        self._decoder = _decoder(incoming)

    def send(
        self,
        sequence: int,
        message: Any,
        packer: Packer | None = None,
        *,
        deadline: float | None = None,
        fd: int | None = None,
    ) -> None:
        """Send one frame, and possibly a file descriptor with its first byte. Raises TooMuch when
        it is too large.
        """
        header = _encoder.encode(message)
        size = packer.size if packer else 0
        if len(header) > MAX_HEADER or size > MAX_BUFFER:
            raise TooMuch(
                say(
                    "a value of more than 4 MB beside its tensors, or of more than 64 MB of"
                    " tensors, cannot be returned"
                )
            )
        first = PREFIX.pack(MAGIC, sequence, len(header), size) + header
        buffers = packer.buffers if packer else []
        if size <= SMALL:
            # One write wakes the other side once; a write for each tensor would wake it each time.
            first, buffers = b"".join([first, *buffers]), []
        self._limit(deadline)
        try:
            if fd is not None:
                first = first[socket.send_fds(self.sock, [first], [fd]) :]
            self.sock.sendall(first)
            for data in buffers:
                self._limit(deadline)
                self.sock.sendall(data)
        except (BrokenPipeError, ConnectionError) as error:
            raise Closed("the connection is closed") from error

    def receive(self, *, deadline: float | None = None) -> tuple[int, Any, Unpacker]:
        """The next frame: its sequence number, its message, and the reader of its tensors. Raises
        WireError, TimeoutError.
        """
        magic, sequence, length, size = PREFIX.unpack(self._read(PREFIX.size, deadline))
        if magic != MAGIC or length > MAX_HEADER or size > MAX_BUFFER:
            raise WireError("a bad frame")
        header = self._read(length, deadline)
        buffer = self._read(size, deadline)
        return sequence, decode(self._decoder, header), Unpacker(buffer, length)

    def waits(self, seconds: float) -> bool:
        """Whether something has come within these seconds."""
        waiting = select.poll()
        waiting.register(self.sock, select.POLLIN)
        return bool(waiting.poll(max(seconds, 0.0) * 1000))

    def close(self) -> None:
        """Close this end; the other one reads the end of the stream."""
        self.sock.close()

    def _read(self, size: int, deadline: float | None) -> memoryview:
        # Not a bytearray: that would fill a gigabyte with zeros because somebody claims to send
        # one.
        view = np.empty(size, np.uint8).data
        done = 0
        while done < size:
            self._limit(deadline)
            try:
                count = (
                    self._receive_with_fds(view[done:])
                    if self._takes_fds
                    else self.sock.recv_into(view[done:])
                )
            except ConnectionError as error:
                raise Closed("the connection is closed") from error
            if not count:
                raise Closed("the connection is closed")
            done += count
        return view

    def _receive_with_fds(self, view: memoryview) -> int:
        count, ancillary, _, _ = self.sock.recvmsg_into([view], socket.CMSG_SPACE(4))
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                self.fds.extend(array.array("i", data))
        return count

    def _limit(self, deadline: float | None) -> None:
        # One deadline for the whole reply: a byte now and then must not prolong it.
        if deadline is None:
            self.sock.settimeout(None)
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no answer in time")
        self.sock.settimeout(left)


def decode(decoder: msgspec.msgpack.Decoder[Any], header: bytes | memoryview) -> Any:
    """The message of a header, or WireError: whatever is wrong with it, the schema says so."""
    try:
        return decoder.decode(header)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(
            f"a message outside the schema ({' '.join(str(error).split())[:200]})"
        ) from None
