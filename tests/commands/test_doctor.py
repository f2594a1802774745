"""The doctor tells what is wrong, and how to mend it."""
from __future__ import annotations

import socket
import sys
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

import commands
from commands.doctor import worst
from commands.doctor_check import Check
from commands.doctor_data import integrity, model_checks
from commands.doctor_environment import packages
from commands.doctor_processes import listening, loopback_check
from models.registry import Registry
from shop.database import open_database
from shop.settings import settings

HEADER = "  sl  local_address rem_address   st\n"
LOOPBACK_4 = HEADER + "   0: 0100007F:138D 00000000:0000 0A 00000000:00000000\n"
EVERYWHERE_4 = HEADER + "   0: 00000000:138D 00000000:0000 0A 00000000:00000000\n"
EVERYWHERE_6 = HEADER + "   0: 00000000000000000000000000000000:138D 00000000000000000000000000000000:0000 0A\n"
LOOPBACK_6 = HEADER + "   0: 00000000000000000000000001000000:138D 00000000000000000000000000000000:0000 0A\n"
OUTGOING = HEADER + "   0: 0A00000A:138D 01010101:01BB 01 00000000:00000000\n"


def statuses(report) -> dict[str, str]:
    return {check["id"]: check["status"] for check in report.json["checks"]}


def free_ports(monkeypatch) -> None:
    sockets = [socket.socket() for _ in range(3)]
    for name, each in zip(("port", "rasa_port", "actions_port"), sockets, strict=True):
        each.bind(("127.0.0.1", 0))
        monkeypatch.setattr(settings, name, each.getsockname()[1])
    for each in sockets:
        each.close()


def test_an_empty_installation_is_told_to_set_itself_up_and_is_not_touched(var, floorwalker, monkeypatch):
    free_ports(monkeypatch)
    report = floorwalker("doctor", "--json")
    found = statuses(report)
    assert report.status == 1 and report.json["status"] == "fail"
    assert found["database.reachable"] == found["models.rasa"] == found["vocabulary.file"] == "fail"
    assert found["python.main"] == found["var.writable"] == "ok" and found["process.web"] == "warn"
    hints = {check["id"]: check["hint"] for check in report.json["checks"]}
    assert hints["database.reachable"] == "Run `floorwalker setup`."
    assert all(check["hint"] for check in report.json["checks"] if check["status"] != "ok")
    assert list(var.iterdir()) == []


def test_a_shop_with_products_is_well_as_far_as_it_goes(shop, floorwalker, monkeypatch):
    free_ports(monkeypatch)
    found = statuses(floorwalker("doctor", "--json"))
    for check in ("database.reachable", "database.migrated", "database.integrity", "shop.products"):
        assert found[check] == "ok"


def test_a_database_without_tables_is_told_from_one_with_them(var, floorwalker, monkeypatch):
    free_ports(monkeypatch)
    (var / "shop.db").touch()
    found = statuses(floorwalker("doctor", "--json"))
    assert found["database.reachable"] == "ok" and found["database.migrated"] == "fail" and "shop.products" not in found


def test_a_damaged_database_is_found(shop):
    shop.database.close()
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    content = bytearray(path.read_bytes())
    content[8192:12288] = b"\xff" * 4096
    path.write_bytes(content)
    damaged = open_database()
    assert integrity(damaged).status == "fail"
    damaged.close()


@pytest.mark.parametrize(("mode", "status"), [(0o600, "ok"), (0o640, "fail"), (0o604, "fail")])
def test_a_key_that_others_may_read_is_a_failure(var, floorwalker, monkeypatch, mode, status):
    free_ports(monkeypatch)
    (var / "secret.key").write_bytes(b"k" * 32)
    (var / "secret.key").chmod(mode)
    assert statuses(floorwalker("doctor", "--json"))["secret.key"] == status


@pytest.mark.parametrize("name", ["shop.db", "rasa.db-wal", "."])
def test_a_database_that_others_may_read_is_a_failure_which_setup_mends(var, floorwalker, monkeypatch, name):
    free_ports(monkeypatch)
    monkeypatch.setattr("commands.setup.train", lambda *_, **__: None)
    monkeypatch.setattr(settings, "demo", False)
    floorwalker("setup")
    (var / "rasa.db-wal").touch(mode=0o600)
    assert statuses(floorwalker("doctor", "--json"))["var.private"] == "ok"
    (var / name).chmod(0o755)
    assert statuses(floorwalker("doctor", "--json"))["var.private"] == "fail"
    floorwalker("setup")
    assert statuses(floorwalker("doctor", "--json"))["var.private"] == "ok"


def test_where_to_read_why_a_process_stopped_is_told_truly(var, floorwalker, monkeypatch):
    free_ports(monkeypatch)
    answers = {f"http://127.0.0.1:{settings.port}/health": None}
    monkeypatch.setattr("commands.doctor_processes._trouble", lambda address: answers.get(address, "no answer"))
    checks = floorwalker("doctor", "--json").json["checks"]
    hint = next(check["hint"] for check in checks if check["id"] == "process.rasa")
    assert "floorwalker serve rasa" in hint and str(var / "log") not in hint


