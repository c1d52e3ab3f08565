"""Operands of FEEL: literals, names, brackets, calls, and the words that begin something (DMN 1.5, 10.3.1.2)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NoReturn

from laneway.expressions import nodes
from laneway.expressions.errors import ExpressionSyntaxError
from laneway.expressions.hints import LATER_WORD_HINTS, SIGN_HINTS, UNIT_HINTS, WORD_HINTS
from laneway.expressions.lexer import Token, read_string, tokenize
from laneway.expressions.limits import MAX_PARSE_DEPTH
from laneway.expressions.names import KEYWORDS, NameReader
from laneway.expressions.nodes import Node
from laneway.expressions.temporal import function_of_at_literal, parse_at_literal
from laneway.expressions.values import NUMBERS

__all__ = ["ADD", "COMPARISON_SIGNS", "NEGATE", "OperandParser"]

ADD, NEGATE = 4, 7
"""How tightly operators bind where operands must know it; all levels are in ``parser``."""
COMPARISON_SIGNS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_BEGINS_WITH_SIGN = frozenset({"(", "[", "]", "{", "-", "?"})
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_TEST_MAY_STAND_AFTER = frozenset({"(", "[", ",", ":", "then", "else", "return", "in"})
_NULL = nodes.Literal(0, None)
_BEGINS_WITH_KEYWORD = frozenset({"true", "false", "null", "if", "for", "some", "every", "function"})


class OperandParser(NameReader):
    """Everything of the grammar but operators, which a derived class has."""

    __slots__ = ("depth", "unary")

    def __init__(
        self,
        text: str,
        known_names: Iterable[str] | None,
        functions: Iterable[str],
        *,
        strict: bool = True,
        members: Iterable[str] = (),
    ) -> None:
        super().__init__(text, tokenize(text), known_names, functions, strict=strict, members=members)
        self.depth = 0
        self.unary = False

    def expression(self, minimum: int) -> Node:
        """Read an expression of operators that bind at least this tightly."""
        return self.postfix(self.primary())

    def test(self, minimum: int = 0) -> Node:
        """Read one unary test."""
        return self.expression(minimum)

    # What stops it

    def fail(self, token: Token, expected: str, hint: str | None = None) -> NoReturn:
        hint = hint or self.remedy(token)
        if token.kind == "end":
            message, found = f"The expression ends where {expected} should be", ""
            if not self.text.strip():
                message = "The expression is empty"
        else:
            found = token.text if len(token.text) <= 40 else token.text[:39] + "…"
            message = f"Found {found} where {expected} should be"
        raise ExpressionSyntaxError(message, self.text, token.start + 1, found, expected, hint)

    def remedy(self, token: Token) -> str | None:
        """Guess what was meant by what stands in the wrong place."""
        place = next((index for index, other in enumerate(self.tokens) if other.start >= token.start), 0)
        before = self.tokens[place - 1].text if place else ""
        after = self.tokens[place + 1].text if place + 1 < len(self.tokens) else ""
        text = token.text
        if token.kind == "end":
            if before == "]" and place > 1 and self.tokens[place - 2].text == ",":
                return "Remove the comma before ]."
            return self._unclosed(token)
        if text in (")", "]", "}"):
            return f"Remove the comma before {text}." if before == "," else self._unclosed(token)
        if text in COMPARISON_SIGNS and before in ("and", "or"):
            return "Name what is compared each time: x > 5 and x < 10; or write a range: x in (5..10)."
        if before == "!=" and text == "=":
            return "Write != for unequal."
        if before in ("=", ">", "<", "!") and text in ("=", "<", ">"):
            return "The signs are <=, >= and !=, written without a space."
        if text == "?" and after in (".", "?"):
            return "Write a.b, which is null where a is; get or else(a, b) for a default."
        if text == "for" and token.kind == "word":
            return "Write for x in list return x."
        if text == "{" and before == "{":
            return "Write the name of a variable alone, without braces."
        if text in KEYWORDS and token.kind == "word" and text not in _BEGINS_WITH_KEYWORD:
            return f"{text} is a word of FEEL; a variable of that name is written `{text}`, in backticks."
        return SIGN_HINTS.get(text) or WORD_HINTS.get(text)

    def _unclosed(self, end: Token) -> str | None:
        opened: list[Token] = []
        for token in self.tokens:
            if token.start >= end.start:
                break
            if token.kind != "sign":
                continue
            if token.text in _CLOSING:
                opened.append(token)
            elif opened and token.text == _CLOSING[opened[-1].text]:
                opened.pop()
        if not opened:
            return None
        return (
            f"The {opened[-1].text} at column {opened[-1].start + 1} is not closed: add a {_CLOSING[opened[-1].text]}."
        )

    def expect(self, sign: str, expected: str, hint: str | None = None) -> Token:
        token = self.tokens[self.index]
        if token.text != sign or token.kind not in ("sign", "word"):
            self.fail(token, expected, hint)
        self.index += 1
        return token

    def at(self, sign: str) -> bool:
        token = self.tokens[self.index]
        return token.text == sign and token.kind == "sign"

    def expect_end(self) -> None:
        token = self.tokens[self.index]
        if token.kind == "end":
            return
        hint = None
        before = self.tokens[self.index - 1]
        if token.kind == "string":
            hint = "Texts are joined with +."
        elif token.text in ")]}":
            hint = f"There is a {token.text} too many."
        elif token.text == "," and before.kind == "number":
            hint = "Numbers have a point and nothing between the thousands: 1234.5. Several values go in a list [a, b]."
        elif token.text == "," or token.text == ":":
            hint = "Several values go in a list [a, b] or a context {a: 1}."
        elif token.text == "if":
            hint = "Write if a then b else c."
        elif token.text == "for":
            hint = "Write for x in list return x."
        elif before.kind == "number" and token.kind == "word" and token.text not in KEYWORDS:
            hint = UNIT_HINTS.get(
                token.text.lower().removesuffix("s"), f"Write {before.text} * {token.text} to multiply."
            )
        elif token.text == "-" or token.kind == "number" or token.text == "{":
            hint = "An operator is missing before it."
        self.fail(token, "an operator or the end", hint)

    def begins_expression(self, token: Token) -> bool:
        if token.kind == "word":
            return token.text not in KEYWORDS or token.text in _BEGINS_WITH_KEYWORD
        return token.kind not in ("sign", "end") or token.text in _BEGINS_WITH_SIGN

    # Operands

    def primary(self) -> Node:
        token = self.tokens[self.index]
        kind, text, start, _ = token
        if kind == "word":
            if text in KEYWORDS:
                return self.keyword(token)
            return self.reference(self.name(), start)
        if kind == "number":
            self.index += 1
            number = _number(text)
            if number is None:
                self.fail(token, "a number of at most 34 digits and an exponent up to 6144")
            return nodes.Literal(start, number)
        if kind == "string":
            self.index += 1
            return nodes.Literal(start, read_string(text))
        if kind == "quoted":
            self.index += 1
            return self.reference(text[1:-1], start)
        if kind == "at":
            self.index += 1
            return self.at_literal(token)
        if kind == "end" or text not in _BEGINS_WITH_SIGN:
            if text in COMPARISON_SIGNS and kind == "sign" and self.one_sided_range_may_stand():
                return self.test()
            self.fail(token, "an expression")
        return self.bracketed(token)

    def one_sided_range_may_stand(self) -> bool:
        """``> 5`` is an expression of its own (rule 2h), but after an operator it is a slip."""
        if self.index == 0:
            return not self.strict
        before = self.tokens[self.index - 1]
        return before.kind in ("sign", "word") and before.text in _TEST_MAY_STAND_AFTER

    def bracketed(self, token: Token) -> Node:
        text, start = token.text, token.start
        self.index += 1
        if text == "-":
            # The sign belongs to a number right after it (rule 35), so that -5 instance of number is true.
            operand = self.primary() if self.tokens[self.index].kind == "number" else self.expression(NEGATE)
            if isinstance(operand, nodes.Literal):
                if type(operand.value) is int:
                    return nodes.Literal(start, -operand.value)
                if isinstance(operand.value, Decimal):
                    return nodes.Literal(start, NUMBERS.minus(operand.value))
            return nodes.Negate(start, operand)
        if text == "(":
            if self.tokens[self.index].text in COMPARISON_SIGNS:
                node = self.test()
                self.expect(")", "a )")
                return node
            node = self.expression(0)
            if self.at(".."):
                return self.range_rest(token, node, included=False)
            if self.at(",") and self.index > 2:
                self.fail(self.tokens[self.index], "a ) or an operator", self._side_by_side(token))
            self.expect(")", "a ) or an operator")
            return node
        if text == "[" or text == "]":
            return self.list_or_range(token)
        if text == "{":
            return self.context(token)
        self.index -= 1
        if (name := self.longest(self._longer)) or (self._filters and (name := self.longest(self._members))):
            return self.reference(name, start)
        self.index += 1
        if self.is_local("?") or (self.known is not None and "?" in self.known):
            return self.reference("?", start)
        if not self.unary:
            self.fail(token, "an expression")
        return nodes.InputValue(start)

    def _side_by_side(self, opening: Token) -> str:
        place = self.tokens.index(opening)
        if place and self.tokens[place - 1].text == "if":
            return "Write if a then b else c."
        return "Several values go in a list: [a, b]."

    def list_or_range(self, token: Token) -> Node:
        if token.text == "[" and self.at("]"):
            following = self.tokens[self.index + 1]
            if following.kind == "sign" or not self.begins_expression(following):
                self.index += 1
                return nodes.ListLiteral(token.start, ())
            # Else it opens the first range of the list: []1..5[, 7].
        items = [self.expression(0)]
        if self.at("..") or token.text == "]":
            return self.range_rest(token, items[0], included=token.text == "[")
        while self.at(","):
            self.index += 1
            items.append(self.expression(0))
        self.expect("]", "a ] or a comma")
        return nodes.ListLiteral(token.start, tuple(items))

    def range_rest(self, opening: Token, start: Node, *, included: bool) -> Node:
        self.expect("..", "`..` of a range")
        end = self.expression(ADD)
        closing = self.tokens[self.index]
        if closing.kind != "sign" or closing.text not in ("]", ")", "["):
            self.fail(closing, "a ] or ) that closes the range")
        self.index += 1
        return nodes.RangeLiteral(opening.start, start, end, included, closing.text == "]")

    def context(self, token: Token) -> Node:
        entries: list[tuple[str, Node]] = []
        twice: str | None = None
        self.push_scope(())
        names = self._bound[-1]
        while not self.at("}"):
            if entries:
                self.expect(",", "a comma or a }")
            key_token = self.tokens[self.index]
            key = self.binding_name(":", hint=self._key_hint(key_token))
            self.expect(":", "a : after the name of the entry")
            if key in names:
                if self.strict:
                    self.fail(key_token, "another name", f"The context has two entries named {key}.")
                twice = twice or key
            entries.append((key, self.expression(0)))
            self.bind(key)
            self.member(key)
        self.index += 1
        self.pop_scope()
        if twice is not None:  # null (10.3.2.6: keys are distinct), as the function says that takes entries from a list
            entry = nodes.ContextLiteral(token.start, (("key", nodes.Literal(token.start, twice)), ("value", _NULL)))
            items = nodes.ListLiteral(token.start, (entry, entry))
            return nodes.Call(token.start, nodes.Builtin(token.start, "context"), (items,), None)
        return nodes.ContextLiteral(token.start, tuple(entries))

    def _key_hint(self, token: Token) -> str | None:
        if token.text == "}":
            return "Remove the comma before }."
        if token.kind == "number":
            return 'A key is a name or a text: {"1": a}.'
        if token.text == "{":
            return "Write the name of a variable alone, without braces."
        return None

    def at_literal(self, token: Token) -> Node:
        content = read_string(token.text[1:].lstrip())
        value = parse_at_literal(content)
        if value is None and not self.strict:  # its function says what is wrong when it is evaluated
            function = nodes.Builtin(token.start, function_of_at_literal(content))
            return nodes.Call(token.start, function, (nodes.Literal(token.start, content),), None)
        if value is None:
            hint = 'Examples: @"2026-01-31", @"10:30:00", @"2026-01-31T10:30:00Z", @"P3D", @"P1Y2M".'
            self.fail(token, "a date, time or duration in ISO 8601", hint)
        return nodes.Literal(token.start, value)

    def postfix(self, node: Node) -> Node:
        while True:
            token = self.tokens[self.index]
            if token.kind != "sign":
                return node
            if token.text == ".":
                self.index += 1
                node = nodes.Path(token.start, node, self.property_name())
            elif token.text == "(":
                self.index += 1
                node = self.call(node, token)
            elif token.text == "[" and self.begins_expression(self.tokens[self.index + 1]):
                # Else it closes a range: ]1..5[.
                self.index += 1
                self.push_scope(("item",), filtering=True)
                condition = self.expression(0)
                self.pop_scope(filtering=True)
                self.expect("]", "a ] that ends the filter")
                node = nodes.Filter(token.start, node, condition)
            else:
                return node

    def call(self, function: Node, token: Token) -> Node:
        arguments: list[Node] = []
        names: list[str] = []
        while not self.at(")"):
            if arguments:
                self.expect(",", "a comma or a )")
            name = self.argument_name()
            if name is not None:
                names.append(name)
            arguments.append(self.expression(0))
            if names and len(names) != len(arguments):
                self.fail(token, "named arguments only", "Name all arguments of a call or none.")
        self.index += 1
        return nodes.Call(token.start, function, tuple(arguments), tuple(names) if names else None)

    # Words that begin something

    def keyword(self, token: Token) -> Node:
        text, start = token.text, token.start
        if text in self._longer and text not in ("true", "false", "null"):
            name = self.longest(self._longer, words_only=True)
            if name:
                return self.reference(name, start)
        if text not in _BEGINS_WITH_KEYWORD:
            self.fail(token, "an expression")
        self.index += 1
        if text == "true" or text == "false":
            return nodes.Literal(start, text == "true")
        if text == "null":
            return nodes.Literal(start, None)
        if text == "if":
            return self.choice(start)
        if text == "for":
            iterators = self.iterators()
            self.expect("return", "`return` or another iterator after a comma")
            self.bind("partial")
            node: Node = nodes.For(start, iterators, self.expression(0))
            self.pop_scope()
            return node
        if text == "function":
            return self.function(start)
        iterators = self.iterators(commas=False)
        self.expect("satisfies", "`satisfies` or another iterator after a comma")
        node = nodes.Quantified(start, "some" if text == "some" else "every", iterators, self.expression(0))
        self.pop_scope()
        return node

    def choice(self, start: int) -> Node:
        branches: list[tuple[Node, Node]] = []
        while True:
            condition = self.expression(0)
            self.expect("then", "`then` or an operator", "FEEL's if is written: if … then … else ….")
            consequence = self.expression(0)
            branches.append((condition, consequence))
            hint = LATER_WORD_HINTS.get(self.tokens[self.index].text)
            self.expect("else", "`else` or an operator", hint or "FEEL's if always has both: if … then … else ….")
            if self.tokens[self.index].text != "if" or self.tokens[self.index].kind != "word":
                return nodes.If(start, tuple(branches), self.expression(0))
            self.index += 1

    def iterators(self, *, commas: bool = True) -> tuple[nodes.Iterator, ...]:
        """Read ``x in xs, y in ys`` and leave the names bound; the caller ends the scope.

        Quantified expressions could stand without commas up to DMN 1.1.
        """
        found: list[nodes.Iterator] = []
        self.push_scope(())
        while True:
            start = self.tokens[self.index].start
            name = self.binding_name("in", hint="Write for x in list return …; some x in list satisfies ….")
            self.expect("in", "`in` after the name of the iterator", "Write for x in list return ….")
            if not commas:
                self.separate_iterators()
            domain = self.expression(0)
            if self.at(".."):
                self.index += 1
                domain = nodes.RangeLiteral(start, domain, self.expression(ADD), True, True)
            found.append(nodes.Iterator(start, name, domain))
            self.bind(name)
            if not self.at(","):
                return tuple(found)
            self.index += 1

    def separate_iterators(self) -> None:
        """Put the comma that older texts leave out before the next ``name in``."""
        tokens, index, depth = self.tokens, self.index, 0
        words = 0
        while depth or tokens[index].text not in ("satisfies", ",", "return", "if", "for", "some", "every", "function"):
            token = tokens[index]
            if token.kind == "end":
                return
            if token.kind == "sign":
                depth += (token.text in _CLOSING) - (token.text in _CLOSING.values())
                if depth < 0:
                    return
            if token.text == "in" and token.kind == "word" and not depth:
                first = index - words
                operand = words == 1 and (
                    tokens[first - 1].kind in ("number", "string", "at") or tokens[first - 1].text in (")", "]", "}")
                )
                if operand or (words > 1 and not self._known(" ".join(part.text for part in tokens[first:index]))):
                    place = tokens[index - 1].start
                    tokens.insert(index - 1, Token("sign", ",", place, place))
                return
            words = words + 1 if token.kind == "word" and token.text not in KEYWORDS else 0
            index += 1

    def function(self, start: int) -> Node:
        self.expect("(", "a ( with the parameters")
        parameters: list[tuple[str, nodes.TypeReference | None]] = []
        while not self.at(")"):
            if parameters:
                self.expect(",", "a comma or a )")
            name = self.binding_name(":", ",", ")")
            kind = None
            if self.at(":"):
                self.index += 1
                kind = self.type_reference()
            parameters.append((name, kind))
        self.index += 1
        external = self.tokens[self.index].text == "external" and self.tokens[self.index].kind == "word"
        if external and self.strict:
            self.fail(
                self.tokens[self.index], "the body", "Functions outside FEEL are not reached; use a service task."
            )
        self.index += external
        self.push_scope(name for name, _ in parameters)
        body = self.expression(0)
        self.pop_scope()
        return nodes.FunctionLiteral(start, tuple(parameters), body, external)

    def item_type_name(self) -> str | None:
        """Read the name of an item definition, perhaps behind that of an import; diagrams have none."""
        token = self.tokens[self.index]
        if not self.strict and token.kind == "quoted":
            self.index += 1
            return token.text[1:-1]
        if self.strict or not self.begins_name():
            return None
        name = self.name()
        while self.at(".") and self.tokens[self.index + 1].kind == "word":
            self.index += 1
            name += "." + self.name()
        return name

    def begins_name(self) -> bool:
        token = self.tokens[self.index]
        return token.kind == "word" and token.text not in KEYWORDS

    def type_reference(self) -> nodes.TypeReference:
        self.depth += 1
        if self.depth > MAX_PARSE_DEPTH:
            self.fail(self.tokens[self.index], "a simpler type")
        token = self.tokens[self.index]
        name = self.type_name() or self.item_type_name()
        if name is None:
            self.fail(token, "the name of a type", "Types: string, number, boolean, date, time, list<…>, context<…> …")
        arguments: list[nodes.TypeReference] = []
        members: list[tuple[str, nodes.TypeReference]] = []
        if name == "function" and self.at("<>"):
            self.split_sign()  # a function without parameters
        if self.at("<") and name in ("list", "context", "function", "range"):
            self.index += 1
            while not self.closes_type():
                if arguments or members:
                    self.expect(",", "a comma or a >")
                if name == "context":
                    member = self.binding_name(":")
                    self.expect(":", "a : after the name of the entry")
                    members.append((member, self.type_reference()))
                else:
                    arguments.append(self.type_reference())
            self.index += 1
            if name == "function":
                self.expect("->", "`->` and the type of the result")
                arguments.append(self.type_reference())
        self.depth -= 1
        return nodes.TypeReference(token.start, name, tuple(arguments), tuple(members))

    def closes_type(self) -> bool:
        """Say whether a ``>`` stands here, if need be the first half of a ``>=``."""
        if self.at(">="):
            self.split_sign()
        return self.at(">")

    def split_sign(self) -> None:
        """Read a sign of two characters as two signs."""
        token = self.tokens[self.index]
        self.tokens[self.index : self.index + 1] = [
            Token("sign", token.text[0], token.start, token.start + 1), Token("sign", token.text[1], token.start + 1, token.end)
        ]  # fmt: skip


def _number(text: str) -> int | Decimal | None:
    if text.isdigit() and len(text.lstrip("0")) <= 34:
        return int(text)
    number = NUMBERS.create_decimal(text)
    return number if number.is_finite() else None
