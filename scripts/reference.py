"""Write the reference pages of layers and parameters from the files they describe.

Usage: python scripts/reference.py [--check]
Writes docs/layers.md, docs/models.md, docs/results.md and their Chinese versions. With --check writes nothing; exit
code 1 where a page is out of date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gridrisk import assets, coverage, params, plan, risk, words
from gridrisk.i18n import translate
from gridrisk.layers import crosswalk, headings, schema

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
LANGUAGES = ("en", "zh")
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
#: The layer everybody needs first, then those that outages and risk hang on most.
FIRST = ("pipes", "valves", "stations", "customers", "leaks")

WORDS: dict[str, tuple[str, str]] = {
    "layers": ("Layers and fields", "图层与字段"),
    "written": (
        "Written by `scripts/reference.py` from `{folder}`; change the files, not this page.",
        "本页由 `scripts/reference.py` 根据 `{folder}` 生成；请修改源文件，不要直接改本页。",
    ),
    "other": ("[中文]({page}.zh.md)", "[English]({page}.md)"),
    "how": (
        """\
Geometry and the fields marked **yes** are needed; every other field may be missing and is then unknown, never "no".
A heading is understood by the field's name, its titles or one of the words listed, whatever its case, width, blanks,
underscores and brackets, and also where a shapefile has cut it to ten bytes. A unit in the heading, `埋深(cm)`, or
beside the number, `0.4MPa`, is converted. A choice is understood by its name, its titles or the words behind it.
Yes and no are 是 否, 有 无, yes no, 1 0, √ ×; an empty cell, 不详, 未知, - or / is unknown.
A heading that is not listed, or codes of your own, need a [crosswalk](crosswalks.md).""",
        """\
几何和标 **必填** 的字段必须有；其余字段可以缺，缺即“不详”，绝不当作“否”。
表头按字段名、标题或所列同义词识别，不分大小写、全半角，不计空格、下划线和括号；shapefile 把表头截成十字节的也认得。
表头里的单位（`埋深(cm)`）或数字后的单位（`0.4MPa`）自动换算。选项按名称、标题或其后所列的词识别。
是非写作 是/否、有/无、yes/no、1/0、√/×；空格、不详、未知、-、/ 读作“不详”。
表头不在表中，或用自己的代码的，写一个[对照表](crosswalks.zh.md)。""",
    ),
    "results": ("Columns of the results", "结果字段"),
    "about_results": (
        """\
The files in `results/` (GeoParquet, and the same as layers of `gridrisk.gpkg`, where QGIS and ArcGIS show the titles as
aliases) have these columns. A column may be missing where what it rests on is; an empty cell is unknown, never "no" or
nought. A name such as `devices.needed` is the column `needed` of `devices` alone. Lists are comma lists in the
GeoPackage. `risk.md` says how the `term_` columns give the score back.""",
        """\
`results/` 中的文件（GeoParquet；`gridrisk.gpkg` 中有同名图层，QGIS 和 ArcGIS 以标题作字段别名）有下列字段。
所依据的资料缺少时，字段可以没有；空格表示不详，绝不是“否”或零。
形如 `devices.needed` 的是 `devices` 独有的 `needed` 字段。
列表在 GeoPackage 中以逗号分隔。`term_` 开头的各项如何还原出评分，见 `risk.zh.md`。""",
    ),
    "column": ("column", "字段"),
    "as_text": ("text", "文本"),
    "as_integer": ("whole number", "整数"),
    "as_plain": ("whole number", "整数"),
    "as_number": ("number", "数"),
    "as_share": ("share (0 to 1)", "比例（0 至 1）"),
    "as_money": ("yuan", "元"),
    "as_boolean": ("yes or no", "是否"),
    "geometry": ("Geometry", "几何"),
    "id": ("id", "编号"),
    "multipart": (
        "a row may consist of several parts",
        "一行可由多个部分组成",
    ),
    "also": ("also known as", "图层又称"),
    "field": ("field", "字段"),
    "title": ("title", "标题"),
    "type": ("type", "类型"),
    "unit": ("unit", "单位"),
    "range": ("range", "范围"),
    "required": ("required", "必填"),
    "headings": ("further headings understood", "还认得的表头"),
    "yes": ("**yes**", "**必填**"),
    "past": ("not after the as-of date", "不晚于评估日期"),
    "choices": ("Choices", "选项"),
    "words": ("words of", "用词同"),
    "yes_words": ("yes also", "“是”又作"),
    "no_words": ("no also", "“否”又作"),
    "note": ("note", "说明"),
    "rasters": ("Rasters", "栅格"),
    "raster_text": (
        """\
