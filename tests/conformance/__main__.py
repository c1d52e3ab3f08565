"""``make conformance``: the loader table, the walks, the behaviour tests and the DMN TCK, on the material in CONFORMANCE_DIR."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.conformance import betsy, miwg, walks
from tests.decisions import tck


def main() -> int:
    directory = Path(os.environ.get("CONFORMANCE_DIR", "../shared/conformance"))
    if not directory.is_dir():
        print(f"{directory} does not exist: set CONFORMANCE_DIR to a folder with miwg/ and betsy/")
        return 1
    ok = miwg.run(directory / "miwg")
    print()
    ok = walks.run(directory / "miwg") and ok
    print()
    betsy.run(directory / "betsy")
    print()
    tck.report(directory / "dmn-tck")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
