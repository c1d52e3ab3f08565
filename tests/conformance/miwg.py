"""The loader table: every diagram of the BPMN Model Interchange Working Group, loaded or refused with the reason."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from laneway.diagrams import load
from laneway.domain.errors import LanewayError
from tests.diagrams.inventory import CONFORMANCE, lost


def run(directory: Path) -> bool:
    """Print the table for the folders in ``directory``; True if nothing was lost and nothing crashed."""
    folders = sorted(each for each in directory.glob("*") if each.is_dir()) if directory.is_dir() else []
    if not folders:
        print(f"not found: {directory} (public BPMN diagrams); nothing was checked")
        return True
    print(f"{'folder':<42}{'files':>6}{'loaded':>8}{'refused':>9}{'lost':>6}  reasons (files each)")
    total = Counter[str]()
    for folder in folders:
        counts, reasons = _folder(folder)
        total.update(counts)
        shown = ", ".join(f"{rule} {count}" for rule, count in reasons.most_common())
        print(f"{folder.name:<42}{_row(counts)}  {shown}")
    print(f"{'all':<42}{_row(total)}")
    return total["lost"] == 0


def _row(counts: Counter[str]) -> str:
    return f"{counts['files']:>6}{counts['loaded']:>8}{counts['refused']:>9}{counts['lost']:>6}"


def _folder(folder: Path) -> tuple[Counter[str], Counter[str]]:
    counts, reasons = Counter[str](), Counter[str]()
    for path in sorted(folder.glob("*.bpmn")):
        counts["files"] += 1
        data = path.read_bytes()
        try:
            diagram = load(data, path.name)
        except LanewayError as error:
            counts["refused"] += 1
            reasons[error.code] += 1
            continue
        counts["loaded" if diagram.deployable else "refused"] += 1
        counts["lost"] += sum(sum(missing.values()) for missing in lost(data, diagram).values())
        reasons.update({problem.rule for problem in diagram.problems if problem.severity == "error"})
    return counts, reasons


def main() -> None:
    sys.exit(0 if run(CONFORMANCE / "miwg") else 1)


if __name__ == "__main__":
    main()
