"""Nothing of another tenant is reached through the API, and no maker approves under another spelling."""

from __future__ import annotations

from tests.security.own_api import attempts


def test_no_attack_on_the_own_api_gets_anything() -> None:
    made = attempts()
    assert [(each.name, each.wrong) for each in made if each.wrong] == []
    assert len(made) >= 80
