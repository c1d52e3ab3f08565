"""Who waits for the same thing stands in line: one is woken by news, and nothing that was told is lost with who was woken."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from laneway_api.lines import Lines, Place


class Board:
    """Notices as the engine gives them, from another thread."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[], None]] = []

    def listen(self, topic: str, callback: Callable[[], None]) -> Callable[[], None]:
        self.listeners.append(callback)
        return lambda: self.listeners.remove(callback)

    async def tell(self) -> None:
        thread = threading.Thread(target=lambda: [each() for each in self.listeners])
        thread.start()
        await asyncio.to_thread(thread.join)
        await asyncio.sleep(0)


def in_line(count: int, then: Callable[[Board, Lines, list[Place]], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        board = Board()
        lines = Lines(board.listen)
        await then(board, lines, [lines.stand("job:x", ("a",)) for _ in range(count)])

    asyncio.run(run())


def woken(places: list[Place]) -> list[bool]:
    return [place.news.is_set() for place in places]


def test_news_wakes_one() -> None:
    async def then(board: Board, lines: Lines, places: list[Place]) -> None:
        await board.tell()
        assert woken(places) == [True, False, False]

    in_line(3, then)


def test_who_found_something_wakes_the_next() -> None:
    async def then(board: Board, lines: Lines, places: list[Place]) -> None:
        await board.tell()
        places[0].looks()
        places[0].has_found()
        places[0].leave()
        assert woken(places[1:]) == [True, False]

    in_line(3, then)


def test_who_found_nothing_wakes_nobody() -> None:
    async def then(board: Board, lines: Lines, places: list[Place]) -> None:
        await board.tell()
        places[0].looks()
        places[0].leave()
        assert woken(places[1:]) == [False, False]

    in_line(3, then)


def test_news_during_a_look_is_for_a_look_that_begins_after_it() -> None:
    async def then(board: Board, lines: Lines, places: list[Place]) -> None:
        places[0].looks()
        await board.tell()
        assert woken(places) == [True]

    in_line(1, then)


def test_what_the_one_who_was_woken_did_not_look_at_is_for_the_next() -> None:
    async def then(board: Board, lines: Lines, places: list[Place]) -> None:
        await board.tell()
        places[0].leave()  # its client has gone
        assert woken(places[1:]) == [True]

    in_line(2, then)


def test_others_are_told_in_a_line_of_their_own() -> None:
    async def then(board: Board, lines: Lines, places: list[Place]) -> None:
        other = lines.stand("job:x", ("b",))
        await board.tell()
        assert woken([*places, other]) == [True, True]

    in_line(1, then)


def test_an_empty_line_listens_no_more() -> None:
    async def then(board: Board, lines: Lines, places: list[Place]) -> None:
        for place in places:
            place.leave()
        assert (len(lines), board.listeners) == (0, [])

    in_line(2, then)
