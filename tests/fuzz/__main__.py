"""``python -m tests.fuzz SECONDS``: let atheris look for texts that crash or hang the expressions (see ``targets``)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["laneway.expressions"]):
    from tests.fuzz.targets import FRAGMENTS, check


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    corpus = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.mkdtemp(prefix="laneway-fuzz-"))
    corpus.mkdir(parents=True, exist_ok=True)
    for index in range(len(FRAGMENTS)):
        (corpus / f"seed-{index}").write_bytes(bytes([1, *index.to_bytes(2), 0, 12, *index.to_bytes(2)]))
    options = [
        f"-max_total_time={seconds}",
        "-timeout=20",
        "-max_len=400",
        "-rss_limit_mb=1500",
        "-len_control=10",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], str(corpus), f"-artifact_prefix={corpus}/", *options], check)
    atheris.Fuzz()


main()
