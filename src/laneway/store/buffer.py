"""What the units of one transaction write, kept until it is needed: then each statement runs once for all of them.

Rows go to the database when the transaction is committed, or before a statement runs that might see or change them. So a
command that fails before that leaves nothing to undo, and one that no direct statement follows needs no savepoint.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError

from laneway.store.hot import Handed
from laneway.store.prepared import Driver, Statement, Values

Entry = tuple[Statement, list[Sequence[Any]], list[Any]]
"""A statement with its rows and, if others change them or it does, their keys."""


class Group:
    """Rows of one statement that follow each other."""

    __slots__ = ("keys", "rows", "statement")

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.rows: list[Sequence[Any]] = []
        self.keys: list[Any] = []


class JobsPut:
    """What whoever hands out jobs has to know of those in a buffer, where nothing but this was done.

    Attributes
    ----------
    taken
        Keys of jobs that nobody can be given any more.
    first
        The least key of those that are new; None without any.
    known
        Nothing else was done.
    ahead
        By what was asked: rows that were found besides those that were wanted, for who asks the same in the same transaction.
    """

    __slots__ = ("ahead", "first", "known", "taken")

    def __init__(self) -> None:
        self.taken: set[int] = set()
        self.first: int | None = None
        self.known = True
        self.ahead: dict[Hashable, deque[Sequence[Any]]] = {}

    def put(self, statement: Statement, keys: Sequence[int]) -> None:
        if statement.takes:
            self.taken.update(keys)
        elif statement.adds and keys:
            self.first = min(keys) if self.first is None else min(self.first, *keys)
        else:
            self.known = False


class Buffer:
    """Of one write transaction.

    Attributes
    ----------
    lost
        Rows of an earlier unit could not be written: nothing of the transaction may be committed.
    saved
        A savepoint stands before what the current unit wrote.
    hot
        What the current unit has in memory, which is told of what changes.
    """

    def __init__(self, driver: Driver, save: Callable[[], None]) -> None:
        self.lost = False
        self.saved = False
        self.hot: Handed | None = None
        self._driver = driver
        self._save = save
        self._guarded = False
        self._mark = 0
        self._log: list[Entry] = []
        self._touched: set[Hashable] = set()
        self._foreseen: dict[Hashable, dict[Statement, list[Any]]] = {}
        self._tables: set[str] = set()
        self._jobs = JobsPut()

    @property
    def driver(self) -> Driver:
        return self._driver

    @property
    def shared(self) -> bool:
        """Whether a statement that fails would undo what other units have written."""
        return self._guarded and not self.saved

    def open(self, guarded: bool) -> None:
        """A unit begins; if it is ``guarded`` it can be undone alone."""
        self._guarded = guarded
        self.saved = False
        self._mark = len(self._log)

    def drop(self) -> None:
        """Forget what the current unit has put and not yet written."""
        del self._log[0 if self.saved else self._mark :]
        self._jobs.known = False

    def put(self, statement: Statement, rows: Sequence[Values]) -> None:
        """Values are turned into the driver's at once: whoever gave them may change them."""
        given = list(map(statement.shape(self._driver.dialect).given, rows))
        keys = [] if statement.key is None else [row[statement.key] for row in rows]
        self._log.append((statement, given, keys))
        self._tables.add(statement.table)
        if statement.of_work:
            self._of_work(statement, keys)

    def put_ready(self, statement: Statement, rows: list[Sequence[Any]], keys: list[Any]) -> None:
        """As ``put``, of values that are the driver's already, in the order of the statement's names."""
        self._log.append((statement, rows, keys))
        self._tables.add(statement.table)
        if statement.of_work:
            self._of_work(statement, keys)

    def _of_work(self, statement: Statement, keys: Sequence[int]) -> None:
        if self.hot is not None:
            self.hot.drop_work(keys)
        if statement.table == "job":
            self._jobs.put(statement, keys)

    @property
    def jobs(self) -> JobsPut:
        """What was put of jobs, and is not written yet."""
        return self._jobs

    def touch(self, keys: Iterable[Hashable]) -> None:
        """Who asks for one of these gets what is in the buffer, too."""
        if self._foreseen:
            keys = list(keys)
            for key in keys:
                self._foreseen.pop(key, None)
        self._touched.update(keys)

    def foresee(self, statement: Statement, key: Hashable, rows: list[Any]) -> None:
        """Keep what ``statement`` has found under ``key``, for who is going to ask; not if something was put there that it did not see."""
        if not self.touched((key,)):
            self._foreseen.setdefault(key, {})[statement] = rows

    def foreseen(self, statement: Statement, key: Hashable) -> list[Any] | None:
        found = self._foreseen.get(key)
        return None if found is None else found.get(statement)

    def forget_foreseen(self) -> None:
        """Somebody may write past the buffer."""
        self._foreseen.clear()
        if self.hot is not None:
            self.hot.forget_work()

    def touched(self, keys: Iterable[Hashable]) -> bool:
        return bool(self._log) and not self._touched.isdisjoint(keys)

    def holds(self, tables: Iterable[str]) -> bool:
        """Whether rows of one of these may be in the buffer."""
        return bool(self._log) and not self._tables.isdisjoint(tables)

    def settle(self) -> None:
        """Before a statement of ours that may see or change what was put, and that is undone with its unit. Who uses the
        connection without the driver lets that catch up, too."""
        if self._guarded and not self.saved:
            earlier = self._log[: self._mark]
            del self._log[: self._mark]
            self._mark = 0
            try:
                self._write(earlier)
                self._save()
            except BaseException:
                self.lost = True
                raise
            self.saved = True
        if self._log:
            own, self._log = self._log, []
            self._mark = 0
            self._write(own)

    def flush(self) -> None:
        """Before the commit: all that is left."""
        log, self._log = self._log, []
        self._mark = 0
        self._write(log)

    def _write(self, log: Sequence[Entry]) -> None:
        """
        Raises
        ------
        StaleState
            If a row is not there as a statement expects it.
        """
        if not log:
            return
        before, rest = grouped(log)
        dialect = self._driver.dialect
        counts: list[int] = []
        try:
            shapes = [(group.statement.shape(dialect), group.rows) for group in (*before, *rest)]
            self._driver.write(shapes, counts)
        except IntegrityError as error:
            # Who is stale may write the same row as who was faster: the fence, which was passed first, knows better.
            _require_all(before, counts)
            raise error
        self._touched.clear()
        self._tables.clear()
        self._jobs = JobsPut()
        _require_all((*before, *rest), counts)