GeoTIFF, first band, in the coordinate system of the workspace; imported as `gridrisk import W population FILE`.

| raster | cells hold |
|---|---|
| `population` | people per cell |
| `ground_movement` | an index from 0 to 1; or mm a year with `ground.full_scale` in `likelihood/prior` to match |""",
        """\
GeoTIFF，取第一波段，坐标系须与工作区一致；用 `gridrisk import W population 文件` 导入。

| 栅格 | 像元含义 |
|---|---|
| `population` | 每个像元的人数 |
| `ground_movement` | 地面变形指数 0 至 1；或 mm/a，此时在 `likelihood/prior` 中相应设置 `ground.full_scale` |""",
    ),
    "crosswalks": ("Crosswalks shipped", "随附的对照表"),
    "models": ("Parameters", "参数"),
    "models_how": (
        """\
Every number the program uses, with where it comes from. To change one, copy its file to the same place below
`W/models/` and edit it there; the status tells how firm it is: `law` and `code` bind, `guidance` is an official or
published recommendation, `assumption` is judgement. **The assumptions come first: look at them before you rely on an
answer.** Texts stand as in the files. Scenarios are given with `--scenario` instead, see [plan.md](plan.md).""",
        """\
程序用到的每一个数及其出处。要改，把所在文件复制到 `W/models/` 下的同一位置再改。status 说明其效力：
`law`（法规、规范性文件）和 `code`（标准规范）有约束力，`guidance` 为官方或公开发表的建议，`assumption` 为经验判断。
**判断值列在最前：采信结果之前请先核对。** 说明文字按文件原样列出。
预算情景另用 `--scenario` 给出，见 [plan.zh.md](plan.zh.md)。""",
    ),
    "assumptions": ("Assumptions: look at these first", "经验判断：请先核对"),
    "sourced": ("From laws, codes and guidance", "来自法规、标准与指南"),
    "count": ("{assumed} of {all} numbers are assumptions.", "共 {all} 项，其中 {assumed} 项为经验判断。"),
    "parameter": ("parameter", "参数"),
    "value": ("value", "值"),
    "source": ("source", "出处"),
    "status": ("status", "效力"),
    "scenarios": ("Scenarios", "预算情景"),
    "policies": ("District policies", "区县政策"),
    "presumptions": ("Presumptions of policies", "政策文件中的推定"),
    "statement": ("statement", "条目"),
    "content": ("content", "内容"),
    "clause": ("clause", "条款"),
    "decision": ("the planner's own decision", "由规划者自定"),
    "invented": (
        "the sample city only; no answer about your own city uses it",
        "仅用于示例城市，不影响自己城市的结果",
    ),
}


def word(key: str, lang: str) -> str:
    """Return a word or sentence of the pages."""
    return WORDS[key][LANGUAGES.index(lang)]


def cell(text: object) -> str:
    """Return a text that may stand in a table."""
    plain = str(text).strip()
    for sign in "\\|*<>[]":
        plain = plain.replace(sign, f"\\{sign}")
    return " ".join(plain.split())


def code(text: object) -> str:
    """Return a name or value in fixed width."""
    return f"`{str(text).replace('|', chr(92) + '|')}`"


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table, its empty columns left out."""
    whole = [list(row) for row in rows]
    names = list(heads)
    kept = [n for n in range(len(names)) if any(row[n] for row in whole)]
    lines = [[names[n] for n in kept], ["---"] * len(kept), *([row[n] for n in kept] for row in whole)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


# Layers --------------------------------------------------------------------------------------------------------------


def layer_names() -> list[str]:
    """Return the layers, the most needed first."""
    return [*FIRST, *(name for name in schema.names() if name not in FIRST)]


def layers_page(lang: str) -> str:
    """Return docs/layers.md."""
    loaded = [schema.load(name) for name in layer_names()]
    parts = [
        f"# {word('layers', lang)}",
        word("other", lang).format(page="layers"),
        word("written", lang).format(folder="layers/"),
        word("how", lang),
        "\n".join(
            f"- [{code(layer.layer)}](#{layer.layer}) {cell(layer.title.en)} {cell(layer.title.zh)}" for layer in loaded
        ),
        *(part for layer in loaded for part in _layer(layer, lang)),
        f"## {word('rasters', lang)}",
        word("raster_text", lang),
        f"## {word('crosswalks', lang)}",
        "\n".join(f"- {code(name)}: {cell(crosswalk.load(name).title)}" for name in crosswalk.names()),
    ]
    return "\n\n".join(parts) + "\n"


def _layer(layer: schema.LayerSchema, lang: str) -> Iterator[str]:
    yield f"## {layer.layer}"
    facts = [f"{word('geometry', lang)} {', '.join(layer.geometry)}", f"{word('id', lang)} {code(layer.id)}"]
    if layer.multipart:
        facts.append(word("multipart", lang))
    if layer.synonyms:
        facts.append(f"{word('also', lang)} {', '.join(map(cell, layer.synonyms))}")
    yield f"**{cell(layer.title.en)} {cell(layer.title.zh)}.** " + "; ".join(facts) + "."
    heads = ("field", "title", "type", "unit", "range", "required", "headings", "note")
    yield table((word(head, lang) for head in heads), (_field(layer, name, lang) for name in layer.fields))
    chosen = [(name, spec) for name, spec in layer.fields.items() if spec.choices]
    if chosen:
        yield f"{word('choices', lang)}:"
        yield "\n".join(
            f"- {code(name)}: " + "; ".join(_choice(key, choice) for key, choice in spec.choices.items())
            for name, spec in chosen
        )


def _field(layer: schema.LayerSchema, name: str, lang: str) -> list[str]:
    spec = layer.fields[name]
    shown = {name, spec.title.en, spec.title.zh}
    further = dict.fromkeys(text for text in headings.vocabulary(layer.layer)[name] if text not in shown)
    notes = [cell(spec.note)] if spec.note else []
    if spec.items:
        notes.append(f"{word('words', lang)} {code(spec.items)}")
    if spec.past:
        notes.append(word("past", lang))
    notes += [
        f"{word(key, lang)}: {', '.join(map(cell, words))}"
        for key, words in (("yes_words", spec.yes), ("no_words", spec.no))
        if words
    ]
    return [
        code(name),
        f"{cell(spec.title.en)} {cell(spec.title.zh)}",
        spec.type,
        cell(spec.unit),
        _range(spec.min, spec.max),
        word("yes", lang) if spec.required else "",
        ", ".join(map(cell, further)),
        "; ".join(notes),
    ]


def _range(least: float | None, most: float | None) -> str:
    if least is None and most is None:
        return ""
    if most is None:
        return f"≥ {least:g}"
    return f"≤ {most:g}" if least is None else f"{least:g} … {most:g}"


def _choice(key: str, choice: schema.Choice) -> str:
    words = dict.fromkeys(text for text in choice.synonyms if text not in {key, choice.en, choice.zh})
    further = f" ({', '.join(map(cell, words))})" if words else ""
    return f"{code(key)} {cell(choice.en)} {cell(choice.zh)}{further}"


# Parameters ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the page: a number and where it comes from."""

    file: str
    name: str
    value: Any
    unit: str
    source: str
    status: str
    note: str

    def cells(self, lang: str) -> list[str]:
        """Return the row."""
        return [
            code(self.name),
            value_text(self.value, lang),
            cell(self.unit),
            cell(self.source),
            self.status,
            cell(self.note),
        ]


HEADS = ("parameter", "value", "unit", "source", "status", "note")


def model_names() -> list[str]:
    """Return every parameter file below `models/`, without its ending."""
    root = assets.folder("models")
    return sorted(path.relative_to(root).with_suffix("").as_posix() for path in root.rglob("*.toml"))


def lines(name: str) -> Iterator[Line]:
    """Yield the numbers of a file that states each with its source."""
    for key, entry in params.load(name).items():
        yield Line(name, key, entry.value, entry.unit, entry.citation, entry.status, entry.note)


def scenario_lines(name: str) -> Iterator[Line]:
    """Yield the numbers of a scenario that are judgement; money, crews and years are the planner's own."""
    scenario = plan.load_scenario(assets.folder("models") / f"{name}.toml")
    for key in type(scenario).model_fields:
        value = getattr(scenario, key)
        if isinstance(value, plan.scenario.Judged):
            citation = f"{value.source} {value.clause}".strip()
            yield Line(name, key, value.value, value.unit, citation, value.status, value.note)


def models_page(lang: str) -> str:
    """Return docs/models.md."""
    names = [name for name in model_names() if not name.startswith(("policies/", "scenarios/"))]
    # the invented city is last: nobody's own answers hang on it
    names.sort(key=lambda name: (name.startswith("sample/"), name))
    every = [line for name in names for line in lines(name)]
    every += list(scenario_lines("scenarios/default"))
    assumed = [line for line in every if line.status == "assumption"]
    policies = coverage.policy_names()
    parts = [
        f"# {word('models', lang)}",
        word("other", lang).format(page="models"),
        word("written", lang).format(folder="models/"),
        word("models_how", lang),
        word("count", lang).format(assumed=len(assumed), all=len(every)),
        f"## {word('assumptions', lang)}",
        *_by_file(assumed, lang),
        f"### {word('presumptions', lang)}",
        table(
            (word(head, lang) for head in ("parameter", "value", "source", "note")),
            (row for name in policies for row in _presumptions(name)),
        ),
        f"## {word('sourced', lang)}",
        *_by_file([line for line in every if line.status != "assumption"], lang),
        f"## {word('scenarios', lang)}",
        *(part for name in model_names() if name.startswith("scenarios/") for part in _scenario(name, lang)),
        f"## {word('policies', lang)}",
        *(part for name in policies for part in _policy(name, lang)),
    ]
    return "\n\n".join(parts) + "\n"


def _by_file(rows: list[Line], lang: str) -> Iterator[str]:
    for name in dict.fromkeys(line.file for line in rows):
        yield f"### `models/{name}.toml`"
        if name.startswith("sample/"):
            yield f"{word('invented', lang)}."
        yield table(
            (word(head, lang) for head in HEADS),
            (line.cells(lang) for line in rows if line.file == name),
        )


def value_text(value: Any, lang: str, *, inner: bool = False) -> str:
    """Return a value as it may stand in a table: tables as a list, in brackets below the first level.

    Of a text in both languages that of the page is shown.
    """
    if isinstance(value, Mapping):
        items = dict(value)
        both = {"en", "zh"} <= items.keys()
        text = [cell(items[lang])] if both else []
        rest = {key: item for key, item in items.items() if not (both and key in LANGUAGES)}
        pairs = ", ".join(f"{cell(key)} = {value_text(item, lang, inner=True)}" for key, item in rest.items())
        shown = "; ".join([*text, *([pairs] if pairs else [])])
        return f"{{{shown}}}" if inner and not text else shown
    if isinstance(value, list | tuple):
        return (
            ", ".join(value_text(item, lang, inner=True) for item in value)
            if not inner
            else ("(" + ", ".join(value_text(item, lang, inner=True) for item in value) + ")")
        )
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.12g}" if isinstance(value, float) else cell(value)


