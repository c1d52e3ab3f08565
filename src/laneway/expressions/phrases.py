"""What begins with a word of FEEL: constants, conditionals, loops, quantifiers, functions (DMN 1.5, 10.3.1.2)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from laneway.expressions import nodes
from laneway.expressions.hints import LATER_WORD_HINTS
from laneway.expressions.lexer import Token
from laneway.expressions.names import KEYWORDS
from laneway.expressions.nodes import Node
from laneway.expressions.remedies import BEGINS_WITH_KEYWORD, CLOSING
from laneway.expressions.type_reader import TypeReader

__all__ = ["ADD", "PhraseParser"]

ADD = 4
"""How tightly ``+`` binds, which the ends of ranges must know; all levels are in ``parser``."""
_OLD_FUNCTIONS = {"and": "all", "or": "any"}
"""``and(list)`` and ``or(list)`` of DMN 1.1 (table 44), which Camunda documents still."""


class PhraseParser(TypeReader, ABC):
    """The part of a parser that reads expressions which a word begins."""

    __slots__ = ()

    @abstractmethod
    def expression(self, minimum: int) -> Node:
        """Read an expression of operators that bind at least this tightly."""

    def called_by_old_name(self) -> bool:
        """Say whether ``and`` or ``or`` is called here as a function, and is no operator written twice."""
        following = self.tokens[self.index + 1]
        if following.text != "(" or following.kind != "sign":
            return False
        return self.index == 0 or self.tokens[self.index - 1].text not in _OLD_FUNCTIONS

    def keyword(self, token: Token) -> Node:
        text, start = token.text, token.start
        if text in self._longer and text not in ("true", "false", "null"):
            name = self.longest(self._longer, words_only=True)
            if name:
                return self.reference(name, start)
        if text in _OLD_FUNCTIONS and self.called_by_old_name():
            self.index += 1
            return self.reference(_OLD_FUNCTIONS[text], start)
        if text not in BEGINS_WITH_KEYWORD:
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
            found.append(nodes.Iterator(start, name, self.domain()))
            self.bind(name)
            if not self.at(","):
                return tuple(found)
            self.index += 1

    def domain(self) -> Node:
        """Read what an iterator goes through: an expression, or a range without brackets."""
        start = self.tokens[self.index].start
        first = self.expression(0)
        return self.open_range(first, start) if self.at("..") else first

    def open_range(self, first: Node, start: int) -> Node:
        """Read the rest of a range without brackets."""
        self.index += 1
        return nodes.RangeLiteral(start, first, self.expression(ADD), True, True)

    def separate_iterators(self) -> None:
        """Put the comma that older texts leave out before the next ``name in``."""
        tokens, index, depth = self.tokens, self.index, 0
        words = 0
        while depth or tokens[index].text not in ("satisfies", ",", "return", "if", "for", "some", "every", "function"):
            token = tokens[index]
            if token.kind == "end":
                return
            if token.kind == "sign":
                depth += (token.text in CLOSING) - (token.text in CLOSING.values())
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
