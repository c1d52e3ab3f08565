"""DMN files that import what was deployed before them: the latest of the namespace, and from then on that one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from laneway.domain.definition import Deployment
from laneway.domain.errors import LanewayError
from tests.decisions.drawing import decision, dmn, imported, literal
from tests.support.world import World


def shared(answer: str, name: str = "shared.dmn") -> tuple[str, bytes]:
    return name, dmn(decision("limit", literal(answer)), target="urn:shared")


IMPORTING = dmn(
    imported("s", "urn:shared"), decision("d", literal("s.limit + 1"), "decision:urn:shared#limit"), target="urn:own"
)


def asked(world: World, identity: str = "d") -> Any:
    return world.engine.evaluate_decision(decision_id=identity, variables={}).output


def deploy(world: World, *files: tuple[str, bytes], **options: Any) -> Deployment:
    return world.engine.deploy(list(files), **options)


def test_an_import_means_the_latest_file_of_its_namespace_and_stays_with_it(tmp_path: Path) -> None:
    # Given a file that was deployed twice, and then one that imports it
    url = f"sqlite:///{tmp_path / 'laneway.db'}"
    world = World(url)
    deploy(world, shared("1"))
    deploy(world, shared("10"))
    deploy(world, ("own.dmn", IMPORTING))
    before = asked(world)
    # When the imported file is deployed once more, and Laneway is started again
    deploy(world, shared("100"))
    later = asked(world)
    world.close()
    world = World(url)
    # Then nothing has changed
    assert (before, later, asked(world)) == (11, 11, 11)
    world.close()


def test_a_file_deployed_again_after_its_import_is_a_new_version_and_only_then(world: World) -> None:
    deploy(world, shared("1"))
    first = deploy(world, ("own.dmn", IMPORTING))
    same = deploy(world, ("own.dmn", IMPORTING))
    deploy(world, shared("10"))

    second = deploy(world, ("own.dmn", IMPORTING))

    assert [one.decisions[0].version for one in (first, same, second)] == [1, 1, 2]
    assert asked(world) == 11


def test_a_file_of_the_same_deployment_comes_first(world: World) -> None:
    deploy(world, shared("1"))
    deploy(world, ("own.dmn", IMPORTING), shared("10"))
    deploy(world, shared("100"))

    assert asked(world) == 11


def test_an_imported_file_brings_what_it_was_deployed_with(world: World) -> None:
    # Given a file that imports a base of its deployment, of which there is a later one
    base = [("base.dmn", dmn(decision("b", literal(value)), target="urn:base")) for value in ("1", "1000")]
    middle = dmn(
        imported("base", "urn:base"),
        decision("limit", literal("base.b * 5"), "decision:urn:base#b"),
        target="urn:shared",
    )
    deploy(world, base[0], ("shared.dmn", middle))
    deploy(world, base[1])
    # When another imports it
    deploy(world, ("own.dmn", IMPORTING))
    # Then it is as it was, and so it is for one that imports that
    top = dmn(imported("o", "urn:own"), decision("top", literal("o.d"), "decision:urn:own#d"), target="urn:top")
    deploy(world, ("top.dmn", top))
    assert (asked(world, "limit"), asked(world), asked(world, "top")) == (5, 6, 6)


def test_within_one_deployment_a_namespace_is_one_file_and_what_is_imported_directly_is_the_latest(
    world: World,
) -> None:
    base = [("base.dmn", dmn(decision("b", literal(value)), target="urn:base")) for value in ("1", "1000")]
    middle = dmn(
        imported("base", "urn:base"),
        decision("limit", literal("base.b * 5"), "decision:urn:base#b"),
        target="urn:shared",
    )
    deploy(world, base[0], ("shared.dmn", middle))
    deploy(world, base[1])
    both = dmn(
        imported("s", "urn:shared"), imported("base", "urn:base"),
        decision("d", literal("[s.limit, base.b]"), "decision:urn:shared#limit", "decision:urn:base#b"), target="urn:own",
    )  # fmt: skip

    deploy(world, ("own.dmn", both))

    assert asked(world) == [5000, 1000]


def test_files_of_one_name_are_told_apart(world: World) -> None:
    deploy(world, shared("1", "rules.dmn"))
    deploy(world, ("rules.dmn", IMPORTING))

    assert asked(world) == 2


def test_another_tenant_has_nothing_to_import(world: World) -> None:
    deploy(world, shared("1"), tenant_id="theirs")

    with pytest.raises(LanewayError, match="no DMN file that is at hand has this namespace"):
        deploy(world, ("own.dmn", IMPORTING))


def test_the_record_names_the_version_of_what_was_imported(world: World) -> None:
    # Given an imported decision in its second version
    deploy(world, shared("1"))
    made = deploy(world, shared("10"))
    deploy(world, ("own.dmn", IMPORTING))
    # When the importing one is asked
    details = world.engine.evaluate_decision(decision_id="d", variables={}).details
    # Then the record tells which it was
    (required,) = details["requiredDecisions"]
    assert (required["decisionId"], required["decisionVersion"], required["decisionKey"]) == (
        "limit", 2, made.decisions[0].key,
    )  # fmt: skip


def test_a_report_knows_what_is_deployed(world: World) -> None:
    before = world.engine.check([("own.dmn", IMPORTING)])
    deploy(world, shared("1"))

    after = world.engine.check([("own.dmn", IMPORTING)])

    assert (before.deployable, after.deployable) == (False, True)
