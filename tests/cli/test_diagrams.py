"""`check` and `deploy`."""

import json
from pathlib import Path

from tests.cli.conftest import LEAVE, ROOT, Run
from tests.diagrams.sheet import in_line, sheet

BROKEN = LEAVE.read_bytes().replace(b'targetRef="decide"', b'targetRef="gone"', 1)


def test_check_says_what_runs_and_ends_with_0(laneway: Run) -> None:
    answer = laneway("check", LEAVE)

    assert answer.code == 0
    assert "process leave-request «Leave request», 5 flow nodes, 4 sequence flows" in answer.out


def test_check_names_the_fault_and_ends_with_1(laneway: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.bpmn").write_bytes(BROKEN)

    answer = laneway("check", tmp_path / "broken.bpmn")

    assert answer.code == 1
    assert "gone" in answer.out


def test_check_prints_json_and_sarif_for_programs(laneway: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.bpmn").write_bytes(BROKEN)

    as_json = laneway("check", tmp_path / "broken.bpmn", "--format", "json")
    as_sarif = laneway("check", tmp_path / "broken.bpmn", "--format", "sarif")

    assert json.loads(as_json.out)
    assert json.loads(as_sarif.out)["version"] == "2.1.0"
    assert (as_json.code, as_sarif.code) == (1, 1)


def test_check_refuses_a_dtd_as_a_finding_and_not_with_a_trace(laneway: Run, tmp_path: Path) -> None:
    evil = b'<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    (tmp_path / "evil.bpmn").write_bytes(
        LEAVE.read_bytes().replace(b"<bpmn:definitions", evil + b"<bpmn:definitions", 1)
    )

    answer = laneway("check", tmp_path / "evil.bpmn")

    assert answer.code == 1
    assert "dtd_forbidden" in answer.out


def test_what_ships_has_no_problem_at_all(laneway: Run) -> None:
    answer = laneway("check", ROOT / "bpmn" / "customer-service")

    assert (answer.code, answer.out.splitlines()[0]) == (0, "0 errors, 0 warnings, 0 infos")


def test_layout_draws_what_has_no_picture_and_keeps_what_has_one(laneway: Run, tmp_path: Path) -> None:
    plain = tmp_path / "plain.bpmn"
    plain.write_bytes(in_line_process())

    printed = laneway("layout", plain, "-o", "-")
    elsewhere = laneway("layout", plain, "-o", tmp_path / "drawn.bpmn")
    in_place = laneway("layout", plain)
    again = laneway("layout", plain)
    forced = laneway("layout", plain, "--force")

    assert [answer.code for answer in (printed, elsewhere, in_place, again, forced)] == [0, 0, 0, 3, 0]
    assert "--force" in again.error
    assert plain.read_bytes() == (tmp_path / "drawn.bpmn").read_bytes() == printed.out.encode()
    assert plain.read_bytes().count(b"<bpmndi:BPMNShape ") == 3
    assert not list(tmp_path.glob("*.new"))


def in_line_process() -> bytes:
    return sheet(in_line('<task id="t"/>', "t"))


def test_deploy_twice_keeps_the_version(laneway: Run) -> None:
    first = json.loads(laneway("deploy", LEAVE, "--json").out)
    second = json.loads(laneway("deploy", LEAVE, "--json").out)

    assert first[0]["processes"] == second[0]["processes"]
    assert first[0]["processes"][0]["processDefinitionVersion"] == 1


def test_each_process_folder_is_a_deployment_of_its_own(laneway: Run, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same.bpmn").write_bytes(LEAVE.read_bytes().replace(b"leave-request", name.encode()))

    deployed = json.loads(laneway("deploy", tmp_path, "--json").out)

    assert [one["processes"][0]["processDefinitionId"] for one in deployed] == ["one", "two"]


def test_deploy_refuses_a_broken_diagram_with_its_problems(laneway: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.bpmn").write_bytes(BROKEN)

    answer = laneway("deploy", tmp_path / "broken.bpmn")

    assert answer.code == 3
    assert "diagram_invalid" in answer.error
    assert "gone" in answer.error


def test_a_missing_file_is_said(laneway: Run, tmp_path: Path) -> None:
    answer = laneway("deploy", tmp_path / "nothing.bpmn")

    assert answer.code == 3
    assert "nothing.bpmn: No such file or directory" in answer.error


def test_an_unreachable_server_is_said(laneway: Run) -> None:
    answer = laneway("deploy", LEAVE, "--server", "http://127.0.0.1:9")

    assert answer.code == 4
    assert "http://127.0.0.1:9 cannot be reached" in answer.error


def test_an_unreachable_database_is_said(laneway: Run) -> None:
    answer = laneway("deploy", LEAVE, "--database", "sqlite:////no/such/folder/laneway.db")

    assert answer.code in (3, 4)
    assert "laneway: " in answer.error
