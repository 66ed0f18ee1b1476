"""Small changes to a module of the core: a comparison that is off by one, a sign, a call that is left out."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

SWAPPED: Final[dict[type[ast.AST], type[ast.AST]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
OTHER_NAME: Final = {"min": "max", "max": "min"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: in which module, and what it reads like."""

    module: str
    what: str
    _tree: ast.Module
    _node: ast.AST
    _field: str
    _new: object

    @property
    def name(self) -> str:
        """What the list of survivors calls it; free of line numbers, so that it outlives an edit elsewhere."""
        return f"{self.module}: {self.what}"

    @property
    def source(self) -> str:
        """The whole module, changed."""
        old = getattr(self._node, self._field)
        setattr(self._node, self._field, self._new)
        try:
            return ast.unparse(self._tree)
        finally:
            setattr(self._node, self._field, old)


def mutants_of(module: str, source: str) -> Iterator[Mutant]:
    """Yield every mutant of a module of the core."""
    tree = ast.parse(source)
    named: Counter[str] = Counter()
    for node, where in _interesting(tree, "module"):
        for change, field, new in _changes(node):
            what = f"{where}: {change}"
            named[what] += 1
            yield Mutant(module, what if named[what] == 1 else f"{what} ({named[what]})", tree, node, field, new)


def unchanged(source: str) -> str:
    """Return a module as its mutants have it, without a change."""
    return ast.unparse(ast.parse(source))


def blatant(source: str) -> str:
    """Return a module with nothing in any function but an error."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body = ast.parse("raise AssertionError").body
    return ast.unparse(tree)


def _interesting(tree: ast.AST, where: str) -> Iterator[tuple[ast.AST, str]]:
    """Yield each node that is code, with the name of the function around it."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue  # a docstring
        if isinstance(child, ast.arg | ast.Import | ast.ImportFrom):
            continue
        inner = child.name if isinstance(child, ast.FunctionDef | ast.ClassDef) else where
        if isinstance(child, ast.AnnAssign):
            yield from _in_value(child, inner)
            continue
        if isinstance(child, ast.FunctionDef):
            for statement in child.body:
                if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
                    yield statement, inner
                    yield from _interesting(statement, inner)
            continue
        if not (isinstance(tree, ast.ClassDef) and child in tree.decorator_list):
            yield child, inner
            yield from _interesting(child, inner)


def _in_value(assigned: ast.AnnAssign, where: str) -> Iterator[tuple[ast.AST, str]]:
    if assigned.value is not None:
        yield assigned.value, where
        yield from _interesting(assigned.value, where)


def _changes(node: ast.AST) -> Iterator[tuple[str, str, object]]:
    """Yield what each change that fits `node` reads like, and which field it replaces by what."""
    was: list[str] = []
    for field, old, new in _replacements(node):
        was = was or ast.unparse(node).splitlines()
        setattr(node, field, new)
        change = _difference(was, ast.unparse(node).splitlines())
        setattr(node, field, old)
        yield change, field, new


def _difference(was: list[str], became: list[str]) -> str:
    """Return the first line that changed, as it was and as it became."""
    for old, new in zip(was, became, strict=False):
        if old != new:
            return f"`{old.strip()}` -> `{new.strip()}`"
    return f"`{was[-1].strip()}` -> nothing"


def _replacements(node: ast.AST) -> Iterator[tuple[str, object, object]]:  # noqa: C901, PLR0912 - one table
    match node:
        case ast.Compare(ops=[op]) if type(op) in SWAPPED:
            yield "ops", node.ops, [SWAPPED[type(op)]()]
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in SWAPPED:
            yield "op", op, SWAPPED[type(op)]()
        case ast.BoolOp(op=op, values=values):
            yield "op", op, SWAPPED[type(op)]()
            for at in range(len(values)):
                if len(values) > 1:
                    yield "values", values, [*values[:at], *values[at + 1 :]]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "operand", operand, ast.UnaryOp(ast.Not(), operand)
        case ast.UnaryOp(op=ast.USub()):
            yield "op", node.op, ast.UAdd()
        case ast.Constant(value=bool() as value):
            yield "value", value, not value
        case ast.Constant(value=int() | float() as value):
            yield "value", value, value + 1
        case ast.If(test=test) | ast.IfExp(test=test):
            yield "test", test, ast.UnaryOp(ast.Not(), test)
        case ast.Name(id=name) if name in OTHER_NAME:
            yield "id", name, OTHER_NAME[name]
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield "value", value, ast.Constant(None)
        case _:
            pass
    for field in ("body", "orelse"):
        body = getattr(node, field, None)
        if isinstance(body, list):
            yield from _without_one(field, body)


def _without_one(field: str, body: list[ast.stmt]) -> Iterator[tuple[str, object, object]]:
    """Leave out a call, an assignment to an attribute or a deletion; not what the type checker keeps from happening."""
    for at, statement in enumerate(body):
        is_call = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
        if is_call and ast.unparse(statement).startswith("assert_never("):
            continue
        is_kept = isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Attribute)
        if is_call or is_kept or isinstance(statement, ast.Delete | ast.AugAssign):
            yield field, body, [*body[:at], ast.Pass(), *body[at + 1 :]]