def _presumptions(name: str) -> Iterator[list[str]]:
    policy = coverage.load_policy(name)
    for key, entry in policy.presumptions.items():
        yield [code(f"{name}: {key}"), value_text(entry.value, "en"), cell(policy.cite(entry.clause)), cell(entry.note)]


def _scenario(name: str, lang: str) -> Iterator[str]:
    scenario = plan.load_scenario(assets.folder("models") / f"{name}.toml")
    yield f"### `models/{name}.toml`"
    own = {
        key: getattr(scenario, key)
        for key in type(scenario).model_fields
        if key in scenario.model_fields_set and not isinstance(getattr(scenario, key), plan.scenario.Judged)
    }
    yield f"{cell(own.pop('title'))}. {word('decision', lang)}:"
    yield table(
        (word(head, lang) for head in ("parameter", "value")),
        ([code(key), value_text(value, lang)] for key, value in own.items() if value is not None),
    )


def _policy(name: str, lang: str) -> Iterator[str]:
    policy = coverage.load_policy(name)
    yield f"### `models/policies/{name}.toml`"
    yield f"{cell(policy.name.zh if lang == 'zh' else policy.name.en)}. {cell(policy.document.title)}"
    heads = (word(head, lang) for head in ("statement", "content", "clause", "note"))
    yield table(heads, _statements(policy, lang))


