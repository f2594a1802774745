"""``doctor``: the two Python environments, the var folder, the key and the disk."""
from __future__ import annotations

import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

from commands.doctor_check import FAIL, OK, WARN, Check
from shop.private_files import make_private_folder, open_to_others
from shop.settings import ROOT, settings

# Packages of which another version is more than untidy: they share files or talk to each other.
KEY_PACKAGES = frozenset({
    "alembic", "faiss-cpu", "numpy", "onnxruntime", "rasa", "rasa-sdk", "sanic", "sqlalchemy", "starlette",
    "tensorflow", "tokenizers", "torch", "transformers", "uvicorn", "websockets",
})
# A trained set, its predecessor and a day of a busy shop's transcripts fit.
LOW_DISK_BYTES, NO_DISK_BYTES = 2 * 1024**3, 256 * 1024**2
_PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;#]+)")


def environment_checks() -> Iterator[Check]:
    yield _interpreter("python.main", Path(sys.executable), (3, 11), exactly=False)
    yield packages("packages.main", ROOT / "requirements" / "main.txt", Path(sys.prefix))
    rasa = ROOT / ".venv-rasa"
    yield _interpreter("python.rasa", rasa / "bin" / "python", (3, 10), exactly=True)
    yield packages("packages.rasa", ROOT / "requirements" / "rasa.txt", rasa)
    yield _var()
    yield _private()
    yield _secret()
    yield _disk()


def _interpreter(check_id: str, program: Path, version: tuple[int, int], exactly: bool) -> Check:
    wanted = f"{'' if exactly else 'at least '}{version[0]}.{version[1]}"
    try:
        answer = subprocess.run(  # noqa: S603 - the interpreter of this installation
            [str(program), "-c", "import sys; print(*sys.version_info[:3])"],
            capture_output=True, text=True, timeout=30, check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Check(check_id, FAIL, f"{program} does not run ({error}).", "Run `make environments`.")
    found = tuple(int(part) for part in answer.stdout.split())
    fits = found[:2] == version if exactly else found[:2] >= version
    said = f"Python {'.'.join(map(str, found))}"
    if fits:
        return Check(check_id, OK, f"{said}.")
    hint = f"Install Python {wanted}, then `make environments`."
    return Check(check_id, FAIL, f"{said} at {program}; {wanted} is needed.", hint)


def packages(check_id: str, requirements: Path, environment: Path) -> Check:
    """Compare what ``requirements`` pins with what is installed in ``environment``."""
    if not requirements.is_file():
        message = f"There is no {requirements}; versions cannot be compared."
        return Check(check_id, WARN, message, "Take it from the release.")
    pinned = {_name(name): version for name, version in _PIN.findall(requirements.read_text("utf-8"))}
    folders = [str(folder) for folder in environment.glob("lib/python*/site-packages")]
    installed = {_name(each.metadata["Name"]): each.version for each in distributions(path=folders)}
    missing = sorted(name for name in pinned if name not in installed)
    # "2.5.1+cpu" is 2.5.1 built for this machine.
    other = sorted(
        name for name, version in pinned.items()
        if name in installed and installed[name].split("+")[0] != version.split("+")[0]
    )
    if not missing and not other:
        return Check(check_id, OK, f"{len(pinned)} packages as pinned in {requirements.name}.")
    parts = [f"{name} is missing" for name in missing]
    parts += [f"{name} is {installed[name]}, not {pinned[name]}" for name in other]
    shown = "; ".join(parts[:5]) + (f"; and {len(parts) - 5} more" if len(parts) > 5 else "")
    status = FAIL if missing or KEY_PACKAGES.intersection(other) else WARN
    return Check(check_id, status, f"{shown}.", "Run `make environments`.")


def _name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _var() -> Check:
    try:
        make_private_folder(settings.var)
        with tempfile.TemporaryFile(dir=settings.var):
            pass
    except OSError as error:
        return Check(
            "var.writable", FAIL, f"{settings.var} cannot be written ({error.strerror}).",
            "Give it to the user who runs Floorwalker, or set FLOORWALKER_VAR to another folder.",
        )
    return Check("var.writable", OK, f"{settings.var} can be written.")


def _private() -> Check:
    """Whether other users of the machine are kept from the databases and the folder that holds them."""
    found = open_to_others(settings.var)
    if not found:
        return Check("var.private", OK, "The var folder and its databases are their owner's alone.")
    modes = ", ".join(f"{path} ({stat.S_IMODE(path.stat().st_mode):04o})" for path in found[:3])
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return Check(
        "var.private", FAIL, f"Other users have a right to {modes}{more}.",
        f"Run `floorwalker setup`, or `chmod -R go= {settings.var}`.",
    )


def _secret() -> Check:
    path = settings.var / "secret.key"
    if not path.exists():
        return Check("secret.key", WARN, f"{path} is not there yet.", "It is made when Floorwalker first runs.")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return Check("secret.key", FAIL, f"{path} has mode {mode:04o}: others may read it.", f"Run `chmod 600 {path}`.")
    return Check("secret.key", OK, f"Readable by its owner alone (mode {mode:04o}).")


def _disk() -> Check:
    free_bytes = shutil.disk_usage(settings.var if settings.var.exists() else ROOT).free
    said = f"{free_bytes / 1024**3:.1f} GiB are free."
    status = OK if free_bytes >= LOW_DISK_BYTES else WARN if free_bytes >= NO_DISK_BYTES else FAIL
    hint = "" if status == OK else f"Free some space where {settings.var} lies, or move it with FLOORWALKER_VAR."
    return Check("disk.space", status, said, hint)
