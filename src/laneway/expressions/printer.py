"""A syntax tree of FEEL back to text: reading what is printed gives the same tree (DMN 1.5, 10.3.1.2).

Parentheses stand only where the tree needs them. A name is written in backticks where its words could be read otherwise: as
part of a longer name in scope, as a keyword, or as an operator.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from laneway.expressions import nodes
from laneway.expressions.hints import FIRST_WORD_HINTS, LATER_WORD_HINTS, WORD_HINTS
from laneway.expressions.names import KEYWORDS, pieces_of
from laneway.expressions.nodes import Node
from laneway.expressions.operands import NEGATE
from laneway.expressions.parser import AND, COMPARE, INSTANCE, MULTIPLY, OR, POWER
from laneway.expressions.phrases import ADD
from laneway.expressions.temporal import function_of_at_literal, parse_at_literal

__all__ = ["to_text"]

_LOOSE, _OPERAND = 0, INSTANCE + 1
_LEVELS: dict[type[Node], int] = {
    nodes.If: _LOOSE, nodes.For: _LOOSE, nodes.Quantified: _LOOSE, nodes.FunctionLiteral: _LOOSE, nodes.Or: OR, nodes.And: AND,
    nodes.Comparison: COMPARE, nodes.Between: COMPARE, nodes.In: COMPARE, nodes.Negate: NEGATE, nodes.InstanceOf: INSTANCE,
}  # fmt: skip
_SIGN_LEVELS = {"+": ADD, "-": ADD, "*": MULTIPLY, "/": MULTIPLY, "**": POWER}
_BEGINS_BUILTIN = frozenset({"date", "years", "get"})
"""Words before which ``and`` or ``or`` could be read as part of a function's name."""
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_WORD = re.compile(r"[^\W\d]\w*")


def to_text(root: Node, known_names: Iterable[str] = ()) -> str:
    """Write a tree that the parser made of FEEL, an expression or unary tests.

    Parameters
    ----------
    root
        The tree. A part that belongs to JUEL alone is a ``TypeError``.
    known_names
        The names that were in scope when it was parsed, and will be when the text is.
    """
    return _Printer(root, known_names).print(root, _LOOSE)


