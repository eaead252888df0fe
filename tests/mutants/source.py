"""Which right answers an exercise has, as code that can be changed: of the lesson and of the tests.

A right answer is the text of a few statements and the expression whose value is the answer, with a
namespace in which they run. What the lesson says before its solution is run only as far as the
solution needs it.
"""

import ast
import contextlib
import copy
import re
import symtable
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from utils import paths
from utils.exercises import lesson_source, registry

ANSWERS = paths.ROOT / "tests" / "answers"
WRITES_A_FILE = re.compile(r"%%writefile\s+(\S+)\n")
# Statements after which it does not matter what a name was before.
MAKES = (ast.Assign, ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
# Functions of a lesson that only show something.
SHOWS = {"print", "check", "hint", "solution", "progress"}


@dataclass(frozen=True)
class Answer:
    """A right answer, made by running `parts` in `namespace()` and then evaluating `value`.

    Each part is the name that it is known by and its code. `file` is a place that the code is to
    be written to, where it is no code to be run but a script. What is `written` down, such as a
    text, runs nothing of its own.
    """

    name: str
    parts: tuple[tuple[str, str], ...]
    value: str
    namespace: Callable[[], dict[str, Any]] = field(repr=False)
    file: str = ""
    written: bool = False

    def make(self, number: int = 0, code: str | None = None) -> Any:
        """Run the parts, one of them changed if `code` is given; return the answer they make."""
        codes, namespace = [code for _, code in self.parts], self.namespace()
        if code is not None:
            codes[number] = code
        code = "\n".join(codes)
        if self.file:
            Path(self.file).parent.mkdir(parents=True, exist_ok=True)
            Path(self.file).write_text(code)
        else:
            exec(compile(code, f"<{self.name}>", "exec"), namespace)
        return eval(self.value, namespace)

    def as_value(self) -> "Answer":
        """Return the same answer written out, where it is a text, or was written down as such."""
        plain = "\n".join(code for _, code in self.parts)
        value = None if self.file else self.make()
        if isinstance(value, str) or (isinstance(value, dict) and not computes(plain)):
            text = repr(value)
            with contextlib.suppress(ValueError, SyntaxError):
                if ast.literal_eval(text) == value:
                    part = "", f"answer = {text}"
                    return Answer(self.name, (part,), "answer", dict, written=True)
        return self

    def modules(self) -> dict[str, Any]:
        """Return the modules that the code knows."""
        known = self.namespace()
        return {n: v for n, v in known.items() if isinstance(v, types.ModuleType)}


def computes(code: str) -> bool:
    """Tell whether code calls anything but what writes a dictionary down."""
    calls = (n for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Call))
    return any(getattr(call.func, "id", "") != "dict" for call in calls)


def exercise_ids(lesson: str) -> list[str]:
    """Return the exercises of a lesson, as its text has them; no check is loaded."""
    text = lesson_source.lesson_path(lesson).read_text()
    return re.findall(r'^check\("([\d.]+)"', text, re.M)


def of_lesson(exercise_id: str) -> list[Answer]:
    """Return the lesson's own solution of an exercise."""
    path = lesson_source.lesson_path(registry.lesson_of(exercise_id))
    before = []
    for cell in lesson_source.read(path).cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type != "code" or "student" in tags:
            continue
        if "solution" in tags and cell.metadata.get("exercise") == exercise_id:
            solution = cell.source
        elif found := re.match(rf'check\("{re.escape(exercise_id)}", (.+)\)$', cell.source, re.M):
            return [_solution(solution, found[1], before)]
        elif not WRITES_A_FILE.match(cell.source):
            before += ast.parse(cell.source).body
    return []


def _solution(code: str, value: str, before: list[ast.stmt]) -> Answer:
    file = WRITES_A_FILE.match(code)
    if file:
        own, parts = [], [("gate", code[file.end() :])]
    else:
        # What a solution only shows is left out.
        own = slice_for(_names(ast.parse(value)), ast.parse(code).body)
        parts = [_part(statement) for statement in own]
    needed = slice_for(_names(ast.Module([*own, ast.parse(value).body[0]], [])), before)
    setup, made = ast.unparse(ast.Module(needed, [])), {}

    def namespace() -> dict[str, Any]:
        if not made:
            made.update({"__name__": "lesson"})
            exec(compile(setup, "<lesson>", "exec"), made)
        return dict(made)

    return Answer("solution", tuple(parts), value, namespace, file[1] if file else "")


def _part(statement: ast.stmt) -> tuple[str, str]:
    return getattr(statement, "name", ""), ast.unparse(statement)


