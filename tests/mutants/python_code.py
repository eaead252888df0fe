"""One step of change in Python code: operators, constants, calls, statements that drop out.

Written on `ast` rather than taken from a library: cosmic-ray's operators know nothing of dropped
calls, statements, `finally` or neighbours such as mean and median, and want a session on files.
"""

import ast
import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.mutants import texts
from tests.mutants.words import NAMES, WORDS, texts_nearby

# What is compared or computed becomes each of these, one at a time.
COMPARED = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
COMPUTED = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Div,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
}
# Another seed is as right, and what a thing is called or told is nobody's business.
SEEDS = {"default_rng", "RandomState", "seed", "random_state"}
# Calls that leave a value as it is, and those whose arguments have no order.
PLAIN = {"float", "bool", "float64"}
EITHER_WAY = {"max", "min", "maximum", "minimum", "isclose", "array_equal"}


@dataclass(frozen=True)
class Mutant:
    """A changed text, and its key: what was changed, in which line."""

    key: str
    text: str


def mutants(source: str, name: str = "", modules: Mapping[str, Any] | None = None) -> list[Mutant]:
    """Return every version of a piece of Python that is one step away, each once.

    `modules` are those that the code knows, by their names: a module is no value to be left when a
    call is dropped, and has not every neighbour of a function.
    """
    return list(_mutants(ast.parse(source), name, modules or {}))


def _mutants(tree: ast.Module, name: str, modules: Mapping[str, Any]) -> Iterator[Mutant]:
    plain, seen, keys = ast.unparse(tree), set(), {}
    for old, new, line in _steps(tree, modules):
        text = ast.unparse(ast.fix_missing_locations(tree))
        if text == plain or text in seen or not _compiles(text):
            continue
        seen.add(text)
        key = f"{_short(old)} -> {_short(new)}"
        if line != old:
            key += f" in `{_short(line, 110)}`"
        key = f"{name}: {key}" if name else key
        keys[key] = keys.get(key, 0) + 1
        yield Mutant(key if keys[key] == 1 else f"{key} #{keys[key]}", text)