def _statements(policy: coverage.Policy, lang: str) -> Iterator[list[str]]:
    groups = {key: getattr(policy, key) for key in type(policy).model_fields}
    for key, group in groups.items():
        for entry in group if isinstance(group, tuple) else [group]:
            if not hasattr(entry, "clause") or key == "document":
                continue
            fields = entry.model_dump(by_alias=True)
            label, clause, note = fields.pop("id", ""), fields.pop("clause"), fields.pop("note", "")
            content = value_text(_said(fields), lang)
            yield [code(f"{key}.{label}".rstrip(".")), content, cell(clause), cell(note)]


def _said(value: Any) -> Any:
    """Return a statement without what it leaves open."""
    if isinstance(value, Mapping):
        inner = {key: _said(item) for key, item in value.items()}
        return {
            key: item
            for key, item in inner.items()
            if item is not None and item is not False and item not in ("", (), {})
        }
    return tuple(_said(item) for item in value) if isinstance(value, list | tuple) else value


def links(text: str) -> list[str]:
    """Return the files that a page of this project links to."""
    targets = (match["target"] for match in _LINK.finditer(text))
    return [target.partition("#")[0] for target in targets if not target.startswith(("#", "http"))]


# Results -------------------------------------------------------------------------------------------------------------


def results_page(lang: str) -> str:
    """Return docs/results.md."""
    told = {name: (one.title, one.unit, one.format) for name, one in words.RESULTS.items()}
    told |= {term.column: (term.title, term.unit, "number") for term in risk.TERMS}
    rows = (
        [code(name), cell(translate(title, lang)), cell(translate(unit, lang)), word(f"as_{form}", lang)]
        for name, (title, unit, form) in sorted(told.items())
    )
    heads = [word(key, lang) for key in ("column", "title", "unit", "type")]
    parts = [
        f"# {word('results', lang)}",
        word("other", lang).format(page="results"),
        word("about_results", lang),
        table(heads, rows),
        word("written", lang).format(folder="gridrisk/words/columns.py"),
    ]
    return "\n\n".join(parts) + "\n"


# Files ---------------------------------------------------------------------------------------------------------------


def pages() -> dict[str, str]:
    """Return every page by its file name in docs/."""
    builders = {"layers": layers_page, "models": models_page, "results": results_page}
    return {
        f"{name}{'' if lang == 'en' else '.zh'}.md": build(lang)
        for name, build in builders.items()
        for lang in LANGUAGES
    }


def outdated() -> list[str]:
    """Return the pages that differ from what the files say now."""
    return [name for name, text in pages().items() if _read(DOCS / name) != text]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def main(arguments: list[str]) -> int:
    """Write the pages, or check them."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    stale = outdated()
    if arguments:
        for name in stale:
            print(f"docs/{name} is out of date; run python scripts/reference.py")
        return int(bool(stale))
    DOCS.mkdir(exist_ok=True)
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8", newline="\n")
    print(f"{len(stale)} pages written anew" if stale else "nothing to do")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
