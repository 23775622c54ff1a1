"""Who may import whom, read from the source: rules of the house that no reviewer has to keep."""

import ast
import functools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCES = sorted([ROOT / "app.py", *ROOT.glob("vidgen/**/*.py"), *ROOT.glob("train/**/*.py")])

# From the bottom up: a part may import what stands in an earlier row, and from its own part.
ROWS = [
    {
        "vidgen.limits",
        "vidgen.types",
        "vidgen.hardware",
        "vidgen.outbox",
        "vidgen.files",
        "vidgen.memory",
        "vidgen.turns",
    },
    {"vidgen.latents", "vidgen.settings", "vidgen.vocabulary"},
    {"vidgen.models", "vidgen.lessons"},
    {"vidgen.directions"},
    {"vidgen.place"},
    {"vidgen.pixels"},
    {"vidgen.requests", "vidgen.store"},
    {"vidgen.gallery", "vidgen.live", "vidgen.timeline", "vidgen.wording"},
    {"vidgen.previews"},
    {"vidgen.graph"},
    {"vidgen.engine"},
    {"vidgen.inverse", "vidgen.sound"},
    {"vidgen.studio"},
    {"vidgen.ui"},
    {"vidgen.commands"},
    {"vidgen.__main__", "app"},
]
# The same for the training module, which may import all of vidgen but its page.
TRAIN_ROWS = [
    {"train.runtime"},
    {"train.data"},
    {"train.objective"},
    {"train.gan"},
    {"train.likelihood"},
    {"train.families"},
    {"train.config", "train.live"},
    {"train.options", "train.pictures", "train.judging", "train.scores"},
    {"train.loop"},
    {"train.checks"},
    {"train.setup"},
    {"train.publish", "train.evaluate", "train.prediction", "train.encoder", "train.__main__"},
]
# A third party's name -> the only places in app.py and vidgen that may import it.
HOMES = {
    "gradio": {"app", "vidgen.ui"},
    "safetensors": {"vidgen.store"},
    "huggingface_hub": {"vidgen.store"},
    "openvino": {"vidgen.graph"},
    "cv2": {"vidgen.pixels"},
    "PIL": {"vidgen.pixels"},
}
# What a module may call while it is imported: it makes tables, it does not act.
ALLOWED_CALLS = {
    "dataclass", "field", "Limit", "Path", "resolve", "with_name", "compile", "dtype", "tuple",
    "frozenset", "TypeVar", "getLogger", "setdefault", "prepare", "setting", "Family",
    "ContextVar", "Ticket", "Door", "range", "encode", "Lock", "Turns", "WeakKeyDictionary",
    "ThreadPoolExecutor", "within",
    "Lesson", "Preset", "replace", "Counter", "Examples", "Bounds",
}  # fmt: skip