def test_parts_that_do_not_belong_together_are_found(var):
    registry = Registry(var / "models")

    def publish(part: str, version: str, file: str, **card) -> None:
        draft = registry.root / ".draft"
        draft.mkdir(parents=True)
        (draft / file).touch()
        registry.publish(part, version, draft, card)

    publish("embedding", "e1", "model.onnx")
    publish("index", "i1", "vectors.npy", embedding="e1")
    publish("rasa", "r1", "rasa.tar.gz", embedding="e1", fingerprint="of long ago")
    found = {check.id: check.status for check in model_checks(registry)}
    assert found["index.embedding"] == found["rasa.embedding"] == "ok" and found["rasa.data"] == "warn"

    publish("embedding", "e2", "model.onnx")
    found = {check.id: check.status for check in model_checks(registry)}
    assert found["index.embedding"] == "fail" and found["rasa.embedding"] == "ok"

    publish("rasa", "r2", "rasa.tar.gz", embedding="gone")
    registry.require("index").directory.joinpath("vectors.npy").unlink()
    found = {check.id: check.status for check in model_checks(registry)}
    assert found["rasa.embedding"] == found["models.index"] == "fail"


def test_a_missing_package_does_not_silence_the_doctor(var, monkeypatch):
    registry = Registry(var / "models")
    for part, file, card in (("embedding", "model.onnx", {}), ("rasa", "rasa.tar.gz", {"embedding": "v1"})):
        draft = registry.root / f".{part}"
        draft.mkdir(parents=True)
        (draft / file).touch()
        registry.publish(part, "v1", draft, card)
    monkeypatch.delattr(commands, "train", raising=False)
    monkeypatch.setitem(sys.modules, "commands.train", None)
    (check,) = [check for check in model_checks(registry) if check.id == "rasa.data"]
    assert check.status == "warn" and "make environments" in check.hint


def test_packages_are_compared_with_what_is_pinned(tmp_path):
    site = tmp_path / "env" / "lib" / "python3.11" / "site-packages"
    for name, version in (("Faiss_CPU", "1.9.0"), ("tidy", "2.0"), ("torch", "2.13.0+cpu")):
        folder = site / f"{name}-{version}.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")

    def check(*pins: str) -> Check:
        (tmp_path / "main.txt").write_text("\n".join(pins) + "\n")
        return packages("packages.main", tmp_path / "main.txt", tmp_path / "env")

    assert check("faiss-cpu==1.9.0", "tidy==2.0  # a reason", "torch==2.13.0").status == "ok"
    assert check("tidy==3.0").status == "warn"
    assert check("faiss-cpu==1.8.0").status == "fail"
    missing = check("faiss-cpu==1.9.0", "absent==1.0")
    assert missing.status == "fail" and "absent is missing" in missing.message


@pytest.mark.skipif(sys.byteorder != "little", reason="the tables above are written as a little-endian kernel does")
def test_who_listens_is_read_from_the_kernels_tables():
    assert listening(LOOPBACK_4, 5005) == [IPv4Address("127.0.0.1")]
    assert listening(LOOPBACK_6, 5005) == [IPv6Address("::1")]
    assert listening(OUTGOING, 5005) == listening(LOOPBACK_4, 5006) == []


@pytest.mark.skipif(sys.byteorder != "little", reason="the tables above are written as a little-endian kernel does")
def test_a_port_that_others_can_reach_is_a_failure():
    assert loopback_check("ports.rasa", 5005, [LOOPBACK_4, LOOPBACK_6, OUTGOING]).status == "ok"
    assert loopback_check("ports.rasa", 5005, [EVERYWHERE_4]).status == "fail"
    assert loopback_check("ports.rasa", 5005, [LOOPBACK_4, EVERYWHERE_6]).status == "fail"
    assert loopback_check("ports.rasa", 5005, None).status == "warn"


def test_one_process_alone_that_does_not_answer_is_a_failure(var, floorwalker, monkeypatch):
    free_ports(monkeypatch)
    with socket.create_server(("127.0.0.1", settings.rasa_port)):
        pass
    answers = {f"http://127.0.0.1:{settings.port}/health": None}
    monkeypatch.setattr("commands.doctor_processes._trouble", lambda address: answers.get(address, "no answer"))
    found = statuses(floorwalker("doctor", "--json"))
    assert (found["process.web"], found["process.rasa"], found["process.actions"]) == ("ok", "fail", "fail")


def test_the_gravest_status_counts():
    assert worst([]) == "ok"
    assert worst([Check("a", "ok", ""), Check("b", "warn", "", "x")]) == "warn"
    assert worst([Check("a", "fail", "", "x"), Check("b", "warn", "", "x")]) == "fail"