def of_tests(exercise_id: str) -> list[Answer]:
    """Return the right answers of `tests/answers/`."""
    path = ANSWERS / f"lesson_{registry.lesson_of(exercise_id)}.py"
    tree = ast.parse(path.read_text())
    found = list(_right_ones(tree, exercise_id))
    spaces = _namespaces(tree, path) if found else None
    answers = []
    for number, (index, statement, given) in enumerate(found, start=1):
        name = statement.name if given is None else f"answer {number}"
        own = [_plain(statement)] if given is None else [ast.Expr(given)]
        # What makes the answer belongs to it: helpers and values of the same file.
        before = [s for s in tree.body[:index] if not _registers(s)]
        rest = [
            s
            for s in slice_for(_names(ast.Module(own, [])), before)
            if not isinstance(s, ast.Import | ast.ImportFrom | ast.Assert)
        ]
        parts, value = [_part(s) for s in rest], name
        if given is None:
            parts.append(_part(own[0]))
        elif isinstance(given, ast.Name):
            value = given.id
        else:
            parts.append((name, f"answer = {ast.unparse(given)}"))
            value = "answer"
        answers.append(Answer(name, tuple(parts), value, lambda index=index: spaces(index)))
    return answers


def _right_ones(tree: ast.Module, exercise_id: str):
    """Return index, statement, and the answer's expression (None where it is a definition)."""
    for index, statement in enumerate(tree.body):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if any(_is_right(d, exercise_id) for d in statement.decorator_list):
                yield index, statement, None
            continue
        for node in ast.walk(statement):
            if _is_right(node, exercise_id) and len(node.args) == 2:
                yield index, statement, node.args[1]


def _is_right(node: ast.AST, exercise_id: str) -> bool:
    return (
        isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "right"
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value == exercise_id
    )


def _registers(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr | ast.For | ast.With | ast.If) and any(
        isinstance(n, ast.Name) and n.id in {"right", "wrong"} for n in ast.walk(statement)
    )


def _plain(statement: ast.stmt) -> ast.stmt:
    kept = [
        d
        for d in statement.decorator_list
        if getattr(getattr(d, "func", None), "id", "") not in {"right", "wrong"}
    ]
    new = copy.copy(statement)
    new.decorator_list = kept
    return new


def _namespaces(tree: ast.Module, path: Path) -> Callable[[int], dict[str, Any]]:
    """Run a file of answers, once, and return what stood in it before each of its statements."""
    kept: list[dict[str, Any]] = []

    def before(index: int) -> dict[str, Any]:
        if not kept:
            space = {"__name__": f"tests.answers.{path.stem}", "__file__": str(path)}
            for statement in tree.body:
                kept.append(dict(space))
                code = compile(ast.Module([statement], []), str(path), "exec")
                exec(code, space)
            kept.append(space)
        # What a function names may stand further down in the file.
        return kept[-1] | kept[index]

    return before


def slice_for(names: set[str], statements: list[ast.stmt]) -> list[ast.stmt]:
    """Return those statements, in their order, that make or change what has one of the names."""
    needed, kept = set(names), []
    # `pd.concat(...)` shows something, and changes nothing of pandas.
    imports = [s for s in statements if isinstance(s, ast.Import | ast.ImportFrom)]
    imported = set().union(*(_stores(s)[0] for s in imports))
    for statement in reversed(statements):
        if _only_shows(statement):
            continue
        made, changed = _stores(statement)
        if not (made | (changed - imported)) & needed:
            continue
        if isinstance(statement, MAKES):
            needed -= made
        needed |= _names(ast.Module([statement], []))
        kept.append(statement)
    return kept[::-1]


def _only_shows(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and getattr(statement.value.func, "id", "") in SHOWS
    )


def _stores(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """Return the names that a statement makes, and those whose objects it changes."""
    made, changed = set(), set()
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}, changed
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(a.asname or a.name).split(".")[0] for a in statement.names}, changed
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            made.add(node.id)
        elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            changed.add(_root(node))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            changed.add(_root(node.value))
    return made, changed - {""}


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call | ast.BinOp | ast.Await):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                return ""
            node = node.func
        else:
            node = node.left if isinstance(node, ast.BinOp) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _names(tree: ast.AST) -> set[str]:
    """Return the names that code reads from around it; a function's own are not among them."""

    def read(table: symtable.SymbolTable) -> set[str]:
        top = table.get_type() == "module"
        symbols = [s for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())]
        found = {symbol.get_name() for symbol in symbols}
        return found.union(*map(read, table.get_children()))

    return read(symtable.symtable(ast.unparse(tree), "<names>", "exec"))
