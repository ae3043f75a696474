"""Paragraphs, tables and pictures of a Word document, in fonts that Chinese and Latin letters both have."""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING, Any

from docx import Document
from docx.enum.table import WD_ALIGN_VERTICAL, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from gridrisk.i18n import Language

_BODY = {"zh": ("Times New Roman", "宋体"), "en": ("Calibri", "宋体")}
_HEAD = {"zh": ("Arial", "黑体"), "en": ("Calibri", "黑体")}
_TEXT_CM = 17.0
_PICTURE_CM = 13.5
_SHADE = "DDEBF7"
#: Letters that XML cannot hold.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NUMBER = re.compile(r"^[-+]?[\d,]+(\.\d+)?%?$")


class Page:
    """A Word document that is written from top to bottom."""

    def __init__(self, lang: Language) -> None:
        self._lang = lang
        self._document = Document()
        section = self._document.sections[0]
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.0)
        section.top_margin = section.bottom_margin = Cm(2.0)
        for name, fonts, size in (("Normal", _BODY, 10.5), ("Title", _HEAD, 18), ("Heading 1", _HEAD, 13)):
            _font(self._document.styles[name], fonts[lang], size)
        self._document.styles["Heading 1"].paragraph_format.space_before = Pt(10)
        _page_number(section.footer.paragraphs[0])

    def title(self, text: str) -> None:
        """Write the title."""
        paragraph = self._document.add_paragraph(_clean(text), style="Title")
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER

    def note(self, text: str) -> None:
        """Write a line in grey, in the middle."""
        paragraph = self._document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.add_run(_clean(text)).font.color.rgb = RGBColor(0x59, 0x59, 0x59)

    def heading(self, text: str) -> None:
        """Write a heading."""
        self._document.add_paragraph(_clean(text), style="Heading 1")

    def paragraph(self, text: str) -> None:
        """Write a paragraph."""
        self._document.add_paragraph(_clean(text))

    def warning(self, text: str) -> None:
        """Write a paragraph that nobody overlooks."""
        run = self._document.add_paragraph().add_run(_clean(text))
        run.bold = True
        run.font.color.rgb = RGBColor(0xB0, 0x1E, 0x1E)

    def bullets(self, lines: Sequence[str]) -> None:
        """Write lines as a list."""
        for line in lines:
            paragraph = self._document.add_paragraph(_clean(line), style="List Bullet")
            paragraph.paragraph_format.space_after = Pt(2)

    def table(
        self,
        titles: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        widths: Sequence[float] | None = None,
        total: bool = False,
    ) -> None:
        """Write a table; the head is repeated on every page, and with `total` the last row is a sum."""
        table = self._document.add_table(rows=1, cols=len(titles), style="Table Grid")
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = widths is None
        self._row(table.rows[0], titles, bold=True, shade=True)
        table.rows[0]._tr.get_or_add_trPr().append(_flag("w:tblHeader"))  # noqa: SLF001 - not offered by the library
        for number, row in enumerate(rows):
            last = total and number == len(rows) - 1
            self._row(table.add_row(), row, bold=last, shade=last)
        for column, width in zip(table.columns, widths or (), strict=False):
            column.width = Cm(width)  # WPS and LibreOffice go by the grid, Word by the cells
        for row in table.rows:
            row._tr.get_or_add_trPr().append(_flag("w:cantSplit"))  # noqa: SLF001 - not offered by the library
            for cell, width in zip(row.cells, widths or (), strict=False):
                cell.width = Cm(width)
        self._document.add_paragraph().paragraph_format.space_after = Pt(0)

    def picture(self, image: IO[bytes], legend: Sequence[tuple[str, str]]) -> None:
        """Put in a picture that leaves room for a table on its page, and below it what its colours mean."""
        shape = self._document.add_picture(image, width=Cm(_TEXT_CM))
        if shape.height > Cm(_PICTURE_CM):
            shape.width, shape.height = Cm(_PICTURE_CM) * shape.width // shape.height, Cm(_PICTURE_CM)
        self._document.paragraphs[-1].alignment = WD_ALIGN_PARAGRAPH.CENTER
        line = self._document.add_paragraph()
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for colour, text in legend:
            mark = line.add_run("■ ")
            mark.font.color.rgb = RGBColor.from_string(colour.removeprefix("#"))
            line.add_run(_clean(text) + "    ")

    def signatures(self, names: Sequence[str]) -> None:
        """Leave room for those who sign."""
        line = "    ".join(f"{name}{'：' if self._lang == 'zh' else ':'} ______________" for name in names)
        paragraph = self._document.add_paragraph(line)
        paragraph.paragraph_format.space_before = Pt(18)

    def save(self, path: Path, *, title: str, created: dt.datetime) -> None:
        """Write the file."""
        properties = self._document.core_properties
        properties.title, properties.author, properties.comments = title, "gridrisk", ""
        properties.created = properties.modified = created
        self._document.save(str(path))

    def _row(self, row: Any, texts: Sequence[str], *, bold: bool, shade: bool) -> None:
        for cell, text in zip(row.cells, texts, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
            cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
            run = paragraph.add_run(_clean(text))
            run.font.size, run.bold = Pt(9), bold
            if _NUMBER.match(text):
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            if shade:
                _shade(cell)


def _clean(text: str) -> str:
    return _CONTROL.sub("", text)


def _font(style: Any, names: tuple[str, str], size: float) -> None:
    latin, asian = names
    style.font.name, style.font.size = latin, Pt(size)
    style.font.color.rgb = RGBColor(0x1F, 0x1F, 0x1F)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for kind in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(kind), None)
    fonts.set(qn("w:eastAsia"), asian)


def _flag(name: str) -> Any:
    element = OxmlElement(name)
    element.set(qn("w:val"), "true")
    return element


def _shade(cell: Any) -> None:
    element = OxmlElement("w:shd")
    element.set(qn("w:val"), "clear")
    element.set(qn("w:fill"), _SHADE)
    cell._tc.get_or_add_tcPr().append(element)  # noqa: SLF001 - not offered by the library


def _page_number(paragraph: Any) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)  # noqa: SLF001 - not offered by the library
