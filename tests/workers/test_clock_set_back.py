"""A clock that is set back puts nothing off until it has caught up."""

from __future__ import annotations

from sqlalchemy import text

from tests.support.world import World
from tests.workers.test_timers import waits


def messages(world: World) -> int:
    with world.laneway.store._database.reading() as connection:  # type: ignore[attr-defined]
        return int(connection.execute(text("SELECT count(*) FROM message")).scalar_one())


def test_messages_whose_time_is_over_are_removed() -> None:
    # Given a process that has just removed messages whose time was over, when its clock is set back by an hour
    world = World()
    world.settle()
    world.pass_time(hours=-1)
    # When the time of another one is over; then it is removed at the next look.
    world.engine.publish_message("late", "1", time_to_live_ms=1_000)
    world.pass_time(seconds=60)
    world.settle()
    assert messages(world) == 0
    world.close()


def test_timers_that_failed_are_tried_again() -> None:
    # Given a timer that could not be fired, when the clock is set back by an hour
    world = World()
    world.deploy(waits())
    world.pass_time(hours=1)
    root = world.start()
    world.pass_time(minutes=2)
    broken = world.laneway.store._database.engine  # type: ignore[attr-defined]
    with broken.begin() as connection:
        connection.execute(text("ALTER TABLE audit_log RENAME TO away"))
    world.laneway.workers._timers.step()
    with broken.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO audit_log"))
    world.pass_time(hours=-1)
    with broken.begin() as connection:
        connection.execute(text("UPDATE timer SET due = due - 3600000000"))
    # When a minute has passed; then it is fired.
    world.pass_time(minutes=2)
    world.settle()
    assert world.state(root) == "COMPLETED"
    world.close()
