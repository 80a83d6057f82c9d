"""The rules of the house that a machine can keep."""

from __future__ import annotations

import ast
import configparser
import importlib
import re
import shutil
import subprocess
import sys
import venv
from collections import Counter
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from adapter.core.settings import load as load_settings
from adapter.legacy.operations.registry import load
from tests.fixtures_live import ROOT, environment

TEXT = {".py", ".md", ".cfg", ".toml", ".yaml", ".conf", ".xml", ".html", ".sh", ".mako", ""}


def committed():
    """The files of the project: what git knows and has not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("this is not a git working tree")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def texts():
    for path in committed():
        if path.suffix in TEXT:
            try:
                yield path, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def modules():
    return [path for path in committed() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] == "adapter"]


def test_no_module_is_longer_than_500_lines():
    """But for migrations, which are lists of tables that nobody edits."""
    long = {
        str(path.relative_to(ROOT)): count
        for path, text in texts()
        if path.suffix == ".py" and path.parent.name != "versions" and (count := text.count("\n")) > 500
    }
    assert not long


def test_every_module_says_in_one_sentence_what_it_is_for():
    silent = [
        str(path.relative_to(ROOT))
        for path in modules()
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not silent


def test_no_two_classes_have_one_name():
    names = [
        each.name
        for path in modules()
        for each in ast.parse(path.read_text()).body
        if isinstance(each, ast.ClassDef) and not each.name.startswith("_")
    ]
    assert not {name for name, count in Counter(names).items() if count > 1}


def test_every_operation_has_a_template_and_names_its_modern_call():
    for name, operation in load().items():
        assert (ROOT / "xml_templates" / f"{name}.xml").is_file(), name
        first = (operation.function.__doc__ or "").split("\n\n")[0]
        words = " ".join(first.split())
        assert ": " in words or "no modern call" in words, (
            f"{name}: the docstring ends with the modern call behind a colon"
        )


def test_every_template_of_an_operation_belongs_to_one():
    names = {path.stem for path in (ROOT / "xml_templates").glob("[A-Z]*.xml")}
    assert names == set(load())


def test_nothing_is_left_to_be_done_later():
    marks = re.compile("TO" + r"DO|FIX" + r"ME|\bX{3}\b|NotImplemented" + "Error")
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}" for path, text in texts() for match in [marks.search(text)] if match
    ]
    assert not found


def test_nothing_speaks_of_the_machine_it_was_written_on():
    places = re.compile(r"/(?:work|home|Users)/(?!adapter\b)\w+|\b(?:10|192\.168)\.\d+\.\d+\.\d+:\d+")
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}" for path, text in texts() for match in [places.search(text)] if match
    ]
    assert not found


def test_sql_stands_only_in_the_stores():
    statement = re.compile(r"^\s*(?:import|from) sqlalchemy\b", re.MULTILINE)
    names = [path.relative_to(ROOT) for path in modules() if statement.search(path.read_text())]
    allowed = [each for each in names if "store" in each.parts or each.parts[1:3] == ("core", "database")]
    assert not {each for each in names if each.parts[1] != "migrations"} - set(allowed)


def test_every_part_has_its_layer_and_the_documents_draw_the_same_layers():
    contract = configparser.ConfigParser()
    contract.read(ROOT / "setup.cfg")
    held = contract["importlinter:contract:layers"]["layers"].split("\n")[1:]
    page = (ROOT / "docs" / "architecture.md").read_text()
    assert "\n".join(f"    {line}" for line in held) in page
    there = {path.relative_to(ROOT).parts[1].removesuffix(".py") for path in modules()} - {"__init__"}
    assert {name for line in held for name in line.split(" | ")} == there


def test_the_links_of_the_documents_lead_somewhere():
    broken = [
        f"{path.relative_to(ROOT)} -> {target}"
        for path in committed()
        if path.suffix == ".md"
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text())
        if not target.startswith(("http://", "https://", "mailto:")) and not (path.parent / target).exists()
    ]
    assert not broken


def test_the_changelog_begins_with_what_is_not_released():
    headings = re.findall(r"^##+ (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "Unreleased"
    kinds = {"Security", "Removed", "Deprecated", "Added", "Changed", "Fixed"}
    assert all(
        each in kinds or each == "Unreleased" or re.match(r"\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d$", each)
        for each in headings
    )


def test_every_dependency_says_why_it_is_there():
    lines = (ROOT / "setup.cfg").read_text().splitlines()
    start = lines.index("install_requires =")
    block = []
    for line in lines[start + 1 :]:
        if line and not line.startswith(" "):
            break
        block.append(line.strip())
    requirements = [index for index, line in enumerate(block) if line and not line.startswith("#")]
    assert requirements
    assert all(block[index - 1].startswith("#") for index in requirements)


@pytest.mark.parametrize(("lock", "extras"), [("run", {"postgresql"}), ("test", {"test"}), ("check", {"check"})])
def test_what_is_locked_is_what_setup_cfg_asks_for(lock, extras):
    declared = configparser.ConfigParser()
    declared.read(ROOT / "setup.cfg")
    blocks = [declared["options"]["install_requires"], *(declared["options.extras_require"][each] for each in extras)]
    asked = [Requirement(line) for block in blocks for line in block.splitlines() if line and line[0] != "#"]
    locked = dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / f"requirements/{lock}.txt").read_text(), re.MULTILINE))
    missing = [str(each) for each in asked if locked.get(canonicalize_name(each.name), "0") not in each.specifier]
    assert not missing, "run scripts/lock"


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "bench").glob("[!_]*.py")))
def test_a_benchmark_finds_all_that_it_imports(name):
    importlib.import_module(f"bench.{name}")


def test_the_scripts_are_valid_and_executable():
    for name in (
        "scripts/serve",
        "scripts/test",
        "scripts/check",
        "scripts/lock",
        "scripts/bench",
        ".ci/run",
        "deploy/prepare",
    ):
        path = ROOT / name
        assert path.stat().st_mode & 0o111, name
        subprocess.run(["bash", "-n", path], check=True)


def test_the_composition_names_only_files_and_settings_that_exist():
    import yaml

    composition = yaml.safe_load((ROOT / "compose.yaml").read_text())
    known = {f"ADAPTER_{name.upper()}" for name in load_settings({}).__dataclass_fields__}
    for service in composition["services"].values():
        for name in service.get("environment", {}):
            assert not name.startswith("ADAPTER_") or name.removesuffix("_FILE") in known, name
        for secret in service.get("secrets", []):
            assert secret in composition["secrets"]
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in composition["volumes"] or (ROOT / source).exists(), volume
    made = re.findall(r"^make (\w+)|\$folder/(tls_\w+)", (ROOT / "deploy" / "prepare").read_text(), re.MULTILINE)
    names = {first or second for first, second in made}
    assert {Path(each["file"]).name for each in composition["secrets"].values()} <= names


def test_the_secrets_of_the_composition_are_made_once(tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed here")
    folder = tmp_path / "secrets"
    first = subprocess.run([ROOT / "deploy" / "prepare", folder], capture_output=True, text=True, check=True).stdout
    assert first.count("made ") == 4
    assert folder.stat().st_mode & 0o077 == 0
    before = {path.name: path.read_text() for path in folder.iterdir()}
    assert (
        subprocess.run([ROOT / "deploy" / "prepare", folder], capture_output=True, text=True, check=True).stdout == ""
    )
    assert {path.name: path.read_text() for path in folder.iterdir()} == before
    settings = load_settings({"ADAPTER_ENCRYPTION_KEY_FILE": str(folder / "encryption_key")})
    from adapter.core.secrets import open_secrets

    assert open_secrets(settings).decrypt(open_secrets(settings).encrypt("x")) == "x"


@pytest.mark.slow
def test_an_installed_wheel_works_from_any_directory(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for path in committed():
        name = path.relative_to(ROOT)
        if name.parts[0] in {"adapter", "xml_templates", "setup.cfg", "pyproject.toml", "README.md", "LICENSE"}:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, source / name)
    wheels = tmp_path / "wheels"
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", wheels, source],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    # The dependencies are those of this environment; the project itself comes from the wheel alone.
    elsewhere = tmp_path / "elsewhere"
    venv.create(elsewhere, with_pip=False)
    site = next((elsewhere / "lib").glob("python*/site-packages"))
    (wheel,) = wheels.glob("*.whl")
    shutil.unpack_archive(wheel, site, "zip")
    (site / "dependencies.pth").write_text(
        "\n".join(each for each in sys.path if each.endswith("site-packages")) + "\n"
    )
    folder = tmp_path / "anywhere"
    folder.mkdir()
    program = (
        "import adapter, pathlib, tempfile\n"
        "from adapter.core.settings import load\n"
        "from adapter.core.database import open_store\n"
        "settings = load({}, data=pathlib.Path(tempfile.mkdtemp()))\n"
        "open_store(settings).migrate()\n"
        "client = adapter.create_app(settings).test_client()\n"
        "print(adapter.__file__)\n"
        "print(client.get('/?Operation=Help&Version=2014-08-15').status_code)\n"
        "print(client.get('/', headers={'Accept': 'text/html'}).status_code)\n"
        "print(client.get('/readyz').get_data(as_text=True))\n"
    )
    done = subprocess.run(
        [elsewhere / "bin" / "python", "-c", program],
        cwd=folder,
        env={name: value for name, value in environment().items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    where, legacy, page, ready = done.stdout.split("\n", 3)
    assert where.startswith(str(elsewhere))
    assert (legacy, page) == ("200", "200")
    assert '"database":"ok"' in ready
