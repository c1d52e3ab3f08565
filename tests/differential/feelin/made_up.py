"""Expressions made up by rule, of kinds that are known: what may stand where a number, text, truth, list or context is wanted.

Left out is what the two are known to differ in, as ``differences`` says of single ones (lists of different lengths, ranges that run
downwards, some and every over null, null among what is filtered), and what decimal and binary numbers must differ in. Null goes in
everywhere, so that most of what is made up asks what null does there.
"""

from __future__ import annotations

from random import Random

__all__ = ["made_up"]

_NAMES = {"number": ("amount",), "text": ("risk",), "truth": ("flag",), "list": ("xs", "ys"), "context": ("person",)}


def made_up(count: int, seed: int) -> list[str]:
    random = Random(seed)
    return [_Maker(random).any(random.randint(1, 4)) for _ in range(count)]


class _Maker:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.bound: list[str] = []

    def any(self, depth: int) -> str:
        kind = self.random.choice(("number", "text", "truth", "list", "context"))
        return str(getattr(self, kind)(depth))

    def _leaf(self, kind: str, literals: tuple[str, ...]) -> str:
        names = _NAMES[kind] + (tuple(self.bound) if kind == "number" else ())
        return "null" if self.random.random() < 0.07 else self.random.choice(literals + names)

    def number(self, depth: int) -> str:
        if depth <= 0:
            return self._leaf("number", ("0", "1", "2", "3.5", "(-4)", "10"))
        n, t, a = (lambda: self.number(depth - 1)), (lambda: self.text(depth - 1)), (lambda: self.list(depth - 1))
        return self.random.choice(
            (
                lambda: f"({n()} {self.random.choice('+-*')} {n()})",
                lambda: f"-({n()})",
                lambda: f"(if {self.truth(depth - 1)} then {n()} else {n()})",
                lambda: f"abs({n()})",
                lambda: f"floor({n()} / 2)",
                lambda: f"ceiling({n()} / 4)",
                lambda: f"modulo({n()}, 3)",
                lambda: f"string length({t()})",
                lambda: f"count({a()})",
                lambda: f"sum({a()})",
                lambda: f"max({a()})",
                lambda: f"min({a()})",
                lambda: f"{a()}[{self.random.choice(('1', '2', '-1', '9'))}]",
                lambda: f"{self.context(depth - 1)}.a",
                lambda: f"decimal({n()}, 1)",
                lambda: f"(function(p) p + {n()})({n()})",
            )
        )()

    def text(self, depth: int) -> str:
        if depth <= 0:
            return self._leaf("text", ('"a"', '"foobar"', '""', '"Ünï"', '"a b"'))
        t = lambda: self.text(depth - 1)  # noqa: E731
        return self.random.choice(
            (
                lambda: f"({t()} + {t()})",
                lambda: f"upper case({t()})",
                lambda: f"lower case({t()})",
                lambda: f"substring before({t()}, {t()})",
                lambda: f"substring after({t()}, {t()})",
                lambda: f"(if {self.truth(depth - 1)} then {t()} else {t()})",
                lambda: f"{self.context(depth - 1)}.b",
                lambda: f'replace({t()}, "[a-o]", "x")',
                lambda: f'string join([{t()}, {t()}], "-")',
            )
        )()

    def truth(self, depth: int) -> str:
        if depth <= 0:
            return self._leaf("truth", ("true", "false"))
        n, t, b, a = (
            (lambda kind=kind: getattr(self, kind)(depth - 1)) for kind in ("number", "text", "truth", "list")
        )
        return self.random.choice(
            (
                lambda: f"({n()} {self.random.choice(('<', '<=', '>', '>=', '=', '!='))} {n()})",
                lambda: f"({t()} {self.random.choice(('<', '>', '=', '!='))} {t()})",
                lambda: f"({b()} and {b()})",
                lambda: f"({b()} or {b()})",
                lambda: f"not({b()})",
                lambda: f"({n()} between 1 and 5)",
                lambda: f"({n()} in [2..10))",
                lambda: f"({n()} in ({n()}, > {n()}))",
                lambda: f"contains({t()}, {t()})",
                lambda: f"starts with({t()}, {t()})",
                lambda: f"ends with({t()}, {t()})",
                lambda: f"list contains({a()}, {n()})",
                lambda: self._quantified("some", depth),
                lambda: self._quantified("every", depth),
                lambda: f"({self.context(depth - 1)} = {self.context(depth - 1)})",
                lambda: f"({n()} instance of number)",
                lambda: f"({t()} instance of string)",
            )
        )()

    def _quantified(self, word: str, depth: int) -> str:
        domain = self.list(depth - 1)
        return f"({word} {self._bind()} in {domain} satisfies {self._inside(self.truth, depth)} = true)"

    def list(self, depth: int) -> str:
        if depth <= 0:
            return self._leaf("list", ("[1, 2, 3]", "[2]", "[1, null]", "[0, 10, 10]"))
        n, a = (lambda: self.number(depth - 1)), (lambda: self.list(depth - 1))
        return self.random.choice(
            (
                lambda: f"[{n()}, {n()}]",
                lambda: f"{a()}[item {self.random.choice('<>')} {n()}]",
                self._loop(depth),
                lambda: f"reverse({a()})",
                lambda: f"append({a()}, {n()})",
                lambda: f"distinct values({a()})",
                lambda: f"flatten([{a()}, {n()}])",
                lambda: f"index of({a()}, {n()})",
                lambda: f"sort({a()}, function(x, y) x < y)",
            )
        )()

    def _loop(self, depth: int):  # type: ignore[no-untyped-def]
        def loop() -> str:
            domain = self.list(depth - 1)
            return f"(for {self._bind()} in {domain} return {self._inside(self.number, depth)})"

        return loop

    def _bind(self) -> str:
        self.bound.append(f"v{len(self.bound) + 1}")
        return self.bound[-1]

    def _inside(self, kind, depth: int) -> str:  # type: ignore[no-untyped-def]
        body = str(kind(depth - 1))
        self.bound.pop()
        return body

    def context(self, depth: int) -> str:
        if depth <= 0:
            return self._leaf("context", ("{}", "{a: 1}", '{a: 2, b: "x"}'))
        return f"{{a: {self.number(depth - 1)}, b: {self.text(depth - 1)}}}"
