"""A loop in a thread of its own: does what is due, sleeps until more may be, survives what goes wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Literal

from laneway.commands.context import Listening
from laneway.logs import Logger

log = Logger("laneway.workers")
LONGEST_BACK_OFF = 30.0
FAILING_AFTER = 3
"""Failed rounds one after the other: one alone is what any cut connection brings."""

LoopState = Literal["starting", "running", "failing", "stopping", "stopped", "dead"]
"""``dead``: it was started, nobody told it to stop, and its thread has ended. Only a new process mends that."""


def back_off(failures: int) -> float:
    """Seconds until the next try, longer with each failure. An outage of hours must not overflow the power."""
    return min(0.1 * 2.0 ** min(failures, 16), LONGEST_BACK_OFF)


def state_of(thread: threading.Thread | None, stopping: threading.Event, failures: int) -> LoopState:
    if thread is None:
        return "stopped"
    if not thread.is_alive():
        return "stopped" if stopping.is_set() else "dead"
    if stopping.is_set():
        return "stopping"
    return "failing" if failures >= FAILING_AFTER else "running"


class Loop:
    """
    Parameters
    ----------
    step
        Does what is due now; True if there may be more at once.
    topics
        Whose notifications wake it before its time.
    pause
        Seconds to sleep when nothing is due; asked after every idle step.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], bool],
        wakeup: Listening,
        topics: Sequence[str],
        pause: Callable[[], float],
    ) -> None:
        self._name = name
        self._step = step
        self._wakeup = wakeup
        self._topics = topics
        self._pause = pause
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._failures = 0

    @property
    def name(self) -> str:
        return self._name

    @property
    def state(self) -> LoopState:
        return state_of(self._thread, self._stopping, self._failures)

    def start(self) -> None:
        if self._thread is not None:
            return
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name=f"laneway-{self._name}", daemon=True)
        self._thread.start()

    def begin_stop(self) -> None:
        """Begin no step any more. Returns at once."""
        self._stopping.set()
        self._woken.set()

    def stop(self, timeout: float) -> None:
        """Let the step at hand end, then the thread."""
        self.begin_stop()
        if self._thread is not None:
            self._thread.join(timeout)
            if self._thread.is_alive():
                log.warning("loop_still_running", loop=self._name, seconds=timeout)
            self._thread = None

    def _run(self) -> None:
        endings = [self._wakeup.listen(topic, self._woken.set) for topic in self._topics]
        self._failures = 0
        try:
            while not self._stopping.is_set():
                self._woken.clear()
                try:
                    more = self._step()
                    pause = 0.0 if more else self._pause()
                    self._failures = 0
                except Exception:
                    self._failures += 1
                    pause = back_off(self._failures)
                    log.exception("loop_failed", loop=self._name, again_in=pause)
                    self._stopping.wait(pause)
                    continue
                if pause > 0 and not self._stopping.is_set():  # told to stop before the clearing above
                    self._woken.wait(pause)
        finally:
            for end in endings:
                end()
