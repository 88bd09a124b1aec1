"""The tree is the pipeline: imports go one way, and what is heavy is loaded only where it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# From the bottom to the top; a module imports from its own level or below. The longest prefix counts.
LEVELS = {
    "simcheck.version": 0,
    "simcheck.errors": 0,
    "simcheck.reference": 1,
    "simcheck.report": 1,
    "simcheck.files": 1,
    "simcheck.parallel": 1,
    "simcheck.index": 2,
    "simcheck.encoders": 2,
    "simcheck.decode": 2,
    "simcheck.kinds.base": 3,
    "simcheck.calibration": 3,
    "simcheck.kinds": 4,
    "simcheck.settings": 4,
    "simcheck.policy": 4,
    "simcheck.policies": 4,
    "simcheck.matching": 5,
    "simcheck.wording": 5,
    "simcheck.explain": 5,
    "simcheck.receipts": 5,
    "simcheck.keys": 5,
    "simcheck.registering": 6,
    "simcheck.checker": 6,
    "simcheck": 6,
    "simcheck.client": 7,
    "simcheck.gate": 7,
    "simcheck.hooks": 8,
    "simcheck.service": 8,
    "simcheck.cli": 9,
}
# The guarded worker hands a decoded file over as the kinds' Media, and finds the kinds' decoders by name.
ALLOWED = {("simcheck.decode", "simcheck.kinds.base")}


def level(module: str) -> tuple[str, int]:
    parts = module.split(".")
    for end in range(len(parts), 0, -1):
        prefix = ".".join(parts[:end])
        if prefix in LEVELS and (prefix != "simcheck" or len(parts) == 1):
            return prefix, LEVELS[prefix]
    raise AssertionError(f"{module} has no level: give it one in tests/test_layers.py and docs/architecture.md")


def modules() -> Iterator[tuple[str, Path]]:
    for folder, name in (("simcheck", "simcheck"), ("index", "simcheck.index"), ("service", "simcheck.service")):
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            yield ".".join((name, *(part for part in parts if part != "__init__"))), path


def imports(tree: ast.AST) -> Iterator[str]:
    """Modules of ours that are imported when the program runs (not those for the type checker alone)."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("simcheck"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("simcheck"):
            if node.module == "simcheck":
                yield from (f"simcheck.{alias.name}" for alias in node.names)
            else:
                yield str(node.module)
        yield from imports(node)


@pytest.mark.parametrize(("module", "path"), [pytest.param(m, p, id=m) for m, p in modules()])
def test_imports_go_one_way(module: str, path: Path) -> None:
    here, own = level(module)
    for imported in imports(ast.parse(path.read_text())):
        if imported.startswith("simcheck.__") or imported == "simcheck.open":
            continue
        there, other = level(imported)
        assert other <= own or (here, there) in ALLOWED, f"{module} (level {own}) imports {imported} (level {other})"


@pytest.mark.parametrize(
    ("statement", "heavy"),
    [
        ("import simcheck", "numpy pydantic sqlalchemy faiss cv2 onnxruntime PIL torch sentence_transformers"),
        ("import simcheck.decode.child", "pydantic sqlalchemy faiss cv2 onnxruntime torch"),
        ("import simcheck.checker", "torch sentence_transformers fastapi matplotlib"),
    ],
)
def test_heavy_parts_are_loaded_where_they_are_needed(statement: str, heavy: str) -> None:
    code = f"import sys; {statement}; print(*sorted(set({heavy.split()!r}) & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert loaded == []