class _Printer:
    def __init__(self, root: Node, known_names: Iterable[str]) -> None:
        self.known = frozenset(known_names)
        self.hiding = self.known.union(_names_of(root))
        self.tricky = {pieces_of(name)[:1] for name in self.hiding if not name.isidentifier()}

    def print(self, node: Node, minimum: int) -> str:
        """Write a node where operators that bind at least as tightly as ``minimum`` may stand without parentheses."""
        text = getattr(self, _METHODS[type(node)])(node) if type(node) in _METHODS else _foreign(node)
        if isinstance(node, (nodes.Arithmetic, nodes.Chain)):
            sign = node.operator if isinstance(node, nodes.Arithmetic) else node.rest[0][0]
            level = _SIGN_LEVELS[sign]
        else:
            level = _LEVELS.get(type(node), _OPERAND)
        return f"({text})" if level < minimum else text

    def name_text(self, name: str) -> str:
        words = name.split(" ")
        plain = (
            all(_WORD.fullmatch(word) and word not in KEYWORDS and (word,) not in self.tricky for word in words)
            and (len(words) == 1 or not any(word in LATER_WORD_HINTS or word in ("is", "IS", "not") for word in words))
            and (len(words) == 1 or words[0] not in FIRST_WORD_HINTS)
            and words[0] not in _BEGINS_BUILTIN
        )
        return name if plain and name not in WORD_HINTS else f"`{name}`"

    # Operands

    def literal(self, node: nodes.Literal) -> str:
        value = node.value
        if value is None:
            return "null"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, Decimal):
            text = str(value)
            return f"{text}e0" if text.lstrip("-").isdigit() else text  # digits alone read back as an int
        if isinstance(value, int):
            return str(value)
        if isinstance(value, str):
            return _quoted(value)
        return "@" + _quoted(str(value))

    def name(self, node: nodes.Name) -> str:
        return "?" if node.name == "?" else self.name_text(node.name)

    def builtin(self, node: nodes.Builtin) -> str:
        return node.name

    def input_value(self, node: nodes.InputValue) -> str:
        return "?"

    def path(self, node: nodes.Path) -> str:
        base = self.print(node.base, _OPERAND)
        return f"{base}.{self.name_text(node.name)}"

    def filter(self, node: nodes.Filter) -> str:
        return f"{self.print(node.base, _OPERAND)}[{self.print(node.condition, _LOOSE)}]"

    def call(self, node: nodes.Call) -> str:
        if isinstance(node.function, nodes.Builtin) and node.function.name in self.hiding and len(node.arguments) == 1:
            content = getattr(node.arguments[0], "value", None)
            # An @-literal that is none is a call too, which a name in scope doesn't hide.
            if (
                isinstance(content, str)
                and parse_at_literal(content) is None
                and function_of_at_literal(content) == node.function.name
            ):
                return "@" + _quoted(content)
        function = self.print(node.function, _OPERAND)
        if isinstance(node.function, nodes.Name) and not node.function.local and node.function.name not in self.known:
            function = f"({function})"
        if node.names is None:
            arguments = [self.print(argument, _LOOSE) for argument in node.arguments]
        else:
            arguments = [
                f"{self.name_text(name)}: {self.print(argument, _LOOSE)}"
                for name, argument in zip(node.names, node.arguments, strict=True)
            ]
        return f"{function}({', '.join(arguments)})"

    def list_literal(self, node: nodes.ListLiteral) -> str:
        return f"[{', '.join(self.print(item, _LOOSE) for item in node.items)}]"

    def context_literal(self, node: nodes.ContextLiteral) -> str:
        entries = (f"{self.key(name)}: {self.print(value, _LOOSE)}" for name, value in node.entries)
        return "{" + ", ".join(entries) + "}"

    def key(self, name: str) -> str:
        return name if _WORD.fullmatch(name) else _quoted(name)

    def range_literal(self, node: nodes.RangeLiteral) -> str:
        opening, closing = "[" if node.start_included else "(", "]" if node.end_included else ")"
        return f"{opening}{self.print(node.start, _LOOSE)}..{self.print(node.end, ADD)}{closing}"

    # Operators

    def negate(self, node: nodes.Negate) -> str:
        operand = self.print(node.operand, NEGATE)
        # A sign before digits is part of the number.
        return f"-({operand})" if operand[0].isdigit() else f"-{operand}"

    def arithmetic(self, node: nodes.Arithmetic) -> str:
        level = _SIGN_LEVELS[node.operator] + 1
        return f"{self.print(node.left, level)} {node.operator} {self.print(node.right, level)}"

    def chain(self, node: nodes.Chain) -> str:
        level = _SIGN_LEVELS[node.rest[0][0]] + 1
        rest = "".join(f" {sign} {self.print(operand, level)}" for sign, operand in node.rest)
        return self.print(node.first, level) + rest

    def comparison(self, node: nodes.Comparison) -> str:
        return f"{self.print(node.left, ADD)} {node.operator} {self.print(node.right, ADD)}"

    def conjunction(self, node: nodes.And) -> str:
        return " and ".join(self.print(operand, AND + 1) for operand in node.operands)

    def disjunction(self, node: nodes.Or) -> str:
        return " or ".join(self.print(operand, OR + 1) for operand in node.operands)

    def between(self, node: nodes.Between) -> str:
        value, low, high = (self.print(part, ADD) for part in (node.value, node.low, node.high))
        return f"{value} between {low} and {high}"

    def contained(self, node: nodes.In) -> str:
        value = self.print(node.value, ADD)
        if len(node.tests) == 1:
            return f"{value} in {self.test(node.tests[0], ADD)}"
        return f"{value} in ({', '.join(self.test(test, _LOOSE) for test in node.tests)})"

    def instance_of(self, node: nodes.InstanceOf) -> str:
        return f"{self.print(node.value, INSTANCE)} instance of {self.type_text(node.type)}"

    def type_text(self, kind: nodes.TypeReference) -> str:
        if kind.members:
            members = (f"{self.key(name)}: {self.type_text(member)}" for name, member in kind.members)
            return f"{kind.name}<{', '.join(members)}>"
        arguments = [self.type_text(argument) for argument in kind.arguments]
        if kind.name == "function" and arguments:
            return f"function<{', '.join(arguments[:-1])}> -> {arguments[-1]}"
        return f"{kind.name}<{', '.join(arguments)}>" if arguments else kind.name

    # Tests

    def one_sided(self, node: nodes.UnaryComparison) -> str:
        return f"({self.test(node, _LOOSE)})"

    def test(self, node: Node, minimum: int) -> str:
        if isinstance(node, nodes.UnaryComparison):
            return f"{node.operator} {self.print(node.operand, ADD)}"
        return self.print(node, minimum)

    def unary_tests(self, node: nodes.UnaryTests) -> str:
        if not node.tests:
            return "-"
        text = ", ".join(self.test(test, _LOOSE) for test in node.tests)
        if node.negated:
            return f"not({text})"
        first = node.tests[0]
        alone = len(node.tests) == 1 and isinstance(first, nodes.Call)
        return f"({text})" if alone and text.startswith("not(") else text

    # Words that begin something

    def choice(self, node: nodes.If) -> str:
        branches = "".join(
            f"if {self.print(condition, _LOOSE)} then {self.print(result, _LOOSE)} else "
            for condition, result in node.branches
        )
        otherwise = self.print(node.otherwise, _LOOSE)
        return branches + (f"({otherwise})" if isinstance(node.otherwise, nodes.If) else otherwise)

    def iterators(self, iterators: tuple[nodes.Iterator, ...]) -> str:
        return ", ".join(f"{self.name_text(one.name)} in {self.domain(one.domain)}" for one in iterators)

    def domain(self, node: Node) -> str:
        # In parentheses an `in` of its own can't be taken for that of a next iterator.
        return self.print(node, ADD)

    def loop(self, node: nodes.For) -> str:
        return f"for {self.iterators(node.iterators)} return {self.print(node.body, _LOOSE)}"

    def quantified(self, node: nodes.Quantified) -> str:
        return f"{node.kind} {self.iterators(node.iterators)} satisfies {self.print(node.condition, _LOOSE)}"

    def function(self, node: nodes.FunctionLiteral) -> str:
        parameters = ", ".join(
            self.name_text(name) + (f": {self.type_text(kind)}" if kind is not None else "")
            for name, kind in node.parameters
        )
        external = "external " if node.external else ""
        return f"function({parameters}) {external}{self.print(node.body, _LOOSE)}"


