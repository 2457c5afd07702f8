"""A solution written out: the body of an exercise's own `solve`, as the code of one answer cell."""

from __future__ import annotations

import ast
import inspect
from types import ModuleType

from microlib.exercises.items import Task

#: what a solution begins with: the data that the learner sees
OPENING = "data = task.data"


def solution_source(task: Task) -> str:
    """Return the code that answers an exercise from its data, imports first.

    Examples
    --------
    >>> from microlib.exercises.registry import find_task
    >>> print(solution_source(find_task("x19")))
    from microlib.design.receivables import supplier_limits
    from microlib.exercises.items import wan
    <BLANKLINE>
    data = task.data
    rules = data['rules'].iloc[0].to_dict()
    answer = {'limits': wan(supplier_limits(data['suppliers'], **rules)['limit_yuan'])}
    """
    function = ast.parse(inspect.getsource(task.solve)).body[0]
    body = function.body[1:] if ast.get_docstring(function) else function.body
    *lines, last = body
    answer = ast.Assign([ast.Name("answer", ast.Store())], last.value)
    code = [ast.unparse(ast.fix_missing_locations(line)) for line in (*lines, answer)]
    return "\n".join([*_imports(task.module, function), "", OPENING, *code])


def _imports(module: ModuleType, function: ast.AST) -> list[str]:
    """Return the imports of a module that a function uses, and imports of the module's own names that it uses."""
    used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    tree, lines = ast.parse(inspect.getsource(module)), []
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom) and getattr(node, "module", "") != "__future__":
            kept = [name for name in node.names if (name.asname or name.name) in used]
            if kept:
                node.names = kept
                lines.append(ast.unparse(node))
    assigned = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    own = {name.id for target in assigned for name in ast.walk(target) if isinstance(name, ast.Name)}
    own |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    named = sorted((own & used) - {function.name})
    return lines + ([f"from {module.__name__} import {', '.join(named)}"] if named else [])
