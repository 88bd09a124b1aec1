"""Arrays in files, and what goes wrong with them."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import faiss
import numpy as np


def reserved(file: Path, kind: type[np.generic] | np.dtype[Any], shape: tuple[int, ...]) -> np.memmap[Any, Any]:
    """A new array in a file, mapped for writing, with its space taken on the disk: where a mapped page finds no space
    later, the kernel kills the process (SIGBUS). Raises OSError where there is no space."""
    array = np.lib.format.open_memmap(file, "w+", kind, shape)
    with file.open("rb+") as opened:
        os.posix_fallocate(opened.fileno(), 0, file.stat().st_size)
    return array


def write_faiss(index: Any, file: Path) -> None:
    """Raises OSError where FAISS cannot write, which says so in an error of its own."""
    try:
        faiss.write_index(index, str(file))
    except RuntimeError as error:
        raise OSError(errno.EIO, str(error)) from error
