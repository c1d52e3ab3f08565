"""A write transaction that several commands share, each of them undone alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, TimeoutError as NoConnectionInTime

from laneway.domain.errors import StaleState
from laneway.ports import Needs
from laneway.store.buffer import Buffer
from laneway.store.database import Database, Writer
from laneway.store.failures import expected_failures
from laneway.store.foresight import Foresight
from laneway.store.hot import Handed, HotInstances, HotState
from laneway.store.ids import KeysOfUnit
from laneway.store.routes import Known, Shape
from laneway.store.units import SqlUnitOfWork


class SqlBatch:
    """See ``laneway.ports.Batch``.

    The first command needs no savepoint, since nothing else is there that would have to stay: so one that is alone costs
    a transaction and nothing more. Those behind it need one when something of theirs has to reach the database before the
    commit; else what they put into the buffer is dropped again.

    Attributes
    ----------
    key
        Under which ``Database.was_committed`` waits for the end of the transaction.
    kept
        Command keys of what is in the transaction.
    found_routes
        Routes that stay stored if the transaction is committed; so do ``found_phrases``.
    """

    def __init__(
        self,
        database: Database,
        writer: Writer,
        make_keys: Callable[[], KeysOfUnit],
        make: Callable[[Connection, datetime, KeysOfUnit, int, Buffer, Handed], SqlUnitOfWork],
        shared: bool,
        hot: HotInstances,
    ) -> None:
        self.key = 0
        self.kept: list[int] = []
        self.found_routes: dict[Shape, Known] = {}
        self.found_phrases: dict[Shape, int] = {}
        self._database = database
        self._writer = writer
        self._make_keys = make_keys
        self._keys = make_keys()
        self._make = make
        self._shared = shared
        self._buffer: Buffer | None = None
        self._hot = hot
        self._written: dict[int, HotState] = {}
        self._work: dict[int, Any] = {}
        self._lost = False
        self._deployed = False
        self._gone = False
        self._now: datetime | None = None
        self._current: tuple[int, Handed] = (0, Handed(hot, self._written, False))

    def begin(self, needs: Sequence[Needs] = ()) -> None:
        self._keys = self._make_keys()
        self.key = self._keys.next()
        self._writer.begin()
        self._buffer = self._writer.buffer
        seen = self._writer.seen()
        if seen != self._hot.told:
            self._database.require(self._writer.revision())
            self._hot.unless_changed(seen)
        try:
            self._begin_with(needs)
        except DBAPIError as error:
            self._database.begin_again(self._writer, error)
            self._buffer = self._writer.buffer
            self._begin_with(needs)

    def _begin_with(self, needs: Sequence[Needs]) -> None:
        buffer = self._writer.buffer
        foresight = Foresight(needs, buffer.driver) if needs and not self._database.is_sqlite else None
        self._now, answers = self._database.begin_command(
            self._writer.connection,
            self.key,
            patient=not self._shared,
            asked=() if foresight is None else foresight.questions,
        )
        if foresight is not None:
            foresight.keep(buffer, self._current[1], answers)

    def foresee(self, needs: Sequence[Needs]) -> None:
        if self._gone or not needs or self._buffer is None or not self._writer.begun or self._database.is_sqlite:
            return
        foresight = Foresight(needs, self._buffer.driver)
        foresight.keep(self._buffer, self._current[1], self._buffer.driver.find_all(foresight.questions))

    def unit(self) -> _OneUnit:
        return _OneUnit(self)

    def _open(self) -> SqlUnitOfWork:
        self._require_there()
        later = bool(self.kept)
        if not later and not self._writer.begun:
            self.begin()
        assert self._now is not None
        assert self._buffer is not None
        # A command's keys follow its own, and so their distances are the same in all commands that do the same.
        keys, command_key = self._keys, self.key
        if later:
            keys.next_unit()
            command_key = keys.next()
        self._buffer.open(guarded=later)
        hot = self._buffer.hot = Handed(self._hot, self._written, self._deployed, self._work, self._lost)
        self._current = (command_key, hot)
        return self._make(self._writer.connection, self._now, keys, command_key, self._buffer, hot)

    def _close(self, made: SqlUnitOfWork) -> None:
        command_key, hot = self._current
        self.kept.append(command_key)
        if hot.own:
            self._written.update(hot.own)
        if hot.work:
            self._work.update(hot.work)
        self._lost |= hot.lost
        self._deployed |= hot.deployed
        if made.found_routes:
            self.found_routes |= made.found_routes
        if made.found_phrases:
            self.found_phrases |= made.found_phrases

    def commit(self) -> None:
        self._require_there()
        if self._deployed:
            # Before it can be acknowledged; and its outcome may remain unknown.
            self._hot.forget_latest()
        self._writer.commit()
        for each in self._written.values():
            self._hot.put(each)
        if self._work and not self._lost:
            self._hot.keep_work(self._work)

    def _undo(self, buffer: Buffer, later: bool) -> None:
        if not later:
            self._writer.rollback()
        elif self._writer.lost or buffer.lost:
            self._gone = True
        elif buffer.saved:
            try:
                self._writer.undo()
            except DBAPIError:
                # SQLite has undone the whole transaction by itself, as it does where the disk is full or fails.
                self._gone = True
        elif not self._writer.sound:
            self._gone = True
        buffer.drop()

    def _require_there(self) -> None:
        if self._gone:
            raise StaleState(
                "batch_lost", "the transaction was undone for another command's fault; this one is tried again"
            )


class _OneUnit:
    """The block of one command. A class, for the same reason as ``expected_failures``."""

    __slots__ = ("_batch", "_made")

    def __init__(self, batch: SqlBatch) -> None:
        self._batch = batch
        self._made: SqlUnitOfWork | None = None

    def __enter__(self) -> SqlUnitOfWork:
        try:
            made = self._made = self._batch._open()
        except (DBAPIError, NoConnectionInTime) as error:
            with expected_failures():
                raise error
        return made

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        batch, made = self._batch, self._made
        assert made is not None
        assert batch._buffer is not None
        if error is None and not batch._buffer.saved:
            batch._close(made)
            return
        with expected_failures():
            if error is None:
                try:
                    batch._writer.keep()
                except BaseException:
                    batch._undo(batch._buffer, bool(batch.kept))
                    raise
                batch._close(made)
                return
            batch._undo(batch._buffer, bool(batch.kept))
            if isinstance(error, (DBAPIError, NoConnectionInTime)):
                raise error
