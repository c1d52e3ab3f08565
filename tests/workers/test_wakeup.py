"""Waiting for work: woken at once, never too late, never for nothing to be missed."""

import threading
import time

from laneway.commands.topics import CHANGES, instance_topic, job_topic
from laneway.workers.wakeup import MOST_TOPICS, InProcessWakeup
from tests.commands.drawings import one_job
from tests.support.world import World


def test_a_notification_between_looking_and_waiting_is_not_missed() -> None:
    # Given a count taken before looking; when a notification comes before the wait; then the wait ends at once.
    wakeup = InProcessWakeup()
    seen = wakeup.wait("topic", -1, 0)
    wakeup.notify("topic")
    began = time.monotonic()
    assert wakeup.wait("topic", seen, 60) > seen
    assert time.monotonic() - began < 30


def test_other_topics_do_not_wake() -> None:
    # Given a wait for one topic; when another is notified; then the time runs out.
    wakeup = InProcessWakeup()
    seen = wakeup.wait("topic", -1, 0)
    wakeup.notify("other")
    assert wakeup.wait("topic", seen, 0.05) == seen


def test_a_forgotten_topic_wakes_rather_than_sleeps() -> None:
    # Given a topic notified long ago; when so many others came that it is forgotten; then its waiter is woken.
    wakeup = InProcessWakeup()
    seen = wakeup.wait("topic", -1, 0)
    wakeup.notify("topic")
    for number in range(MOST_TOPICS + 1):
        wakeup.notify(f"instance:{number}")
    assert wakeup.wait("topic", seen, 0) > seen


def test_listeners_are_called_until_they_end() -> None:
    # Given two listeners, one of them faulty; when the topic is notified before and after the other ends; then it hears one.
    wakeup = InProcessWakeup()
    heard: list[str] = []

    def faulty() -> None:
        raise RuntimeError("broken")

    wakeup.listen("topic", faulty)
    end = wakeup.listen("topic", lambda: heard.append("x"))
    wakeup.notify("topic")
    end()
    end()
    wakeup.notify("topic")
    assert heard == ["x"]


def test_commands_tell_who_waits_for_their_work(world: World) -> None:
    # Given listeners for jobs, for changes and for an instance's end
    heard: list[str] = []
    world.deploy(one_job())
    for topic in (job_topic("work"), CHANGES):
        world.engine.listen(topic, lambda topic=topic: heard.append(topic))  # type: ignore[misc]
    # When a job comes and its instance ends
    key = world.start()
    assert set(heard) == {job_topic("work"), CHANGES}
    world.engine.listen(instance_topic(key), lambda: heard.append("ended"))
    world.engine.complete_job(world.one_job("work").job.key)
    # Then each hears its own
    assert "ended" in heard


def test_awaiting_wakes_when_the_instance_ends(world: World) -> None:
    # Given someone who awaits an instance; when a worker completes it; then the answer is there at once.
    world.deploy(one_job())

    def work() -> None:
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            for each in world.activate("work"):
                world.engine.complete_job(each.job.key, {"done": True})
                return
            time.sleep(0.01)

    worker = threading.Thread(target=work)
    worker.start()
    ended = world.engine.create_and_await(process_id="process", timeout=10)
    worker.join()
    assert (ended.state, ended.variables) == ("COMPLETED", {"done": True})
