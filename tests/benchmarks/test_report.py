"""A figure says what was wanted of it, and whether that is met."""

import json
from pathlib import Path

import pytest
from benchmarks.report import Report, Target, at_least, at_most


@pytest.mark.parametrize(
    ("target", "value", "drift", "verdict"),
    [
        (at_least(10), 10.0, 0.0, "met"),
        (at_least(10), 9.9, 0.0, "SHORT"),
        (at_most(1.2), 1.2, 0.0, "met"),
        (at_most(1.2), 1.3, 0.0, "SHORT"),
        (at_least(10), 99.0, 0.3, "DRIFT"),
        (None, 1.0, 0.0, ""),
    ],
)
def test_a_figure_is_met_or_short(target: Target | None, value: float, drift: float, verdict: str) -> None:
    report = Report()
    report.part("part")
    report.figure("name", value, "times", target, drift)
    assert report.figures[0].verdict == verdict


def test_machines_read_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Given a report with a figure
    report = Report()
    report.part("durable")
    report.figure("SEQ", 0.7, "÷ roof", at_least(0.6), p50=1.5)
    # When it is written
    report.write(tmp_path / "figures.json")
    report.summary()
    # Then the file says what was printed
    [figure] = json.loads((tmp_path / "figures.json").read_text("utf-8"))["figures"]
    assert figure == {
        "part": "durable", "name": "SEQ", "value": 0.7, "unit": "÷ roof", "target": "≥ 0.6", "verdict": "met",
        "beside": {"p50": 1.5}, "drift": 0.0,
    }  # fmt: skip
    assert "targets: 1 of 1 met" in capsys.readouterr().out


def test_a_part_that_fails_keeps_no_other_from_being_run(capsys: pytest.CaptureFixture[str]) -> None:
    # Given a part that ends in a fault, and one that does not
    def failing(report: Report) -> None:
        raise SystemExit("the place is not there")

    def working(report: Report) -> None:
        report.part("durable")
        report.figure("SEQ", 0.5, "÷ roof", at_least(0.6))

    report = Report()
    report.timed("rest", failing)
    report.timed("durable", working)
    # When all is told
    report.summary()
    # Then both are
    told = capsys.readouterr().out
    assert report.failed == {"rest": "SystemExit: the place is not there"}
    assert "FAILED rest: SystemExit: the place is not there" in told
    assert "targets: 0 of 1 met, 1 SHORT" in told
