"""Random bits that are the same again for the same seed: what ``uuid()`` and ``random number()`` are made of."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from secrets import token_hex

__all__ = ["Randomness", "Seed", "randomness_of"]


class Randomness:
    """A row of random bits, made from a seed and a counter by SHA-256.

    Evaluations that share one go on in it, and so draw different bits.

    Parameters
    ----------
    seed
        A function is called at the first draw and never if there is none.
    """

    __slots__ = ("_drawn", "_prefix", "_seed")

    def __init__(self, seed: int | str | Callable[[], str]) -> None:
        self._seed = seed
        self._prefix = b""
        self._drawn = 0

    def bits(self, count: int) -> int:
        """Draw up to 256 bits."""
        if not self._prefix:
            seed = self._seed
            self._prefix = f"{seed() if callable(seed) else seed}\n".encode("utf-8", "surrogatepass")
        self._drawn += 1
        drawn = sha256(self._prefix + str(self._drawn).encode()).digest()
        return int.from_bytes(drawn) >> (256 - count)


Seed = int | str | Randomness | None
"""What a caller gives: the same int or text for the same values, a row to go on in, None for what nobody can foresee."""


def randomness_of(seed: Seed) -> Randomness:
    if isinstance(seed, Randomness):
        return seed
    return Randomness(token_hex if seed is None else seed)
