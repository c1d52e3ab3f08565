"""A matcher that goes back and tries again, for what RE2 can't do: back-references, long repetitions, halves of characters.

It runs a program of small instructions on a stack of its own, so that no pattern is too deep, and pays for every
instruction, so that no pattern runs for long. Which match it finds is what XPath functions 2.0, 7.6.2 say: the leftmost,
of alternatives the first, as much as can be for a quantifier without ``?``.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

from laneway.expressions.limits import CHARACTERS_PER_STEP
from laneway.expressions.regex.characters import Characters, holds, variants
from laneway.expressions.regex.syntax import Anchor, Choice, Group, Node, OneOf, Reference, Regex, Repeat, Sequence
from laneway.expressions.run import Run

__all__ = ["Program"]

_COST = 5
"""Steps for one instruction."""

Test = Callable[[str], bool]


class _Does(Enum):
    ONE = auto()
    """Take one character that passes the test."""
    RUN = auto()
    """Take as many such characters as there are, or as few as will do."""
    SPLIT = auto()
    """Go on; if that fails, at the target."""
    JUMP = auto()
    SAVE = auto()
    ENTER = auto()
    """Begin a loop."""
    LOOP = auto()
    """Begin a round of a loop, or leave it for the target."""
    PLACE = auto()
    AGAIN = auto()
    """Take what a group has taken."""
    DONE = auto()


class _Instruction(NamedTuple):
    does: _Does
    register: int = 0
    target: int = 0
    least: int = 0
    most: int = -1
    lazy: bool = False
    test: Test = str.isalpha
    place: str = ""


class _Retry(NamedTuple):
    """Where to go on when nothing else fits; a run may still give back (or take) characters up to ``limit``."""

    at: int
    position: int
    trail: int
    limit: int = -1
    test: Test | None = None


class Program:
    """A regular expression ready to be matched.

    Its registers are two per group (0 is the whole), then two per loop: how often it has run, and where it last began.
    """

    def __init__(self, regex: Regex) -> None:
        self.groups = regex.groups
        self._registers = 2 * (regex.groups + 1)
        self._code: list[_Instruction] = []
        self._tests: dict[Characters, Test] = {}
        self._write(regex.root)
        self._emit(_Instruction(_Does.DONE))

    def _emit(self, instruction: _Instruction) -> int:
        self._code.append(instruction)
        return len(self._code) - 1

    def _aim(self, index: int) -> None:
        self._code[index] = self._code[index]._replace(target=len(self._code))

    def _test(self, characters: Characters) -> Test:
        found = self._tests.get(characters)
        if found is None:
            found = self._tests[characters] = _remembering(characters)
        return found

    def _write(self, node: Node) -> None:
        match node:
            case OneOf():
                self._emit(_Instruction(_Does.ONE, test=self._test(node.characters)))
            case Sequence():
                for part in node.parts:
                    self._write(part)
            case Choice():
                self._write_choice(node)
            case Group():
                if node.number is not None:
                    self._emit(_Instruction(_Does.SAVE, 2 * node.number))
                self._write(node.body)
                if node.number is not None:
                    self._emit(_Instruction(_Does.SAVE, 2 * node.number + 1))
            case Repeat():
                self._write_repeat(node)
            case Anchor():
                self._emit(_Instruction(_Does.PLACE, place=node.kind))
            case Reference():
                self._emit(_Instruction(_Does.AGAIN, 2 * node.group, lazy=node.ignore_case))

    def _write_choice(self, node: Choice) -> None:
        ends: list[int] = []
        for branch in node.branches[:-1]:
            split = self._emit(_Instruction(_Does.SPLIT))
            self._write(branch)
            ends.append(self._emit(_Instruction(_Does.JUMP)))
            self._aim(split)
        self._write(node.branches[-1])
        for end in ends:
            self._aim(end)

    def _write_repeat(self, node: Repeat) -> None:
        most = -1 if node.most is None else node.most
        if isinstance(node.body, OneOf):
            test = self._test(node.body.characters)
            self._emit(_Instruction(_Does.RUN, least=node.least, most=most, lazy=node.lazy, test=test))
            return
        register = self._registers
        self._registers += 2
        self._emit(_Instruction(_Does.ENTER, register))
        loop = self._emit(_Instruction(_Does.LOOP, register, 0, node.least, most, node.lazy))
        self._write(node.body)
        self._emit(_Instruction(_Does.JUMP, target=loop))
        self._aim(loop)

    def search(self, text: str, start: int, run: Run) -> list[int] | None:
        """Find the first match from a position on: start and end of the whole and of each group, -1 for one left out."""
        for begin in range(start, len(text) + 1):
            run.charge(_COST)
            found = _Attempt(self._code, self._registers, text, run).match(begin)
            if found is not None:
                return found[: 2 * (self.groups + 1)]
        return None


def _remembering(characters: Characters) -> Test:
    """Say whether a set holds a character; each is looked up once."""
    known: dict[str, bool] = {}

    def test(character: str) -> bool:
        answer = known.get(character)
        if answer is None:
            answer = holds(characters, ord(character))
            if len(known) < 1_000:
                known[character] = answer
        return answer

    return test


class _Attempt:
    """One try to match at one place."""

    __slots__ = ("code", "registers", "retries", "run", "text", "trail")

    def __init__(self, code: list[_Instruction], registers: int, text: str, run: Run) -> None:
        self.code = code
        self.registers = [-1] * registers
        self.text = text
        self.run = run
        self.trail: list[tuple[int, int]] = []
        """What registers held before, to be put back."""
        self.retries: list[_Retry] = []

    def put(self, register: int, value: int) -> None:
        self.trail.append((register, self.registers[register]))
        self.registers[register] = value

    def match(self, begin: int) -> list[int] | None:
        code, text, run = self.code, self.text, self.run
        at, position, length = 0, begin, len(text)
        while True:
            run.charge(_COST)
            instruction = code[at]
            at += 1
            match instruction.does:
                case _Does.ONE:
                    fits = position < length and instruction.test(text[position])
                    position += 1
                case _Does.RUN:
                    position = self.take(instruction, at, position)
                    fits = position >= 0
                case _Does.SPLIT:
                    self.retries.append(_Retry(instruction.target, position, len(self.trail)))
                    fits = True
                case _Does.JUMP:
                    at = instruction.target
                    fits = True
                case _Does.SAVE:
                    self.put(instruction.register, position)
                    fits = True
                case _Does.ENTER:
                    self.put(instruction.register, 0)
                    self.put(instruction.register + 1, -1)
                    fits = True
                case _Does.LOOP:
                    at = self.loop(instruction, at, position)
                    fits = True
                case _Does.PLACE:
                    fits = self.is_at(instruction.place, position)
                case _Does.AGAIN:
                    position = self.again(instruction, position)
                    fits = position >= 0
                case _Does.DONE:
                    self.registers[0], self.registers[1] = begin, position
                    return self.registers
            if not fits:
                if not self.retries:
                    return None
                at, position = self.back()

    def back(self) -> tuple[int, int]:
        """Go to the last place where something else can be tried, and put the registers back."""
        retry = self.retries.pop()
        while len(self.trail) > retry.trail:
            register, value = self.trail.pop()
            self.registers[register] = value
        position = retry.position
        if retry.test is None:
            if retry.limit >= 0 and position > retry.limit:
                self.retries.append(retry._replace(position=position - 1))
        elif position < retry.limit and retry.test(self.text[position]):
            self.retries.append(retry._replace(position=position + 1))
        return retry.at, position

    def take(self, instruction: _Instruction, at: int, position: int) -> int:
        """A run of one set of characters; the place after it, or -1."""
        text, test = self.text, instruction.test
        limit = len(text) if instruction.most < 0 else min(len(text), position + instruction.most)
        least = position + instruction.least
        end = position
        wanted = least if instruction.lazy else limit
        while end < wanted and end < limit and test(text[end]):
            end += 1
        self.run.charge(1 + (end - position) // 4)
        if end < least:
            return -1
        if not instruction.lazy:
            if end > least:
                self.retries.append(_Retry(at, end - 1, len(self.trail), least))
        elif end < limit and test(text[end]):
            self.retries.append(_Retry(at, end + 1, len(self.trail), limit, test))
        return end

    def loop(self, instruction: _Instruction, at: int, position: int) -> int:
        """Decide on another round; after those there must be, one that took nothing is the last."""
        register = instruction.register
        count, began = self.registers[register], self.registers[register + 1]
        out = instruction.target
        if count == instruction.most or (began == position and count >= instruction.least):
            return out
        if count >= instruction.least:
            if instruction.lazy:
                # The round is begun by a later look at this instruction, which then has no choice.
                if began != -2 - position:
                    self.put(register + 1, -2 - position)
                    self.retries.append(_Retry(at - 1, position, len(self.trail)))
                    return out
            else:
                self.retries.append(_Retry(out, position, len(self.trail)))
        self.put(register, count + 1)
        self.put(register + 1, position)
        return at

    def is_at(self, place: str, position: int) -> bool:
        """Anchors (7.6.1.1): a newline at the very end begins no line, and there no line ends after it."""
        text = self.text
        match place:
            case "start":
                return position == 0
            case "end":
                return position == len(text)
            case "line start":
                return position == 0 or (text[position - 1] == "\n" and position < len(text))
            case _:
                if position < len(text):
                    return text[position] == "\n"
                return not text.endswith("\n")

    def again(self, instruction: _Instruction, position: int) -> int:
        """What a group has taken, once more; one that took no part is the empty text."""
        start, end = self.registers[instruction.register], self.registers[instruction.register + 1]
        if start < 0 or end < start:
            return position
        length = end - start
        self.run.charge(length // CHARACTERS_PER_STEP)
        text = self.text
        if text.startswith(text[start:end], position):
            return position + length
        if not instruction.lazy or position + length > len(text):
            return -1
        self.run.charge(length)
        same = all(ord(text[start + offset]) in variants(ord(text[position + offset])) for offset in range(length))
        return position + length if same else -1
