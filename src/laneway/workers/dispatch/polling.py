"""The embedded dispatcher: looks for jobs when it is woken, when one becomes available, and now and then."""

from __future__ import annotations

from laneway.ports import JobWork


class PollingDispatcher:
    """Asks the table of jobs itself, so that nothing else has to be kept."""

    async def serve(self, work: JobWork) -> None:
        while not work.stopping():
            if not await work.begin():
                await work.idle()
