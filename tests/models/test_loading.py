from __future__ import annotations

import subprocess
import sys

from shop.settings import ROOT


def test_an_operator_does_not_read_which_builds_of_faiss_are_missing():
    said = subprocess.run(
        [sys.executable, "-c", "import logging; logging.basicConfig(level=logging.INFO); import models.product_index"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )
    assert "faiss" not in said.stderr
