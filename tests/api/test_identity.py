"""Whose name counts: where proxies that verify names are set, only theirs do."""

from __future__ import annotations

import base64

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from laneway.domain.work import Actor
from laneway.settings import Settings
from laneway_api.app import create_app
from laneway_api.identity import ANONYMOUS, actor_of
from tests.support.world import World
from tests.workers.test_dial import letter

ANNA = b"Basic " + base64.b64encode(b"anna:x")
PROXIES = ("10.1.0.0/16", "::1")


@pytest.mark.parametrize(
    ("client", "proxies", "counts"),
    [
        (("203.0.113.9", 1), (), True),
        (("10.1.2.3", 1), PROXIES, True),
        (("::ffff:10.1.2.3", 1), PROXIES, True),
        (("::1", 1), PROXIES, True),
        (("10.2.0.1", 1), PROXIES, False),
        (("203.0.113.9", 1), PROXIES, False),
        (("unix", 1), PROXIES, False),
        (None, PROXIES, False),
    ],
)
def test_a_name_counts_only_from_a_proxy_that_verifies_it(
    client: tuple[str, int] | None, proxies: tuple[str, ...], counts: bool
) -> None:
    assert actor_of(ANNA, client, proxies) == (Actor("user", "anna") if counts else ANONYMOUS)


def test_who_starts_an_instance_past_the_proxy_is_nobody() -> None:
    # Given a proxy; when somebody comes past it with a name, whatever they say of where they come from; then it is not theirs.
    world = World(trusted_proxies=",".join(PROXIES))
    laneway = world.laneway
    world.deploy(letter())
    for address, kind in (("203.0.113.9", "ANONYMOUS"), ("10.1.2.3", "USER")):
        client = TestClient(create_app(laneway), base_url="http://127.0.0.1", client=(address, 50_000))
        sent = {"Authorization": ANNA.decode(), "X-Forwarded-For": "10.1.2.3"}
        made = client.post("/v2/process-instances", json={"processDefinitionId": "process"}, headers=sent)
        assert made.status_code == 200
        found = world.audits(rootProcessInstanceKey=int(made.json()["processInstanceKey"]))[0]
        assert (found["actorId"] == "anna") is (kind == "USER")
    world.close()


def test_what_is_no_network_is_no_setting() -> None:
    with pytest.raises(ValidationError):
        Settings(trusted_proxies="proxy.example.com")  # type: ignore[arg-type]
