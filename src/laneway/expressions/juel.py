"""The subset of JUEL that diagrams of Camunda 7, Flowable and their kin use (Jakarta EL 2.1, chapter 1).

``${…}`` and ``#{…}`` mean the same. One alone gives its value; text around or several together give a string. Syntax only
is here; what the nodes mean is in ``juel_compiler``.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import NamedTuple, NoReturn

from laneway.expressions import nodes
from laneway.expressions.errors import ExpressionSyntaxError
from laneway.expressions.expression import Expression
from laneway.expressions.juel_compiler import JuelCompiler
from laneway.expressions.juel_functions import FUNCTIONS, PREFIXES, VARIABLE_FUNCTIONS, VARIABLE_PREFIXES
from laneway.expressions.juel_hints import EXECUTION, FUNCTION_HINTS, HINTS
from laneway.expressions.juel_methods import GETTERS, METHODS, arity_of
from laneway.expressions.limits import MAX_PARSE_DEPTH, MAX_TEXT_LENGTH
from laneway.expressions.nodes import Node
from laneway.expressions.values import NUMBERS

__all__ = ["compile_composite", "compile_juel"]

_TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<word>[^\W\d][\w$]*|\$[\w$]+)
    | (?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdDlL]?)
    | (?P<string>"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+')
    | (?P<sign>===|\+=|->|!==|==|!=|<>|<=|>=|&&|\|\||[-+*/%<>=!?:.,()\[\]{}&|;^])
    """,
    re.VERBOSE | re.DOTALL,
)
_CALLED = re.compile(r":\s*([A-Za-z]+)\s*\(")
_WORD_OPERATORS = {
    "eq": "=", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "==": "=", "div": "/", "mod": "%", "and": "&&", "or": "||",
}  # fmt: skip
_LEVELS = {
    "||": 1, "&&": 2, "=": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}  # fmt: skip