def _steps(tree: ast.Module, modules: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Change the tree in place, tell what was changed, and change it back."""
    for parent, field, index, node, statement in _places(tree):
        line = _first_line(statement)
        for new in _alternatives(node, parent):
            if _is_missing(new, modules):
                continue
            _put(parent, field, index, new)
            yield _text(node), _text(new), line
            _put(parent, field, index, node)
        if _is_free_text(node, parent):
            for change in texts.changes(node.value):
                _put(parent, field, index, ast.Constant(change.text))
                yield change.old, change.new, change.line
                _put(parent, field, index, node)
    for body in _bodies(tree):
        for index, statement in enumerate(body):
            for new in _instead(statement):
                if not new and body is tree.body and _is_definition(statement):
                    continue
                kept = list(body)
                body[index : index + 1] = new
                if not body:
                    body.append(ast.Pass())
                yield _first_line(statement), _told(statement, new), _first_line(statement)
                body[:] = kept
    for node in ast.walk(tree):
        if _is_definition(node):
            for decorator in list(node.decorator_list):
                kept = node.decorator_list
                node.decorator_list = [d for d in kept if d is not decorator]
                yield f"@{_text(decorator)}", "(dropped)", f"def {node.name}"
                node.decorator_list = kept


def _places(tree: ast.Module):
    """Return every expression with where it stands, and the statement that it stands in."""

    def walk(node, statement):
        for field, value in ast.iter_fields(node):
            if field in {"returns", "ctx"}:
                continue
            if field == "annotation" and not any(isinstance(n, ast.Call) for n in ast.walk(node)):
                # A type alone changes nothing; what FastAPI reads there does.
                continue
            for index, item in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if not isinstance(item, ast.AST):
                    continue
                here = item if isinstance(item, ast.stmt) else statement
                if _is_docstring(item, node):
                    continue
                if isinstance(item, ast.expr | ast.comprehension | ast.keyword | ast.arguments):
                    yield node, field, index, item, here
                yield from walk(item, here)

    yield from walk(tree, tree)


def _alternatives(node: ast.AST, parent: ast.AST) -> Iterator[ast.AST]:
    """Return what could stand in the place of an expression, one step away."""
    if isinstance(node, ast.Compare):
        for number, operator in enumerate(node.ops):
            for other in COMPARED[type(operator)]:
                ops = [*node.ops[:number], other(), *node.ops[number + 1 :]]
                yield ast.Compare(node.left, ops, node.comparators)
    elif isinstance(node, ast.BinOp):
        for other in COMPUTED.get(type(node.op), ()):
            yield ast.BinOp(node.left, other(), node.right)
        if isinstance(node.op, ast.BitAnd | ast.BitOr):
            yield node.left
            yield node.right
        if isinstance(node.op, ast.Sub | ast.Div):
            yield ast.BinOp(node.right, node.op, node.left)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        for number in range(len(node.values)):
            rest = [v for i, v in enumerate(node.values) if i != number]
            yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    elif isinstance(node, ast.Constant):
        yield from _constants(node, parent)
    elif isinstance(node, ast.Call):
        yield from _calls(node)
    elif isinstance(node, ast.Attribute):
        for other in NAMES.get(node.attr, ()):
            yield ast.Attribute(node.value, other, node.ctx)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for other in NAMES.get(node.id, ()):
            yield ast.Name(other, node.ctx)
        if node.id == "Exception":
            yield ast.Name("ValueError", node.ctx)
    elif isinstance(node, ast.Slice):
        for field in ("lower", "upper", "step"):
            if getattr(node, field) is not None:
                yield _without(node, field)
    elif isinstance(node, ast.comprehension):
        for number in range(len(node.ifs)):
            kept = [c for i, c in enumerate(node.ifs) if i != number]
            yield ast.comprehension(node.target, node.iter, kept, node.is_async)
    elif isinstance(node, ast.Set | ast.List | ast.Tuple):
        if 1 < len(node.elts) <= 8 and not isinstance(getattr(node, "ctx", None), ast.Store):
            for number in range(len(node.elts)):
                new = copy.copy(node)
                new.elts = [e for i, e in enumerate(node.elts) if i != number]
                yield new
    elif isinstance(node, ast.Dict):
        for number in range(len(node.keys)):
            keys, values = list(node.keys), list(node.values)
            del keys[number], values[number]
            yield ast.Dict(keys, values)


def _constants(node: ast.Constant, parent: ast.AST) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(parent, ast.JoinedStr | ast.FormattedValue) or _is_seed(node, parent):
        return
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        for other in numbers_nearby(value):
            if not _same_range(node, other, parent):
                yield ast.Constant(other)
    elif isinstance(value, str):
        for other in WORDS.get(value, ()):
            yield ast.Constant(other)
        for other in texts_nearby(value):
            yield ast.Constant(other)
        if isinstance(parent, ast.Dict) and node in parent.values:
            # Among the answers of a choice, another one that was chosen elsewhere.
            words = [v.value for v in parent.values if _is_word(v)]
            if _is_word(node) and len(set(words)) > 1:
                following = words[words.index(value) :] + words
                yield ast.Constant(next(word for word in following if word != value))


def _same_range(node: ast.Constant, other: float, parent: ast.AST) -> bool:
    """Tell whether a range has the same numbers with another end: range(10, 100, 10), to 99."""
    if getattr(getattr(parent, "func", None), "id", "") != "range":
        return False
    try:
        before = range(*map(ast.literal_eval, parent.args))
        after = range(*(other if a is node else ast.literal_eval(a) for a in parent.args))
    except (ValueError, TypeError):
        return False
    return before == after


def numbers_nearby(value: float) -> list[float]:
    """Return a number ±1, and ±10 %, where that makes another number of its kind."""
    near = [value + 1, value - 1] if float(value).is_integer() or abs(value) >= 1 else []
    tenth = [value * 1.1, value * 0.9]
    if isinstance(value, int):
        tenth = [round(value + value / 10), round(value - value / 10)] if abs(value) >= 20 else []
    found = []
    for other in near + [float(f"{t:.12g}") if isinstance(t, float) else t for t in tenth]:
        if other != value and other not in found:
            found.append(other)
    return found


def _calls(node: ast.Call) -> Iterator[ast.AST]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if isinstance(node.func, ast.Attribute):
        # A call in a chain, or of a module's function, which then leaves its argument.
        yield node.func.value
    if node.args and not isinstance(node.args[0], ast.Starred) and name not in PLAIN:
        yield node.args[0]
    for number in range(len(node.args) - 1) if name not in EITHER_WAY else ():
        args = list(node.args)
        args[number : number + 2] = args[number + 1], args[number]
        yield ast.Call(node.func, args, node.keywords)
    if name in SEEDS:
        return
    for keyword in node.keywords:
        if keyword.arg not in {"random_state", "seed"}:
            yield ast.Call(node.func, node.args, [k for k in node.keywords if k is not keyword])


def _instead(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Return what could stand in the place of a statement: nothing, or its inside alone."""
    if isinstance(statement, ast.Pass | ast.Import | ast.ImportFrom | ast.Global | ast.Nonlocal):
        return
    if isinstance(statement, ast.With | ast.AsyncWith):
        yield statement.body
    if isinstance(statement, ast.If):
        yield statement.body
        if statement.orelse:
            yield statement.orelse
        yield [ast.If(ast.UnaryOp(ast.Not(), statement.test), statement.body, statement.orelse)]
    if isinstance(statement, ast.Try):
        if statement.finalbody and statement.handlers:
            yield [_without(statement, "finalbody", []), *statement.finalbody]
            yield [_without(statement, "finalbody", [])]
        elif statement.finalbody:
            yield [*statement.body, *statement.finalbody]
            yield statement.body
        for handler in statement.handlers:
            kept = [h for h in statement.handlers if h is not handler]
            if kept or statement.finalbody:
                new = copy.copy(statement)
                new.handlers, new.orelse = kept, statement.orelse if kept else []
                yield [new]
            else:
                yield [*statement.body, *statement.orelse]
    if isinstance(statement, ast.AugAssign):
        for other in COMPUTED.get(type(statement.op), ()):
            yield [ast.AugAssign(statement.target, other(), statement.value)]
        yield [ast.Assign([statement.target], statement.value)]
    if is_text(statement):
        return
    yield []


def _without(node: ast.AST, field: str, empty=None) -> ast.AST:
    new = copy.copy(node)
    setattr(new, field, empty)
    return new


def _put(parent: ast.AST, field: str, index: int | None, new: ast.AST) -> None:
    if index is None:
        setattr(parent, field, new)
    else:
        getattr(parent, field)[index] = new


def _bodies(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody"):
            body = getattr(node, field, None)
            if isinstance(body, list) and body:
                yield body


def _compiles(text: str) -> bool:
    try:
        compile(text, "<mutant>", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


def _is_free_text(node: ast.AST, parent: ast.AST) -> bool:
    text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return text and not isinstance(parent, ast.JoinedStr | ast.FormattedValue)


def _is_missing(new: ast.AST, modules: Mapping[str, Any]) -> bool:
    """Tell whether this is a module where a value should be, or what a module does not have."""
    if isinstance(new, ast.Attribute) and isinstance(new.value, ast.Name):
        module = modules.get(new.value.id)
        return module is not None and not hasattr(module, new.attr)
    return isinstance(new, ast.Name) and new.id in modules


def _is_definition(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


def _is_docstring(item: ast.AST, node: ast.AST) -> bool:
    return is_text(item) or (is_text(node))


def is_text(statement: ast.AST) -> bool:
    """Tell whether a statement is a text alone, such as a docstring."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _is_word(node: ast.AST) -> bool:
    value = getattr(node, "value", None)
    return isinstance(node, ast.Constant) and isinstance(value, str) and len(value.split()) <= 8


def _is_seed(node: ast.AST, parent: ast.AST) -> bool:
    if isinstance(parent, ast.keyword):
        return parent.arg in SEEDS
    if isinstance(parent, ast.Call):
        return getattr(parent.func, "attr", getattr(parent.func, "id", "")) in SEEDS
    return False


def _text(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(node)).strip()


def _first_line(statement: ast.AST) -> str:
    lines = ast.unparse(ast.fix_missing_locations(statement)).strip().split("\n")
    decorators = len(getattr(statement, "decorator_list", ()))
    return lines[decorators]


def _told(statement: ast.stmt, new: list[ast.stmt]) -> str:
    if not new:
        return "(dropped)"
    if isinstance(statement, ast.Try):
        if any(isinstance(n, ast.Try) for n in new):
            return "(less of try)" if len(new) == 1 else "(finally removed)"
        return "(try removed)" if len(new) <= len(statement.body) else "(finally removed)"
    if new is getattr(statement, "body", None):
        return "(its inside alone)"
    if new is getattr(statement, "orelse", None):
        return "(its else alone)"
    return _first_line(new[0])


def _short(text: str, room: int = 60) -> str:
    text = " ".join(text.split())
    return text if len(text) <= room else f"{text[: room - 1]}…"
