"""Real pictures, and the contract's own checker, for all tests."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
import skimage.data
import sklearn.datasets

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def pictures() -> dict[str, Path]:
    """Real pictures by name without suffix, from scikit-image and scikit-learn."""
    folders = Path(skimage.data.__file__).parent, Path(sklearn.datasets.__file__).parent / "images"
    return {path.stem: path for folder in folders for path in folder.iterdir() if path.suffix in {".png", ".jpg"}}


@pytest.fixture(scope="session")
def contract() -> ModuleType:
    """``../shared/contract_check.py``: what CONTRACT.md fixes about a REPORT."""
    path = SHARED / "contract_check.py"
    if not path.exists():
        pytest.fail(f"{path} is missing: the tests that hold the contract need it; nothing was checked")
    spec = importlib.util.spec_from_file_location("contract_check", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
