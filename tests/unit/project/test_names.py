"""A name stands for one thing: no two public classes of the product share one."""

from __future__ import annotations

import ast
from collections import defaultdict

from tests.unit.project.test_imports import MODULES


def test_a_class_name_is_used_once():
    """Whoever reads a name knows which class is meant, without looking where it comes from."""
    places = defaultdict(list)
    for module, tree in MODULES.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(module)
    assert len(places) > 500
    twice = {name: modules for name, modules in places.items() if len(modules) > 1}
    assert twice == {}