def name_of(path: Path) -> str:
    """vidgen/models/style.py -> vidgen.models.style, vidgen/__init__.py -> vidgen."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(tree_of(path)))


@functools.cache
def imports(path: Path) -> set[str]:
    """Every module that a file imports anywhere in it; `from a import b` counts as a.b too."""
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def inside(module: str, part: str) -> bool:
    return module == part or module.startswith(part + ".")


def row_of(module: str, rows: list[set[str]] = ROWS) -> int | None:
    """Where a module stands; the package itself only passes on names and stands nowhere."""
    for height, row in enumerate(rows):
        if any(inside(module, part) for part in row):
            return height
    return None


PARTS = [path for path in SOURCES if not inside(name_of(path), "train")]
TRAINERS = [path for path in SOURCES if inside(name_of(path), "train")]


def check_imports_go_down(path: Path, rows: list[set[str]]) -> None:
    me = name_of(path)
    here = row_of(me, rows)
    assert here is not None, f"{me} has no place in the house yet: give it one above"
    mine = next(part for part in rows[here] if inside(me, part))
    for module in imports(path):
        height = row_of(module, rows)
        if height is not None and not inside(module, mine):
            assert height < here, f"{me} imports {module}"


def test_imports_only_go_down():
    for path in PARTS:
        me = name_of(path)
        if me == "vidgen":
            continue  # it passes on the public names of every part
        check_imports_go_down(path, ROWS)
        assert not any(inside(module, "train") for module in imports(path)), f"{me} imports train"


def test_imports_of_the_training_module_only_go_down():
    for path in TRAINERS:
        if name_of(path) != "train":
            check_imports_go_down(path, TRAIN_ROWS)


def test_only_adversarial_families_know_a_critic():
    for path in TRAINERS:
        if any(inside(name_of(path), f"train.{room}") for room in ("gan", "families", "live")):
            continue
        for node in nodes(path):
            known = isinstance(node, ast.Attribute) and "critic" in node.attr
            assert not known, f"{path}:{node.lineno} expects a critic"


def test_the_training_module_knows_no_page():
    for path in TRAINERS:
        high = {module for module in imports(path) if (row_of(module) or 0) >= row_of("vidgen.ui")}
        assert not high and "gradio" not in imports(path), path


def test_every_library_has_one_home():
    for path in PARTS:
        me = name_of(path)
        for module in imports(path):
            homes = HOMES.get(module.split(".")[0])
            if homes:
                assert any(inside(me, home) for home in homes), f"{me} imports {module}"


def test_the_page_never_touches_torch():
    for path in PARTS:
        if inside(name_of(path), "vidgen.ui") or name_of(path) == "app":
            assert not any(inside(module, "torch") for module in imports(path)), path


def test_pixels_are_made_in_one_place():
    for path in PARTS:
        me = name_of(path)
        if inside(me, "vidgen.pixels"):
            continue
        for node in nodes(path):
            word = getattr(node, "attr", getattr(node, "id", None))
            assert word not in ("uint8", "byte", "imwrite", "imencode", "VideoWriter"), me


def test_frames_become_pixels_and_pixels_frames_in_one_file():
    for path in SOURCES:
        if name_of(path) != "vidgen.pixels.arrays":
            numbers = [node.value for node in nodes(path) if isinstance(node, ast.Constant)]
            assert 127.5 not in numbers, f"{path}: see vidgen/pixels/arrays.py"


def test_everything_is_drawn_by_the_engine():
    for path in SOURCES:
        if name_of(path) in ("vidgen.types", "vidgen.pixels.sheet"):
            continue  # where it is defined, and where the studio hands in another
        called = [
            node for node in nodes(path)
            if isinstance(node, ast.Attribute) and ast.unparse(node).endswith("generator.stream")
        ]  # fmt: skip
        # A weights file is tried with one frame, which nobody sees.
        assert len(called) == (name_of(path) == "vidgen.store.weights"), f"{path} draws by itself"


def test_nothing_is_pickled():
    for path in SOURCES:
        # I3D's weights and CIFAR-10 are published so: read with names that mean arrays only.
        known = {"pickle"} if name_of(path) in ("train.scores.i3d", "train.data.cifar") else set()
        assert not {"pickle", "dill", "cloudpickle", "joblib"} & imports(path) - known, path
        for node in nodes(path):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
                safe = [k for k in node.keywords if k.arg == "weights_only"]
                assert safe and ast.unparse(safe[0].value) == "True", (
                    f"{path}: an unsafe torch.load"
                )


def test_a_module_says_what_it_is():
    for path in SOURCES:
        first = (ast.get_docstring(tree_of(path)) or "").split("\n")[0]
        assert first, f"{path} does not begin with a line that says what it is"


def calls_at_import(node: ast.AST) -> Iterator[ast.Call]:
    """The calls in a statement that happen when the module is imported."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return  # a decorator only wraps
    if isinstance(node, ast.Call):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from calls_at_import(child)


def test_importing_a_module_calls_nothing_that_acts():
    for path in SOURCES:
        for statement in tree_of(path).body:
            program = isinstance(statement, ast.If) and "__name__ ==" in ast.unparse(statement.test)
            for call in () if program else calls_at_import(statement):
                called = ast.unparse(call.func).split(".")[-1]
                assert called in ALLOWED_CALLS, f"{path}:{call.lineno} calls {called}"


def test_importing_is_silent_makes_no_folder_opens_no_connection_and_vidgen_is_light(tmp_path):
    modules = [name_of(path) for path in SOURCES if not name_of(path).endswith("__main__")]
    script = f"""if True:
        import importlib, socket, sys
        def refuse(*_): raise AssertionError("a connection while importing")
        socket.socket.connect = socket.getaddrinfo = refuse
        sys.argv = ["x", "--no-such-option"]
        import vidgen
        heavy = {{"gradio", "huggingface_hub", "train"}} & set(sys.modules)
        assert not heavy, heavy
        for module in {modules!r}:
            importlib.import_module(module)
        from vidgen import load_generator, seeded_path, morph, mix, render
    """
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=900,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not list(tmp_path.iterdir())


def test_no_public_name_is_also_a_module():
    """`import vidgen.NAME` would put the module in the place of the function."""
    import vidgen

    for name in vidgen.__all__:
        module = ROOT / "vidgen" / name
        assert not module.is_dir() and not module.with_suffix(".py").exists(), name
