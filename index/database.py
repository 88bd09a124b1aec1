"""SQLite underneath: connections, transactions, and what its faults are called here.

WAL with ``synchronous=FULL``: a transaction that has been committed is on the disk, readers never wait for the writer.
``secure_delete``: what is deleted is overwritten.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from simcheck.errors import IndexBusyError, IndexDamagedError, SimcheckError, StorageError

BUSY_TIMEOUT_S = 30.0
PAGE_BYTES = 4096
"""A picture of 256 local features (5.6 kB of codes) takes a page and a half; of 8,192 bytes it would take one and
leave a third of it empty (2 kB a work). Of vectors of 256 dimensions three fit: a sixth more than in larger pages."""


def translated(error: sqlite3.Error, path: Path) -> SimcheckError:
    """What a fault of SQLite means to the caller (primary result codes, https://www.sqlite.org/rescode.html)."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return IndexBusyError(
            f"another process is writing to the index {path.parent} and did not finish in time; try again in a moment"
        )
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return IndexDamagedError(
            f"the catalogue {path} is damaged ({error}); put back a backup, or import the last export into a new "
            "folder with `simcheck index import FILE`"
        )
    if code == sqlite3.SQLITE_FULL:
        return StorageError(f"there is no space left for the index {path.parent}; free some and try again")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return StorageError(f"the index {path.parent} cannot be written ({error}); check its permissions")
    if code == sqlite3.SQLITE_IOERR:
        return StorageError(f"the disk under the index {path.parent} fails or is full ({error})")
    return IndexDamagedError(f"the catalogue {path} does not answer as it should: {error}")


class Database:
    """One catalogue file, opened for reading and (unless ``read_only``) writing. Safe to use from several threads."""

    def __init__(self, path: Path, *, read_only: bool = False, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self.path = path
        self.read_only = read_only
        self._timeout_s = busy_timeout_s
        self._one_writer = threading.Lock()
        self._watch_lock = threading.Lock()
        # A folder that cannot be written has no place for the files that readers share; then the file is read as it is.
        self._frozen = read_only and not os.access(path.parent, os.W_OK) and not _companions(path)
        self._reader = self._engine("BEGIN", pool_size=8)
        self._writer = self._engine("BEGIN IMMEDIATE", pool_size=1)
        self._watch: sqlite3.Connection | None = None

    def _engine(self, begin: str, pool_size: int) -> Engine:
        engine = sqlalchemy.create_engine(
            "sqlite://",
            creator=self._connect,
            poolclass=sqlalchemy.QueuePool,
            pool_size=pool_size,
            max_overflow=32,
        )

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

        return engine

    def _connect(self) -> sqlite3.Connection:
        mode = "ro" if self.read_only else "rwc"
        uri = f"file:{quote(str(self.path.absolute()))}?mode={mode}" + ("&immutable=1" if self._frozen else "")
        connection = sqlite3.connect(
            uri, uri=True, timeout=self._timeout_s, isolation_level=None, check_same_thread=False
        )
        if not self.read_only:
            connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA wal_autocheckpoint = 4000")
            connection.execute("PRAGMA journal_size_limit = 67108864")
        return connection

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Turn SQLite's faults into named ones."""
        try:
            yield
        except DBAPIError as error:
            if isinstance(error.orig, sqlite3.Error):
                raise translated(error.orig, self.path) from error
            raise
        except sqlite3.Error as error:
            raise translated(error, self.path) from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction: everything in it is one state of the catalogue."""
        with self.faults(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A write transaction, durable when the block has ended; rolled back when it raises.

        Raises StorageError where nothing can be written, IndexBusyError where another writer holds on too long.
        """
        if self.read_only:
            raise StorageError(f"the index {self.path.parent} is open for reading only")
        if not self._one_writer.acquire(timeout=self._timeout_s):
            raise IndexBusyError(f"another thread is writing to the index {self.path.parent}; try again in a moment")
        try:
            with self.faults(), self._writer.begin() as connection:
                yield connection
        finally:
            self._one_writer.release()

    @contextmanager
    def alone(self) -> Iterator[sqlite3.Connection]:
        """A bare connection outside any transaction, for what SQLite allows nowhere else (VACUUM, checkpoints)."""
        if self.read_only:
            raise StorageError(f"the index {self.path.parent} is open for reading only")
        with self._one_writer, self.faults():
            connection = self._connect()
            try:
                yield connection
            finally:
                connection.close()

    def copy_into(self, file: Path) -> None:
        """Write one state of the catalogue into a file that is not there yet, without free pages."""
        with self.faults():
            connection = self._connect()
            try:
                connection.execute("VACUUM INTO ?", [str(file)])
            finally:
                connection.close()

    def change_count(self) -> object:
        """Differs from the last answer when anything was committed since, by whatever process. Takes microseconds."""
        if self._frozen:
            stat = self.path.stat()
            return stat.st_mtime_ns, stat.st_size, stat.st_ino
        with self._watch_lock, self.faults():
            if self._watch is None:
                self._watch = self._connect()
            return self._watch.execute("PRAGMA data_version").fetchone()[0]

    def refresh(self) -> None:
        """Forget what a frozen file said before: connections are opened anew."""
        if self._frozen:
            self._reader.dispose()

    def close(self) -> None:
        self._reader.dispose()
        self._writer.dispose()
        with self._watch_lock:
            if self._watch is not None:
                self._watch.close()
                self._watch = None


def _companions(path: Path) -> bool:
    return path.with_name(path.name + "-wal").exists() and path.with_name(path.name + "-shm").exists()
