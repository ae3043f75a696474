"""The page itself: folium's shell with a viewer of our own, made into one file."""

from __future__ import annotations

import html
import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import folium
from folium.elements import JSCSSMixin
from folium.template import Template

from gridrisk import __version__
from gridrisk.errors import GridriskError
from gridrisk.i18n import mark, msg, translate
from gridrisk.maps import inline, palette
from gridrisk.maps.encode import RESOLUTION_M

if TYPE_CHECKING:
    from gridrisk.i18n import Language
    from gridrisk.maps.scene import Scene

HTML_LANGUAGES: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
#: Texts of the page that belong to no layer.
TEXTS = {
    "search": mark("Search by number or name"),
    "nothing": mark("nothing found"),
    "unknown": mark("unknown"),
    "none": mark("none"),
    "yes": mark("yes"),
    "no": mark("no"),
    "legend": mark("Legend"),
    "hide": mark("Hide the legend"),
    "show": mark("Show the legend"),
    "whole": mark("Show the whole map"),
    "north": mark("N"),
    "zoom_in": mark("Zoom in"),
    "zoom_out": mark("Zoom out"),
    "previous": mark("previous"),
    "next": mark("next"),
    "play": mark("Play"),
    "pause": mark("Pause"),
    "no_place": mark("has no place on the map"),
    "yuan": mark("yuan"),
    "ten_thousand_yuan": mark("10,000 yuan"),
}
#: Powers of two, pixels a metre: a province, a manhole.
_SMALLEST_ZOOM, _LARGEST_ZOOM = -10, 5


_DATA_MARK = '<div id="gridrisk-data"></div>'
_TITLE_MARK = "<head>"
_DATA = '<noscript>{without}</noscript>\n<script type="application/json" id="gridrisk-scene">{data}</script>'


class Viewer(JSCSSMixin):
    """The folium element that draws a scene with the code of `maps/js/`.

    It leaves a mark where the data go: folium takes what an element renders for a template and renders it again, so
    a name such as ``{{ … }}`` would be carried out. `_shell` puts the data there when no template is read any more.
    """

    _template = Template(
        """
        {% macro html(this, kwargs) %}
            <div id="gridrisk-data"></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
            gridrisk.show(
                {{ this._parent.get_name() }},
                JSON.parse(document.getElementById("gridrisk-scene").textContent)
            );
        {% endmacro %}
        """
    )
    default_js = [  # noqa: RUF012
        (f"gridrisk_{name}", f"maps:js/{name}.js") for name in ("shapes", "draw", "values", "panel", "steps", "viewer")
    ]
    default_css = [("gridrisk_css", "maps:css/viewer.css")]  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "viewer"
        self._id = "gridrisk"


def embed(value: Any) -> str:
    """Return `value` as JSON that may stand in a script element: no character in it ends or opens anything."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = text.encode("utf-8", "replace").decode("utf-8")
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def render(scene: Scene) -> str:
    """Return the HTML of a scene: one file that shows everything without a network.

    Coordinates stay the metres of the workspace (Leaflet's plain CRS), so nothing is transformed, the scale bar is
    exact, and the position under the mouse can be given to ``isolate --at``.
    """
    lang = scene.lang
    crs_name = scene.crs_name()
    minx, miny, maxx, maxy = scene.bounds()
    origin = (math.floor(minx), math.floor(miny))
    data = {
        "language": HTML_LANGUAGES[lang],
        "title": scene.title,
        "subtitle": [
            msg("as of {date}", date=scene.as_of.isoformat()).render(lang),
            msg("coordinates in metres, {crs}", crs=crs_name).render(lang),
            f"gridrisk {__version__}",
        ],
        "figures": [list(figure) for figure in scene.figures],
        "notes": list(scene.notes),
        "origin": list(origin),
        "unit": RESOLUTION_M,
        "zooms": [_SMALLEST_ZOOM, _LARGEST_ZOOM],
        "bounds": _relative((minx, miny, maxx, maxy), origin),
        "focus": _relative(scene.focus or (minx, miny, maxx, maxy), origin),
        "fonts": palette.fonts(),
        "texts": {key: translate(text, lang) for key, text in TEXTS.items()},
        "layers": [layer.encode(origin) for layer in scene.layers],
    }
    if scene.steps is not None and len(scene.steps.labels) > 1:
        data["steps"] = scene.steps.encode()
    without = translate(mark("This map needs a browser that runs JavaScript; it asks the network for nothing."), lang)
    return inline.inline(_shell(scene.title, data, without), language=HTML_LANGUAGES[lang])


def _relative(box: tuple[float, float, float, float], origin: tuple[float, float]) -> list[float]:
    return [round(value - origin[place % 2], 2) for place, value in enumerate(box)]


def _shell(title: str, data: dict[str, Any], without_script: str) -> str:
    page = folium.Map(
        location=(0.0, 0.0),
        zoom_start=0,
        tiles=None,
        crs="Simple",
        zoom_control=False,
        attribution_control=False,
        zoom_snap=0.25,
        zoom_delta=0.75,
        font_size="15px",
    )
    page._id = "gridrisk"  # noqa: SLF001  the same input gives the same file
    page.default_js = [("leaflet", "web:leaflet/dist/leaflet.js")]
    page.default_css = [("leaflet_css", "web:leaflet/dist/leaflet.css")]
    page.add_child(Viewer())
    root: Any = page.get_root()
    document = str(root.render())
    for place, text in (
        (_DATA_MARK, _DATA.format(without=html.escape(without_script), data=embed(data))),
        (_TITLE_MARK, f"{_TITLE_MARK}\n<title>{html.escape(title)}</title>"),
    ):
        if document.count(place) != 1:
            raise GridriskError(msg("the page has no place for its data; this version of folium is not known"))
        document = document.replace(place, text)
    return document


def write(document: str, path: Path | str) -> Path:
    """Write a page in one go (a reader never sees half of it) and return its path."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(document, encoding="utf-8", newline="\n")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path
