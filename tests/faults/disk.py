"""A disk that fails when it is told to: a shim around the VFS through which SQLite reads and writes its files.

The shim sits in the very library that Python's ``sqlite3`` is linked to, as its default VFS, so that what is tested is what
runs. (apsw brings a SQLite of its own, whose VFSes Python's driver never sees.) It exchanges the methods of each file that is
opened for a database or its write-ahead log, and at will the system calls beneath. Source: SQLite, "The SQLite OS Interface".

``Disk`` tells it from another process what to do next, through a page of shared memory.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import random
import signal
import struct
import time
from collections import defaultdict
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_int64, c_size_t, c_ssize_t, c_void_p
from pathlib import Path
from typing import Any

OK, FULL = 0, 13
READ_FAILS, WRITE_FAILS, SYNC_FAILS, TRUNCATE_FAILS = 266, 778, 1034, 1546
"""SQLITE_IOERR_READ, _WRITE, _FSYNC, _TRUNCATE."""

KINDS = ("calm", "read", "write", "sync", "truncate", "full", "torn", "power", "short")
"""``full``: what would make a file longer is written in part, or not at all, and answered with SQLITE_FULL. ``torn``: a part
of a page or of a frame is written, and the process dies. ``power``: the same, and of what was not flushed each sector is
there or not. ``short``: the kernel reads and writes less than it was asked to, which it may."""

OPERATIONS = {"read": 20, "write": 40, "sync": 4, "truncate": 1, "full": 20, "short": 5}
"""Among how many the first that fails had better be, so that it comes soon."""

_PAGE = struct.Struct("<IqqQ")
_SECTOR = 512


class Disk:
    """The remote control. ``times`` operations of the kind fail, after ``after`` of them that do not."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.write_bytes(bytes(mmap.PAGESIZE))
        with file.open("r+b") as opened:
            self._page = mmap.mmap(opened.fileno(), mmap.PAGESIZE)

    def arm(self, kind: str, after: int, times: int) -> None:
        _PAGE.pack_into(self._page, 0, KINDS.index(kind), after, times, self.made)

    def calm(self) -> None:
        self.arm("calm", 0, 0)

    @property
    def made(self) -> int:
        """How many operations have failed."""
        return int(_PAGE.unpack_from(self._page)[3])

    @property
    def left(self) -> int:
        """How many operations of the kind are still to come before the first that fails."""
        return int(_PAGE.unpack_from(self._page)[1])

    def close(self) -> None:
        self._page.close()


