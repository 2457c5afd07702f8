"""Letters between a zygote and its callers: one JSON object a message over a private socket, with open files."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Sequence
from typing import Any

#: a letter carries a whole environment
LONGEST = 1 << 20
FILES = 4


def new_socket() -> socket.socket:
    """Return a socket that keeps letters apart and can hold a long one."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LONGEST)
    return made


def send(line: socket.socket, letter: dict[str, Any], files: Sequence[int] = ()) -> None:
    """Send a letter, and with it open files by their descriptors.

    Raises
    ------
    OSError
        If the other side is gone or the letter is too long.
    """
    socket.send_fds(line, [json.dumps(letter).encode()], list(files))


def receive(line: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Wait for a letter; return it with the descriptors of the files that came along.

    Raises
    ------
    EOFError
        If the other side is gone.
    OSError
        If nothing comes within the socket's time-out.
    """
    text, files, _, _ = socket.recv_fds(line, LONGEST, FILES)
    if not text:
        raise EOFError("the other side is gone")
    return json.loads(text), list(files)


def user_of(line: socket.socket) -> int:
    """Return the user number of the process at the other end, as the system knows it."""
    size = struct.calcsize("3i")
    return struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))[1]
