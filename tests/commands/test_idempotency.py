"""The same request under the same key is done once."""

import pytest

from laneway.domain.errors import Refused
from tests.commands.drawings import catch_message, one_job
from tests.support.world import World


def test_starting_twice_under_one_key_starts_once(stored: World) -> None:
    # Given a start under a key; when the same comes again; then the same instance is the answer.
    stored.deploy(one_job())
    answers = [
        stored.engine.start_instance(process_id="process", variables={"n": 1}, idempotency_key="K") for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert len(stored.rows("process-instances")) == 1


def test_a_key_is_for_one_request(stored: World) -> None:
    # Given a key that was used; when another request comes under it; then it is refused.
    stored.deploy(one_job())
    stored.engine.start_instance(process_id="process", variables={"n": 1}, idempotency_key="K")
    with pytest.raises(Refused) as refused:
        stored.engine.start_instance(process_id="process", variables={"n": 2}, idempotency_key="K")
    assert refused.value.code == "idempotency_key_reused"


def test_a_rejected_request_leaves_its_key_free(world: World) -> None:
    # Given a start that was rejected; when it is sent again after the cause is gone; then it is done.
    with pytest.raises(Exception, match="process"):
        world.engine.start_instance(process_id="process", idempotency_key="K")
    world.deploy(one_job())
    assert world.engine.start_instance(process_id="process", idempotency_key="K").version == 1


def test_a_message_published_twice_under_one_key_arrives_once(stored: World) -> None:
    # Given two instances that wait; when one message is published twice under a key; then one goes on.
    stored.deploy(catch_message())
    keys = [stored.start(variables={"order": 1}) for _ in range(2)]
    published = [stored.engine.publish_message("answer", "1", idempotency_key="K") for _ in range(2)]
    assert published[0] == published[1]
    assert sorted(stored.state(key) for key in keys) == ["ACTIVE", "COMPLETED"]


def test_a_deployment_under_one_key_is_given_back(stored: World) -> None:
    # Given a deployment under a key, and a newer one; when the first comes again; then its definitions are the answer.
    files = [("process.bpmn", one_job().xml())]
    first = stored.engine.deploy(files, idempotency_key="K")
    stored.deploy(one_job("other"))
    again = stored.engine.deploy(files, idempotency_key="K")
    assert (again.key, again.processes) == (first.key, first.processes)


def test_keys_of_tenants_do_not_meet(world: World) -> None:
    # Given a key used by one tenant; when another uses it; then it is theirs too.
    for tenant in ("a", "b"):
        world.engine.deploy([("process.bpmn", one_job().xml())], tenant_id=tenant)
    keys = {
        world.engine.start_instance(process_id="process", tenant_id=tenant, idempotency_key="K").key for tenant in "ab"
    }
    assert len(keys) == 2
