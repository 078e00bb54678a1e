"""An export read by Go's own signed notes and transparent logs (golang.org/x/mod), which share no code with us."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from govern.ledger.merkle import Tree, leaf_hash
from govern.ledger.note import Checkpoint, KeyType, VerifierKey, sign_note
from govern.ledger.strict import encode64
from govern.ledger.tiles import export

GOPATH = Path("/usr/share/gocode")
LIBRARY = GOPATH / "src/golang.org/x/mod/sumdb/tlog"
LOG = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
KEY = VerifierKey("ledger.example/acme", KeyType.ED25519, LOG.public_key().public_bytes_raw())


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    go = shutil.which("go")
    if go is None or not LIBRARY.is_dir():
        reason = "needs Go and golang.org/x/mod: apt-get install golang-go golang-golang-x-mod-dev"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("go")
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": str(GOPATH), "GOCACHE": str(folder / "cache")}
    source = Path(__file__).parent / "go/main.go"
    subprocess.run([go, "build", "-o", folder / "check", source], check=True, env=environment)
    return folder / "check"


def exported(folder: Path, size: int) -> Tree:
    tree, entries = Tree(), [b"entry %d" % index for index in range(size)]
    for entry in entries:
        tree.append(leaf_hash(entry))
    for path, content in export(size, tree.node, entries):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    (folder / "checkpoint").write_bytes(sign_note(str(Checkpoint(KEY.name, size, tree.root())), KEY.name, LOG))
    (folder / "log.vkey").write_text(f"{KEY}\n")
    return tree


def checked(checker: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([checker, folder], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 1000])
def test_go_verifies_our_export(checker: Path, tmp_path: Path, size: int) -> None:
    tree = exported(tmp_path, size)

    result = checked(checker, tmp_path)

    assert (result.returncode, result.stdout) == (0, f"{size} {encode64(tree.root())}\n"), result.stderr


def test_go_verifies_our_golden_export(checker: Path) -> None:
    result = checked(checker, Path(__file__).parents[1] / "vectors/golden/export")

    assert (result.returncode, result.stdout.split()[0]) == (0, "260"), result.stderr


def test_go_refuses_each_file_of_our_export_with_one_bit_flipped(checker: Path, tmp_path: Path) -> None:
    exported(tmp_path, 300)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 7

    for file in files:
        content = file.read_bytes()
        middle = len(content) // 2
        file.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        result = checked(checker, tmp_path)
        file.write_bytes(content)

        assert result.returncode == 1, f"{file} was accepted: {result.stdout}"
    assert checked(checker, tmp_path).returncode == 0