def _require_all(groups: Iterable[Group], counts: Iterable[int]) -> None:
    for group, count in zip(groups, counts, strict=False):
        if group.statement.checked and count != len(group.rows):
            raise group.statement.stale(group.keys)


def grouped(log: Sequence[Entry]) -> tuple[list[Group], list[Group]]:
    """As few groups as keep the order of what becomes of each row: those of rows that were there before, and the rest.

    First what changes rows that were there before, fences among it; then what adds rows, to which nothing can have been
    done before; then what was done to these.
    """
    adding: dict[Statement, Group] = {}
    added: dict[str, set[Any]] = {}
    before, after = _Changes(), _Changes()
    changing = any(not entry[0].adds for entry in log)
    for statement, rows, keys in log:
        if statement.adds:
            group = adding.get(statement)
            if group is None:
                group = adding[statement] = Group(statement)
            group.rows += rows
            if changing and keys:
                added.setdefault(statement.table, set()).update(keys)
        else:
            added_there = added.get(statement.table)
            for row, key in zip(rows, keys, strict=True):
                changes = before if added_there is None or key not in added_there else after
                changes.take(statement, key, row)
    # What replaces rows may replace one that the same transaction has added.
    added_first = sorted(adding.values(), key=lambda group: group.statement.replaces)
    return before.groups, [*added_first, *after.groups]


class _Changes:
    """Changes of rows: one goes to the last group of its statement unless another one has changed the same row since."""

    def __init__(self) -> None:
        self.groups: list[Group] = []
        self._latest: dict[Statement, int] = {}
        self._last_of_row: dict[str, dict[Any, int]] = {}

    def take(self, statement: Statement, key: Any, row: Sequence[Any]) -> None:
        number = self._latest.get(statement, -1)
        last_of_row = self._last_of_row.get(statement.table)
        if last_of_row is None:
            last_of_row = self._last_of_row[statement.table] = {}
        if number < last_of_row.get(key, 0):
            number = self._latest[statement] = len(self.groups)
            self.groups.append(Group(statement))
        last_of_row[key] = number
        group = self.groups[number]
        group.rows.append(row)
        group.keys.append(key)
