"""One of the processes that publish and subscribe at the same time: run by ``test_messages``.

    python -m tests.faults.races DATABASE ROLE FIRST LAST SEED      ROLE: publish or subscribe

Says ``ready``, waits for a line, then goes through the keys FIRST … LAST-1 in an order of its own.
"""

from __future__ import annotations

import random
import sys

from laneway.bootstrap import build
from laneway.domain.errors import Overloaded
from laneway.settings import Settings


def main(database: str, role: str, first: int, last: int, seed: int) -> None:
    keys = list(range(first, last))
    # Close to the order of the other side, so that the two meet; not the very same.
    chance = random.Random(seed)
    keys.sort(key=lambda key: key + chance.uniform(0, 4))
    with build(Settings(database_url=database, deploy_shipped=False)) as made:
        engine = made.engine
        print("ready", flush=True)
        sys.stdin.readline()
        for key in keys:
            for _ in range(20):
                try:
                    if role == "publish":
                        engine.publish_message(
                            "answer",
                            str(key),
                            variables={"said": key},
                            time_to_live_ms=3_600_000,
                            idempotency_key=f"p{key}",
                        )
                    else:
                        engine.start_instance(
                            process_id="process", variables={"order": str(key)}, idempotency_key=f"s{key}"
                        )
                    break
                except Overloaded:
                    continue
            else:
                raise SystemExit(f"{role} {key} was refused twenty times")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
