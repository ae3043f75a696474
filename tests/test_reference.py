"""The reference pages say what the files they describe say."""

import importlib.util
import sys
from pathlib import Path

import pytest

from gridrisk.layers import schema

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def reference():
    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["reference"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["reference"]


def test_the_pages_are_up_to_date(reference):
    assert reference.main(["--check"]) == 0, "run python scripts/reference.py"


def test_check_names_a_page_that_is_out_of_date(reference, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(reference, "DOCS", tmp_path)
    assert reference.main(["--check"]) == 1
    assert "docs/layers.md" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
    assert reference.main([]) == 0
    assert reference.main(["--check"]) == 0


def test_any_other_argument_is_wrong_use(reference):
    assert reference.main(["--chek"]) == 2


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_layer_field_and_choice_is_listed(reference, lang):
    page = reference.layers_page(lang)
    for name in schema.names():
        layer = schema.load(name)
        assert f"\n## {name}\n" in page
        for field, spec in layer.fields.items():
            assert f"| `{field}` | {reference.cell(spec.title.en)} {spec.title.zh} |" in page
            for key, choice in spec.choices.items():
                assert f"`{key}` {reference.cell(choice.en)} {reference.cell(choice.zh)}" in page


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_parameter_is_listed_with_its_source_and_assumptions_come_first(reference, lang):
    page = reference.models_page(lang)
    first = page.index(f"\n## {reference.word('sourced', lang)}\n")
    assert page.index(f"\n## {reference.word('assumptions', lang)}\n") < first
    for name in reference.model_names():
        assert f"`models/{name}.toml`" in page
        if name.startswith(("policies/", "scenarios/")):
            continue
        for line in reference.lines(name):
            # a column that is empty in a whole table is left out, so the row is known by what every table has
            row = "| " + " | ".join(line.cells(lang)[:5]) + " |"
            assert (page.index(row) < first) == (line.status == "assumption")


def test_a_table_survives_bars_and_line_breaks(reference):
    rows = [[reference.cell("a|b\nc*"), reference.code("x|y")]]
    assert reference.table(["one", "two"], rows).splitlines()[2] == r"| a\|b c\* | `x\|y` |"


def test_values_are_shown_in_the_language_of_the_page(reference):
    value = {"en": "grey iron", "zh": "灰铁", "when": {"material": ["pe", "steel"]}, "years": 3.0}
    assert reference.value_text(value, "zh") == "灰铁; when = {material = (pe, steel)}, years = 3"
    assert reference.value_text(value, "en").startswith("grey iron; ")
    assert reference.value_text([1.5, True], "en") == "1.5, true"


@pytest.mark.parametrize(
    "path", sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]), ids=lambda path: path.name
)
def test_links_lead_somewhere(reference, path):
    for target in reference.links(path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target