_UNARY = 7
_COMPARISONS: dict[str, nodes.ComparisonOperator] = {"=": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_RESERVED = frozenset({"eq", "ne", "lt", "le", "gt", "ge", "div", "mod", "and", "or", "not", "empty", "instanceof"})


class _Token(NamedTuple):
    kind: str
    text: str
    start: int


def compile_juel(text: str) -> Expression:
    """Compile text with ``${…}`` or ``#{…}``; without either, the text is the inside of one."""
    stripped = text.strip()
    offset = len(text) - len(text.lstrip())
    if not ("${" in text or "#{" in text):
        parser = _Parser(text, 0)
        node = parser.expression(0)
        if parser.token.kind != "end":
            parser.fail("an operator or the end")
        return _expression(text, node, parser.names)
    if stripped.startswith(("${", "#{")):
        parser = _Parser(text, offset + 2)
        node = parser.expression(0)
        if parser.at("}") and parser.token.start + 1 == offset + len(stripped):
            return _expression(text, node, parser.names)
    return compile_composite(text)


def compile_composite(text: str) -> Expression:
    """Compile text with expressions in it; the result is always a string."""
    _check_length(text)
    parts: list[Node] = []
    names: set[str] = set()
    position, plain = 0, ""
    while position < len(text):
        if text.startswith(("\\${", "\\#{"), position):
            plain += text[position + 1 : position + 3]
            position += 3
        elif text.startswith(("${", "#{"), position):
            if plain:
                parts.append(nodes.Literal(position, plain))
                plain = ""
            parser = _Parser(text, position + 2)
            parts.append(parser.expression(0))
            parser.expect("}", "a } that ends the expression, or an operator")
            names |= parser.names
            position = parser.ended
        else:
            following = min(
                (at for at in (text.find(mark, position + 1) for mark in ("\\", "$", "#")) if at > 0), default=len(text)
            )
            plain += text[position:following]
            position = following
    if plain or not parts:
        parts.append(nodes.Literal(0, plain))
    return _expression(text, nodes.Composite(0, tuple(parts)), names)


def _expression(text: str, node: Node, names: set[str]) -> Expression:
    compiler = JuelCompiler(text)
    closure = compiler.closure(node)
    return Expression(text, "JUEL", frozenset(names), not names and not compiler.uses_clock, closure)


def _check_length(text: str) -> None:
    if len(text) > MAX_TEXT_LENGTH:
        raise ExpressionSyntaxError(
            f"The expression has {len(text)} characters, more than {MAX_TEXT_LENGTH}", text[:200], 1
        )


class _Parser:
    """Reads one expression from ``position`` up to the ``}`` around it; looks one token ahead."""

    def __init__(self, text: str, position: int) -> None:
        _check_length(text)
        self.text = text
        self.names: set[str] = set()
        self.depth = 0
        self.ended = position
        self.position = position
        self.token = self._next()

    def _next(self) -> _Token:
        while self.position < len(self.text):
            match = _TOKEN.match(self.text, self.position)
            if match is None:
                character = self.text[self.position]
                hint = "Close the quote." if character in "\"'" else None
                if self.text.startswith(("${", "#{"), self.position):
                    hint = "Write one ${…} around the whole expression."
                raise ExpressionSyntaxError(
                    f"Unexpected character {character}", self.text, self.position + 1, character, "an expression", hint
                )
            start, self.position = self.position, match.end()
            if match.lastgroup != "space":
                return _Token(match.lastgroup or "", match[0], start)
        return _Token("end", "", len(self.text))

    def advance(self) -> _Token:
        token = self.token
        self.ended = token.start + len(token.text)
        # After the closing brace comes text that isn't JUEL.
        self.token = _Token("end", "", self.position) if token.text == "}" else self._next()
        return token

    def at(self, sign: str) -> bool:
        return self.token.text == sign and self.token.kind == "sign"

    def expect(self, sign: str, expected: str) -> None:
        if not self.at(sign):
            self.fail(expected)
        self.advance()

    def fail(self, expected: str, hint: str | None = None) -> NoReturn:
        token = self.token
        hint = hint or HINTS.get(token.text)
        if token.kind == "end":
            raise ExpressionSyntaxError(
                f"The expression ends where {expected} should be", self.text, token.start + 1, "", expected,
                hint or "Every ${ needs a }.",
            )  # fmt: skip
        shown = token.text[:40]
        raise ExpressionSyntaxError(
            f"Found {shown} where {expected} should be", self.text, token.start + 1, shown, expected, hint
        )

    def expression(self, minimum: int) -> Node:
        self.depth += 1
        if self.depth > MAX_PARSE_DEPTH:
            raise ExpressionSyntaxError(
                f"The expression is nested more than {MAX_PARSE_DEPTH} levels deep", self.text, self.token.start + 1
            )
        left = self.unary()
        while True:
            token = self.token
            operator = _WORD_OPERATORS.get(token.text, token.text)
            level = _LEVELS.get(operator, 0)
            if not level or level < minimum or token.kind not in ("sign", "word") or token.text == "=":
                break
            left = self.binary(left, operator, level)
        if minimum == 0 and self.at("?"):
            start = self.advance().start
            consequence = self.expression(0)
            self.expect(":", "a : of the choice a ? b : c")
            left = nodes.If(start, ((left, consequence),), self.expression(0))
        self.depth -= 1
        return left

    def binary(self, left: Node, operator: str, level: int) -> Node:
        """Read all operators of one level; they group to the left, and sums stay flat."""
        start = self.token.start
        rest: list[tuple[str, Node]] = []
        following = operator
        while _LEVELS.get(following) == level and self.token.kind in ("sign", "word") and self.token.text != "=":
            self.advance()
            rest.append((following, self.expression(level + 1)))
            following = _WORD_OPERATORS.get(self.token.text, self.token.text)
        if operator == "&&" or operator == "||":
            operands = (left, *(node for _, node in rest))
            return nodes.And(start, operands) if operator == "&&" else nodes.Or(start, operands)
        if operator in _COMPARISONS:
            for sign, right in rest:
                left = nodes.Comparison(start, _COMPARISONS[sign], left, right)
            return left
        if len(rest) == 1:
            return nodes.Arithmetic(start, operator, left, rest[0][1])
        return nodes.Chain(start, left, tuple(rest))

    def unary(self) -> Node:
        token = self.token
        text, start = token.text, token.start
        if token.kind == "word" and text in ("not", "empty"):
            self.advance()
            return (nodes.Not if text == "not" else nodes.Empty)(start, self.expression(_UNARY))
        if token.kind == "sign" and text in ("!", "-"):
            self.advance()
            return (nodes.Not if text == "!" else nodes.Negate)(start, self.expression(_UNARY))
        return self.postfix(self.primary())

    def primary(self) -> Node:
        token = self.token
        kind, text, start = token
        if kind == "number":
            self.advance()
            number = NUMBERS.create_decimal(text.rstrip("fFdDlL"))
            if not number.is_finite():
                self.fail("a smaller number")
            return nodes.Literal(start, int(text) if text.isdigit() and len(text) <= 34 else number)
        if kind == "string":
            self.advance()
            return nodes.Literal(start, re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL))
        if kind == "word" and text not in _RESERVED:
            self.advance()
            if text in ("true", "false"):
                return nodes.Literal(start, text == "true")
            if text == "null":
                return nodes.Literal(start, None)
            return self.name(text, start)
        if self.at("("):
            self.advance()
            node = self.expression(0)
            self.expect(")", "a ) or an operator")
            return node
        self.fail("an expression")

    def name(self, text: str, start: int) -> Node:
        if self.at(":") and text in VARIABLE_PREFIXES:
            return self.variable_function(text, start)
        if self.at("("):
            return self.function(text, start)
        if self.at(":") and text in PREFIXES:
            called = _CALLED.match(self.text, self.token.start)
            if called is not None and f"{text}:{called[1]}" in FUNCTIONS:
                self.advance()
                self.advance()
                return self.function(f"{text}:{called[1]}", start)
        if self.token.kind == "word" and self.token.text in ("is", "in"):
            self.fail("an operator")
        if text in ("True", "False", "None"):
            self.fail("an operator", "Write true, false or null.")
        self.names.add(text)
        return nodes.Name(start, text)

    def function(self, text: str, start: int) -> Node:
        if text not in FUNCTIONS:
            self.token = _Token("word", text, start)
            hint = f"There is no function {text}; there are {', '.join(FUNCTIONS)}, and methods, as in name.length()."
            self.fail("a variable", FUNCTION_HINTS.get(text, hint))
        arguments = self.arguments()
        if len(arguments) != FUNCTIONS[text][0]:
            self.wrong_number(text, start, {FUNCTIONS[text][0]}, len(arguments))
        return nodes.Call(start, nodes.Name(start, text), arguments, None)

    def variable_function(self, prefix: str, start: int) -> Node:
        """Flowable's ``variables:…``, whose first argument is the name of a variable that need not exist."""
        self.advance()
        function = self.token.text
        if function not in VARIABLE_FUNCTIONS:
            self.fail(f"a function of {prefix}:", f"There are {', '.join(VARIABLE_FUNCTIONS)}.")
        self.advance()
        self.expect("(", "a ( with the arguments")
        token = self.advance()
        if token.kind not in ("word", "string"):
            self.fail("the name of a variable")
        name = token.text.strip("'\"")
        self.names.add(name)
        arguments: list[Node] = [nodes.Literal(token.start, name)]
        while self.at(","):
            self.advance()
            arguments.append(self.expression(0))
        self.expect(")", "a comma or a )")
        fewest, most = VARIABLE_FUNCTIONS[function][0]
        if not fewest < len(arguments) <= most + 1:
            self.wrong_number(f"{prefix}:{function}", start, {fewest + 1, most + 1}, len(arguments))
        return nodes.Call(start, nodes.Name(start, f"{prefix}:{function}"), tuple(arguments), None)

    def wrong_number(self, name: str, start: int, counts: set[int], found: int) -> NoReturn:
        expected = " or ".join(map(str, sorted(counts)))
        raise ExpressionSyntaxError(
            f"{name}() takes another number of arguments than {found}", self.text, start + 1, name, expected,
            f"It takes {expected}.",
        )  # fmt: skip

    def arguments(self) -> tuple[Node, ...]:
        self.advance()
        arguments: list[Node] = []
        while not self.at(")"):
            if arguments:
                self.expect(",", "a comma or a )")
            arguments.append(self.expression(0))
        self.advance()
        return tuple(arguments)

    def postfix(self, node: Node) -> Node:
        while self.token.kind == "sign":
            start = self.token.start
            if self.at("."):
                self.advance()
                if self.token.kind != "word":
                    self.fail("the name of a property or method")
                token = self.advance()
                if self.at("("):
                    node = self.method(node, token, start)
                else:
                    if isinstance(node, nodes.Name) and node.name == "execution":
                        self.check_execution(token.text, token.start)
                    node = nodes.Path(start, node, token.text)
            elif self.at("["):
                self.advance()
                key = self.expression(0)
                self.expect("]", "a ] after the index or key")
                node = nodes.Filter(start, node, key)
            else:
                break
        return node

    def method(self, base: Node, token: _Token, start: int) -> Node:
        name = token.text
        arguments = self.arguments()
        if isinstance(base, nodes.Name) and base.name == "execution":
            return self.execution_method(base, name, arguments, token.start)
        counts = arity_of(name)
        if GETTERS.fullmatch(name):
            counts.add(0)
        if not counts:
            close = get_close_matches(name, {known for methods in METHODS.values() for known in methods}, 1)
            hint = f"Did you mean {close[0]}()? " if close else ""
            raise ExpressionSyntaxError(
                f"There is no method {name}()", self.text, token.start + 1, name, "a method of texts, lists, maps, numbers or dates",
                f"{hint}Code of a bean does not run here: let a service task do it and read its result.",
            )  # fmt: skip
        if len(arguments) not in counts:
            self.wrong_number(name, token.start, counts, len(arguments))
        return nodes.MethodCall(start, base, name, arguments)

    def execution_method(self, base: nodes.Name, name: str, arguments: tuple[Node, ...], start: int) -> Node:
        """``execution.getVariable("x")`` and ``hasVariable``, and getters of what is known of an execution."""
        if name in ("getVariable", "getVariableLocal", "hasVariable", "hasVariableLocal"):
            if len(arguments) != 1:
                self.wrong_number(name, start, {1}, len(arguments))
            first = arguments[0]
            self.names.discard("execution")
            if isinstance(first, nodes.Literal) and isinstance(first.value, str):
                self.names.add(first.value)
        elif arguments or not name.startswith("get"):
            raise ExpressionSyntaxError(
                f"execution.{name}() can't be called", self.text, start + 1, name, "getVariable or hasVariable",
                'There are execution.getVariable("name") and execution.hasVariable("name"); variables are set by output mappings.',
            )  # fmt: skip
        else:
            self.check_execution(name[3:4].lower() + name[4:], start)
        return nodes.MethodCall(start, base, name, arguments)

    def check_execution(self, name: str, start: int) -> None:
        """Only what the runtime can say of an execution is let through."""
        if name not in EXECUTION:
            hint = f"There are {', '.join(EXECUTION)}."
            if name in ("processBusinessKey", "businessKey"):
                hint = "There are no business keys; give the key as a variable and read that."
            raise ExpressionSyntaxError(
                f"An execution has no {name} here", self.text, start + 1, name, "a property of the execution", hint
            )
