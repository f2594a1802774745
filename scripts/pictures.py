"""How a picture for the documentation is kept: as small as it can be without looking so."""
from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
MOST_BYTES = 300_000


def keep(png: bytes, name: str) -> None:
    """Write a screen as docs/pictures/``name``; ends the script where it is larger than MOST_BYTES."""
    PICTURES.mkdir(exist_ok=True)
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    path = PICTURES / name
    # Steps of 4 in each colour cannot be seen and save a third; a palette of 256 would draw rings into the shadows.
    coarse = [min(255, (level + 2) // 4 * 4) for level in range(256)]
    picture.point(coarse * 3).save(path, optimize=True)
    if path.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{path} has {path.stat().st_size} bytes, more than {MOST_BYTES}: show less in it.")
    print(f"{path.relative_to(ROOT)}: {picture.width} x {picture.height}, {path.stat().st_size} bytes")