_METHODS: dict[type[Node], str] = {
    nodes.Literal: "literal", nodes.Name: "name", nodes.Builtin: "builtin", nodes.InputValue: "input_value", nodes.Path: "path",
    nodes.Filter: "filter", nodes.Call: "call", nodes.ListLiteral: "list_literal", nodes.ContextLiteral: "context_literal",
    nodes.RangeLiteral: "range_literal", nodes.Negate: "negate", nodes.Arithmetic: "arithmetic", nodes.Chain: "chain",
    nodes.Comparison: "comparison", nodes.And: "conjunction", nodes.Or: "disjunction", nodes.Between: "between",
    nodes.In: "contained", nodes.InstanceOf: "instance_of", nodes.UnaryComparison: "one_sided", nodes.UnaryTests: "unary_tests",
    nodes.If: "choice", nodes.For: "loop", nodes.Quantified: "quantified", nodes.FunctionLiteral: "function",
}  # fmt: skip


def _foreign(node: Node) -> str:
    raise TypeError(f"{type(node).__name__} is no part of FEEL")


def _quoted(text: str) -> str:
    return f'"{text.translate(_ESCAPES)}"'


def _names_of(root: Node) -> Iterable[str]:
    """List the names that a tree binds, with a stack since chains may be deep."""
    waiting: list[object] = [root]
    while waiting:
        node = waiting.pop()
        match node:
            case nodes.ContextLiteral():
                yield from (name for name, _ in node.entries)
            case nodes.FunctionLiteral():
                yield from (name for name, _ in node.parameters)
            case nodes.Iterator():
                yield node.name
        if isinstance(node, nodes.Node):
            waiting.extend(getattr(node, field) for field in node.__dataclass_fields__)
        elif isinstance(node, tuple):
            waiting.extend(node)
