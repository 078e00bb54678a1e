"""What `./run` promises, on a checkout of its own with a simulator of uv, and nothing on the PATH but what is put there."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ["cat", "cksum", "cut", "dirname", "env", "id", "mkdir", "mv", "readlink", "rm", "sed", "sh", "sleep", "tr"]
PYTHON = os.path.realpath(sys.executable)

DEAD = "#!/bin/sh\necho 'command not found' >&2\nexit 127\n"
LIVE = f'#!/bin/sh\nexec {PYTHON} "$@"\n'

# Makes the environment that uv would make, with a `govern` that tells how it was called, and writes down what it did.
UV = f"""#!{PYTHON}
import os, sys, time, venv
from pathlib import Path

diary = Path(__file__).with_name("uv.diary")
match sys.argv[1:]:
    case ["--version"]:
        sys.exit()
    case ["venv", *_, folder]:
        venv.create(folder, symlinks=True)
        deed = "venv"
    case ["pip", "sync", *_, lock]:
        deed = "sync " + Path(lock).name
    case ["pip", "install", *_, root]:
        govern = Path(root, ".venv/bin/govern")
        govern.write_text('#!/bin/sh\\necho "$$ $PWD $*"\\neval "$DEED"\\n')
        govern.chmod(0o755)
        deed = "install"
with diary.open("a") as lines:
    lines.write(deed + "\\n")