class _Vfs(ctypes.Structure):
    _fields_ = [
        ("version", c_int),
        ("file_size", c_int),
        ("longest_path", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("data", c_void_p),
        ("open", c_void_p),
        ("others", c_void_p * 11),
        ("time64", c_void_p),
        ("set_system_call", c_void_p),
        ("get_system_call", c_void_p),
        ("next_system_call", c_void_p),
    ]


class _Methods(ctypes.Structure):
    _fields_ = [
        ("version", c_int),
        ("close", c_void_p),
        ("read", c_void_p),
        ("write", c_void_p),
        ("truncate", c_void_p),
        ("sync", c_void_p),
        ("size", c_void_p),
        ("others", c_void_p * 12),
    ]


_OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
_TRANSFER = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_TRUNCATE = CFUNCTYPE(c_int, c_void_p, c_int64)
_SYNC = CFUNCTYPE(c_int, c_void_p, c_int)
_SIZE = CFUNCTYPE(c_int, c_void_p, POINTER(c_int64))
_SET_CALL = CFUNCTYPE(c_int, c_void_p, c_char_p, c_void_p)
_GET_CALL = CFUNCTYPE(c_void_p, c_void_p, c_char_p)
_AT = CFUNCTYPE(c_ssize_t, c_int, c_void_p, c_size_t, c_int64, use_errno=True)


def install(control: Path, seed: int) -> None:
    """Make the shim the default VFS of this process; nothing may be open yet."""
    global _installed
    _installed = _Shim(control, seed)


_installed: _Shim | None = None


class _Shim:
    def __init__(self, control: Path, seed: int) -> None:
        import _sqlite3

        with control.open("r+b") as opened:
            self._page = mmap.mmap(opened.fileno(), mmap.PAGESIZE)
        self._chance = random.Random(seed)
        self._paths: dict[int, str] = {}
        self._unflushed: dict[str, list[tuple[int, bytes, int]]] = defaultdict(list)
        self._methods: dict[int, _Methods] = {}
        self._kept: list[Any] = []
        library = ctypes.CDLL(_sqlite3.__file__)
        library.sqlite3_vfs_find.restype = c_void_p
        self._below = library.sqlite3_vfs_find(None)
        below = _Vfs.from_address(self._below)
        self._open_below = _OPEN(below.open)
        self._own = _Vfs()
        ctypes.memmove(ctypes.addressof(self._own), self._below, ctypes.sizeof(_Vfs))
        self._own.next = None
        self._own.name = b"failing"
        self._own.open = self._called(_OPEN, self._open)
        library.sqlite3_vfs_register.argtypes = [c_void_p, c_int]
        assert library.sqlite3_vfs_register(ctypes.addressof(self._own), 1) == OK
        for name in (b"pread", b"pread64", b"pwrite", b"pwrite64"):
            self._shorten(below, name)

    def _called(self, type: Any, function: Callable[..., int]) -> int:
        made = type(function)
        self._kept.append(made)
        address = ctypes.cast(made, c_void_p).value
        assert address is not None
        return address

    # What comes next

    def _strikes(self, *kinds: str) -> bool:
        """Whether this operation, one that any of ``kinds`` may befall, is one of those that fail."""
        kind, after, times, made = _PAGE.unpack_from(self._page)
        if KINDS[kind] not in kinds or times <= 0:
            return False
        strikes = after <= 0
        _PAGE.pack_into(self._page, 0, kind, after - 1, times - strikes, made + strikes)
        return strikes

    def _kind(self) -> str:
        return KINDS[_PAGE.unpack_from(self._page)[0]]

    # The methods

    def _open(self, _: int, name: int | None, file: int, flags: int, out: int) -> int:
        result = self._open_below(self._below, name, file, flags, out)
        path = os.fsdecode(ctypes.string_at(name)) if name else ""
        if result == OK and (path.endswith((".db", "-wal"))):
            at = c_void_p.from_address(file)
            assert at.value is not None
            if at.value not in self._methods:
                self._methods[at.value] = self._exchanged(_Methods.from_address(at.value))
            self._paths[file] = path
            at.value = ctypes.addressof(self._methods[at.value])
        return int(result)

    def _exchanged(self, below: _Methods) -> _Methods:
        own = _Methods()
        size = _Methods.others.offset + 8 * (6 if below.version == 1 else 10 if below.version == 2 else 12)
        ctypes.memmove(ctypes.addressof(own), ctypes.addressof(below), size)
        read, write = _TRANSFER(below.read), _TRANSFER(below.write)
        truncate, sync, size_of = _TRUNCATE(below.truncate), _SYNC(below.sync), _SIZE(below.size)

        def length(file: int) -> int:
            found = c_int64()
            size_of(file, ctypes.byref(found))
            return found.value

        def before(file: int, offset: int, amount: int) -> bytes:
            amount = max(0, min(amount, length(file) - offset))
            buffer = ctypes.create_string_buffer(amount)
            read(file, ctypes.addressof(buffer), amount, offset)
            return buffer.raw[:amount]

        def own_read(file: int, buffer: int, amount: int, offset: int) -> int:
            return READ_FAILS if self._strikes("read") else int(read(file, buffer, amount, offset))

        def own_write(file: int, buffer: int, amount: int, offset: int) -> int:
            if self._kind() == "power":
                self._unflushed[self._paths[file]].append((offset, before(file, offset, amount), amount))
            if self._strikes("torn", "power"):
                write(file, buffer, self._chance.randrange(amount), offset)
                self._die()
            if self._strikes("write"):
                return WRITE_FAILS
            if offset + amount > length(file) and self._strikes("full"):
                write(file, buffer, self._chance.randrange(amount), offset)
                return FULL
            return int(write(file, buffer, amount, offset))

        def own_truncate(file: int, length: int) -> int:
            return TRUNCATE_FAILS if self._strikes("truncate") else int(truncate(file, length))

        def own_sync(file: int, flags: int) -> int:
            if self._strikes("sync"):
                return SYNC_FAILS
            result = int(sync(file, flags))
            self._unflushed.pop(self._paths[file], None)
            return result

        own.read, own.write = self._called(_TRANSFER, own_read), self._called(_TRANSFER, own_write)
        own.truncate, own.sync = self._called(_TRUNCATE, own_truncate), self._called(_SYNC, own_sync)
        return own

    def _shorten(self, below: _Vfs, name: bytes) -> None:
        address = _GET_CALL(below.get_system_call)(self._below, name)
        if address is None:
            return
        call = _AT(address)

        def short(descriptor: int, buffer: int, amount: int, offset: int) -> int:
            if amount > 1 and self._strikes("short"):
                amount = self._chance.randrange(1, amount)
            return int(call(descriptor, buffer, amount, offset))

        _SET_CALL(below.set_system_call)(self._below, name, self._called(_AT, short))

    def _die(self) -> None:
        for path, writes in self._unflushed.items():
            descriptor = os.open(path, os.O_RDWR)
            for offset, old, amount in reversed(writes):
                for start in range(0, amount, _SECTOR):
                    end = min(start + _SECTOR, amount)
                    if self._chance.random() < 0.5:
                        os.pwrite(descriptor, old[start:end].ljust(end - start, b"\0"), offset + start)
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)
