"""`python -m laneway.cli.record`: plays every case of a process and writes what the terminal says into the documentation."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from laneway.cases import ProcessFolder, find_folder, load_case

HEAD = """# What every case of {title} does

Written by `python -m laneway.cli.record`; it is what `laneway run {folder} --case NAME` prints. The clock is virtual: every case
starts on the same Monday. What the texts of the cases are, and what is expected: [`{folder}/cases`](../../{folder}/cases).
Below the last state stand the variables of the instance.
"""


def record(folder: ProcessFolder, shown_as: str) -> str:
    """The page for ``folder``, as Markdown; raises if a case is not as expected."""
    from typer.testing import CliRunner

    from laneway.cli.app import app

    title = folder.name.replace("-", " ")
    parts = [HEAD.format(title=title, folder=shown_as)]
    for path in folder.cases():
        case = load_case(path)
        answer = CliRunner().invoke(app, ["run", str(folder.path), "--case", case.name])
        if answer.exit_code != 0:
            raise SystemExit(f"{case.name} is not as expected:\n{answer.output}")
        lines = "\n".join(line.rstrip() for line in answer.output.splitlines())
        parts.append(
            f"## {case.name}\n\n{case.title}.\n\n```\n$ laneway run {shown_as} --case {case.name}\n{lines}\n```\n"
        )
    return "\n".join(parts)


def main(arguments: list[str]) -> None:
    process = arguments[0] if arguments else "bpmn/customer-service"
    target = Path(arguments[1]) if len(arguments) > 1 else Path(f"docs/reference/{Path(process).name}-cases.md")
    target.write_text(record(find_folder(process), process), encoding="utf-8")
    typer.echo(f"wrote {target}")


if __name__ == "__main__":
    main(sys.argv[1:])