time.sleep(float(os.environ.get("UV_TAKES", "0")))
sys.exit(int(os.environ.get("UV_FAILS", "0")))
"""


@dataclass
class Checkout:
    root: Path
    path: Path
    environment: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, text: str) -> Path:
        program = self.path / name
        program.write_text(text)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return program

    def start(self, *arguments: str, cwd: Path | None = None, script: Path | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [script or self.root / "run", *arguments],
            cwd=cwd or self.root,
            env={"PATH": str(self.path), **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(
        self, *arguments: str, cwd: Path | None = None, script: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments, cwd=cwd, script=script)
        stdout, stderr = process.communicate(timeout=60)
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)

    @property
    def diary(self) -> list[str]:
        diary = self.path / "uv.diary"
        return diary.read_text().splitlines() if diary.exists() else []

    def wait_for(self, deed: str) -> None:
        deadline = time.monotonic() + 30
        while deed not in self.diary:
            assert time.monotonic() < deadline, f"no {deed!r} in {self.diary}"
            time.sleep(0.01)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root, path = tmp_path / "a checkout", tmp_path / "bin"
    root.mkdir()
    path.mkdir()
    shutil.copy(ROOT / "run", root)
    shutil.copy(ROOT / "pyproject.toml", root)
    shutil.copytree(ROOT / "requirements", root / "requirements")
    for name in TOOLS:
        (path / name).symlink_to(shutil.which(name) or name)
    made = Checkout(root, path)
    made.put("python3.11", LIVE)
    made.put("uv", UV)
    return made


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param([], 75, id="nothing"),
        pytest.param(["help"], 0, id="help"),
        pytest.param(["frobnicate"], 75, id="no such command"),
    ],
)
def test_usage_stands_on_stderr(checkout: Checkout, arguments: list[str], code: int) -> None:
    done = checkout.run(*arguments)

    assert (done.returncode, done.stdout, checkout.diary) == (code, "", [])
    for command in ["demo", "govern", "ui", "serve", "check", "test", "bench"]:
        assert f"./run {command} " in done.stderr


def test_the_first_run_makes_the_environment_and_the_second_uses_it(checkout: Checkout) -> None:
    first = checkout.run("govern", "inbox")
    second = checkout.run("govern", "inbox")

    assert (first.returncode, second.returncode) == (0, 0)
    assert "installing requirements/run.lock into .venv" in first.stderr
    assert second.stderr == ""
    assert checkout.diary == ["venv", "sync run.lock", "install"]


def test_nothing_but_the_command_speaks_on_stdout(checkout: Checkout) -> None:
    done = checkout.run("govern", "inbox")

    assert done.stdout.splitlines() == [f"{done.stdout.split()[0]} {checkout.root} inbox"]


@pytest.mark.parametrize("command", ["demo", "ui", "serve"])
def test_demo_ui_and_serve_are_commands_of_govern(checkout: Checkout, command: str) -> None:
    done = checkout.run(command, "--flag")

    assert done.stdout.endswith(f" {command} --flag\n")


@pytest.mark.parametrize("code", [0, 1, 7, 70, 130])
def test_the_exit_code_is_the_commands_own(checkout: Checkout, code: int) -> None:
    checkout.environment["DEED"] = f"exit {code}"

    assert checkout.run("govern").returncode == code


def test_what_the_caller_tells_python_does_not_reach_the_command(checkout: Checkout) -> None:
    told = {"PYTHONHOME": "/nowhere", "PYTHONPATH": "/elsewhere", "PYTHONDONTWRITEBYTECODE": "1"}
    checkout.environment |= told | {"DEED": "env"}

    environment = checkout.run("govern").stdout

    assert not any(name in environment for name in told)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_reaches_the_command(checkout: Checkout, number: signal.Signals) -> None:
    checkout.environment["DEED"] = "exec sleep 60"
    process = checkout.start("govern")
    assert process.stdout is not None

    spoken = process.stdout.readline()
    process.send_signal(number)
    process.communicate(timeout=30)

    assert spoken.split()[0] == str(process.pid)
    assert process.returncode == -number


def test_it_works_from_another_folder_and_stays_there(checkout: Checkout, tmp_path: Path) -> None:
    done = checkout.run("demo", cwd=tmp_path)

    assert done.stdout.split(maxsplit=1)[1] == f"{tmp_path} demo\n"


def test_it_works_through_a_link(checkout: Checkout, tmp_path: Path) -> None:
    link = tmp_path / "bank"
    link.symlink_to("a checkout/run")

    assert checkout.run("govern", script=link).returncode == 0


def test_a_dead_interpreter_is_passed_over(checkout: Checkout) -> None:
    for name in ["python3.13", "python3.12"]:
        checkout.put(name, DEAD)

    done = checkout.run("govern")

    assert done.returncode == 0
    assert f"with {PYTHON}" in done.stderr


def test_a_live_interpreter_behind_a_dead_one_is_found(checkout: Checkout, tmp_path: Path) -> None:
    checkout.put("python3.11", DEAD)
    (tmp_path / "later").mkdir()
    shutil.copy(checkout.put("live", LIVE), tmp_path / "later" / "python3.11")
    checkout.environment["PATH"] = f"{checkout.path}:{tmp_path / 'later'}"

    assert checkout.run("govern").returncode == 0


def test_without_a_python_it_says_so(checkout: Checkout) -> None:
    checkout.put("python3.11", DEAD)

    done = checkout.run("govern")

    assert (done.returncode, done.stdout) == (75, "")
    assert "no Python 3.11 or newer on the PATH runs" in done.stderr


@pytest.mark.parametrize("named", ["/nowhere/python", "python3.12"], ids=["missing", "dead"])
def test_a_bad_govern_python_is_an_error(checkout: Checkout, named: str) -> None:
    checkout.put("python3.12", DEAD)
    checkout.environment["GOVERN_PYTHON"] = named

    done = checkout.run("govern")

    assert (done.returncode, done.stdout) == (75, "")
    assert f"GOVERN_PYTHON={named} is not a Python 3.11 or newer that runs" in done.stderr


def test_an_environment_of_another_python_is_made_anew(checkout: Checkout) -> None:
    checkout.run("govern")
    stamp = checkout.root / ".venv" / "govern.stamp"
    stamp.write_text(stamp.read_text().replace("3.1", "2.1"))

    checkout.run("govern")

    assert checkout.diary.count("sync run.lock") == 2


@pytest.mark.parametrize("name", ["pyproject.toml", "requirements/run.lock", "requirements/test.lock"])
def test_a_changed_lock_or_project_is_installed_again(checkout: Checkout, name: str) -> None:
    checkout.run("govern")
    changed = checkout.root / name
    changed.write_text(changed.read_text().replace("==", "== ").replace(">=", ">= "))

    checkout.run("govern")

    assert checkout.diary == ["venv", "sync run.lock", "install", "sync run.lock", "install"]


def test_a_checkout_that_was_moved_is_installed_again(checkout: Checkout, tmp_path: Path) -> None:
    checkout.run("govern")
    checkout.root = checkout.root.rename(tmp_path / "elsewhere")

    checkout.run("govern")

    assert checkout.diary.count("sync run.lock") == 2


def test_the_test_tools_stay_once_they_are_there(checkout: Checkout) -> None:
    checkout.run("test", "-q")
    checkout.run("govern")
    lock = checkout.root / "requirements" / "test.lock"
    lock.write_text(lock.read_text() + "\n")
    checkout.run("govern")

    assert [deed for deed in checkout.diary if deed.startswith("sync")] == ["sync test.lock", "sync test.lock"]


@pytest.mark.parametrize("deed", ["venv", "sync run.lock", "install"])
def test_an_environment_whose_set_up_was_killed_is_never_used(checkout: Checkout, deed: str) -> None:
    checkout.environment["UV_TAKES"] = "60" if deed == "venv" else "1"
    killed = checkout.start("govern")
    checkout.wait_for(deed)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    checkout.environment["UV_TAKES"] = "0"

    done = checkout.run("govern")

    assert done.returncode == 0
    assert "installing" in done.stderr
    assert checkout.diary[-2:] == ["sync run.lock", "install"]


def test_an_environment_killed_on_its_way_to_another_lock_is_not_used_for_the_first(checkout: Checkout) -> None:
    checkout.run("govern")
    lock = checkout.root / "requirements" / "run.lock"
    first = lock.read_text()
    lock.write_text(first + "\n")
    checkout.environment["UV_TAKES"] = "1"
    killed = checkout.start("govern")
    while checkout.diary.count("sync run.lock") < 2:
        time.sleep(0.01)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    checkout.environment["UV_TAKES"] = "0"
    lock.write_text(first)

    assert "installing" in checkout.run("govern").stderr


def test_an_interrupted_set_up_ends_as_interrupted(checkout: Checkout) -> None:
    checkout.environment["UV_TAKES"] = "60"
    process = checkout.start("govern")
    checkout.wait_for("venv")

    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=30)

    assert process.returncode == -signal.SIGINT


def test_two_at_once_set_up_once(checkout: Checkout) -> None:
    checkout.environment["UV_TAKES"] = "0.3"

    processes = [checkout.start("govern") for _ in range(3)]
    spoken = [process.communicate(timeout=60)[1] for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0]
    assert checkout.diary == ["venv", "sync run.lock", "install"]
    assert any("waiting for another ./run" in words for words in spoken)


def test_an_environment_that_was_broken_by_hand_is_the_failure_of_run(checkout: Checkout) -> None:
    checkout.run("govern")
    (checkout.root / ".venv" / "bin" / "govern").unlink()

    done = checkout.run("govern")

    assert (done.returncode, done.stdout) == (75, "")


def test_a_set_up_that_fails_is_the_failure_of_run(checkout: Checkout) -> None:
    checkout.environment["UV_FAILS"] = "2"
    (checkout.root / "requirements" / "run.lock").write_text("no-such-thing==1 --hash=sha256:00\n")

    done = checkout.run("govern")

    assert (done.returncode, done.stdout) == (75, "")
    assert "uv could not do it, trying pip" in done.stderr
    assert not (checkout.root / ".venv" / "govern.stamp").exists()


QT = """\
import sys
from pathlib import Path
if not Path(sys.prefix, "libraries").exists():
    raise ImportError("libEGL.so.1: cannot open shared object file")
QApplication = list
"""
APT = """\
#!/bin/sh
echo "$*" >>"${0%/*}/apt.diary"
[ "$1" != install ] || >"$VENV/libraries"
"""


@pytest.fixture
def without_libraries(checkout: Checkout) -> Checkout:
    """A checkout with a Qt that does not start, on a system with apt-get."""
    checkout.run("govern")
    (packages,) = (checkout.root / ".venv/lib").glob("python3*/site-packages")
    (packages / "PySide6").mkdir()
    (packages / "PySide6/__init__.py").touch()
    (packages / "PySide6/QtWidgets.py").write_text(QT)
    checkout.put("apt-get", APT)
    checkout.environment["VENV"] = str(checkout.root / ".venv")
    (checkout.path / "id").unlink()
    return checkout


def test_what_qt_wants_of_the_system_is_installed_once_for_who_may(without_libraries: Checkout) -> None:
    without_libraries.put("id", "#!/bin/sh\necho 0\n")

    first, second = without_libraries.run("ui"), without_libraries.run("ui")

    assert (first.returncode, second.returncode, second.stderr) == (0, 0, "")
    assert "run: apt-get install libegl1 " in first.stderr
    diary = (without_libraries.path / "apt.diary").read_text().splitlines()
    assert [line.split()[0] for line in diary] == ["update", "install"]


def test_who_may_not_install_what_qt_wants_is_told_the_command(without_libraries: Checkout) -> None:
    without_libraries.put("id", "#!/bin/sh\necho 1000\n")

    done, other = without_libraries.run("ui"), without_libraries.run("govern")

    assert (done.returncode, done.stdout) == (75, "")
    assert "run: sudo apt-get install libegl1 " in done.stderr
    assert other.returncode == 0
