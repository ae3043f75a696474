"""One file that needs nothing else: scripts, styles and images inlined, the network forbidden, nothing let through."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from gridrisk import assets
from gridrisk.errors import GridriskError
from gridrisk.i18n import msg

if TYPE_CHECKING:
    from pathlib import Path

#: Where the addresses that stand in our templates lie: ``web:leaflet/dist/leaflet.js``, ``maps:js/draw.js``.
_FOLDERS = ("web", "maps")
_SCRIPT = re.compile(r'<script src="([^"]*)"></script>')
_STYLE = re.compile(r'<link rel="stylesheet" href="([^"]*)"/>')
_CHARSET = '<meta http-equiv="content-type" content="text/html; charset=UTF-8" />'
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_URL = re.compile(r"url\(\s*['\"]?([^'\")]*)['\"]?\s*\)")
_CSS_IMPORT = re.compile(r"@import", re.IGNORECASE)
_SOURCE_MAP = re.compile(r"^//[#@] sourceMappingURL=.*$", re.MULTILINE)
_ADDRESS = re.compile(r"(?:https?|wss?|ftp)://[^\s\"'<>)]*")
#: Names, not addresses: the SVG namespace, and Leaflet's own credit in its licence line.
_NAMES = ("http://www.w3.org/", "https://leafletjs.com")
#: Attributes through which a browser fetches or leads away.
_FETCHING = {"src", "srcset", "href", "xlink:href", "data", "poster", "action", "formaction", "background", "ping"}
_DATA_BLOCK = "application/json"


class OutsideAddressError(GridriskError):
    """A page would have asked the network for something."""


def asset(address: str) -> Path:
    """Return the file that an address such as ``web:leaflet/dist/leaflet.js`` stands for.

    Raises
    ------
    OutsideAddressError
        Where the address is not one of ours.
    GridriskError
        Where the file is missing, which means that the installation is incomplete.
    """
    folder, colon, name = address.partition(":")
    if not colon or folder not in _FOLDERS or ".." in name.split("/"):
        raise OutsideAddressError(msg("the page refers to {address}, which lies outside it", address=address))
    path = assets.folder(folder) / name
    if not path.is_file():
        raise GridriskError(
            msg(
                "the file {name} of the maps is missing: install gridrisk again (pip install --force-reinstall "
                "--no-deps gridrisk; in a checkout: pip install -e .), with Node.js or a package registry in reach",
                name=name,
            )
        )
    return path


def inline(document: str, *, language: str) -> str:
    """Return `document` with its scripts and styles inlined and a content-security policy that forbids everything else.

    Raises
    ------
    OutsideAddressError
        Where an address would be left that a browser fetches.
    """
    document = _SCRIPT.sub(lambda found: f"<script>{_script(found[1])}</script>", document)
    document = _STYLE.sub(lambda found: f"<style>{_style(found[1])}</style>", document)
    document = document.replace("\r\n", "\n").replace("<html>", f'<html lang="{language}">', 1)
    blocks = _Blocks(document)
    if document.count(_CHARSET) != 1:
        raise GridriskError(msg("the page has no place for its security policy; this version of folium is not known"))
    document = document.replace(_CHARSET, f"{_CHARSET}\n{policy(blocks)}", 1)
    check(document)
    return document


def _script(address: str) -> str:
    text = _SOURCE_MAP.sub("", asset(address).read_text(encoding="utf-8"))
    if "</script" in text.lower() or "<!--" in text:
        raise GridriskError(msg("{name} cannot stand inside a page: it holds an end of script", name=address))
    return text


def _style(address: str) -> str:
    path = asset(address)
    text = _CSS_COMMENT.sub("", path.read_text(encoding="utf-8"))
    return _CSS_URL.sub(lambda found: f"url({_image(path.parent, found[1])})", text)


def _image(folder: Path, address: str) -> str:
    if address.startswith(("data:", "#")):
        return address
    path = folder / address
    if ":" in address or address.startswith("//") or not path.is_file():
        raise OutsideAddressError(msg("the page refers to {address}, which lies outside it", address=address))
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"


class _Blocks(HTMLParser):
    """The scripts, styles and addresses of a document, as a browser sees them."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.addresses: list[str] = []
        self.inline_code: list[str] = []
        self._into: list[str] | None = None
        self._text: list[str] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name.lower(): value or "" for name, value in attrs}
        self.addresses += [value for name, value in values.items() if name in _FETCHING]
        self.inline_code += [name for name in values if name.startswith("on") or name in {"style", "srcdoc"}]
        if tag in {"base", "iframe", "object", "embed", "frame"}:
            self.inline_code.append(tag)
        if tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self.inline_code.append("refresh")
        if tag == "script":
            data = values.get("type", "").lower() == _DATA_BLOCK
            self._into = [] if data else self.scripts
        elif tag == "style":
            self._into = self.styles
        self._text = []

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"} and self._into is not None:
            self._into.append("".join(self._text))
            self._into = None


def policy(blocks: _Blocks) -> str:
    """Return the meta element of the policy: only these scripts and styles, images only from the page itself."""

    def hashes(texts: list[str]) -> str:
        digests = (base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii") for text in texts)
        return " ".join(f"'sha256-{digest}'" for digest in dict.fromkeys(digests)) or "'none'"

    content = (
        f"default-src 'none'; script-src {hashes(blocks.scripts)}; style-src {hashes(blocks.styles)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return f'<meta http-equiv="Content-Security-Policy" content="{content}" />'


def check(document: str) -> None:
    """Refuse a document that asks the network for anything or runs code from an attribute.

    Data blocks (``application/json``) are texts that no browser fetches; a pipe may be called like an address.

    Raises
    ------
    OutsideAddressError
        Naming every offence.
    """
    blocks = _Blocks(document)
    outside = [value for value in blocks.addresses if not value.startswith(("#", "data:"))]
    for text in blocks.styles:
        outside += [value for value in _CSS_URL.findall(text) if not value.startswith(("#", "data:"))]
        outside += _CSS_IMPORT.findall(text)
    for text in (*blocks.scripts, *blocks.styles):
        outside += [value for value in _ADDRESS.findall(text) if not value.startswith(_NAMES)]
    outside += blocks.inline_code
    if outside:
        raise OutsideAddressError(
            *(msg("the page refers to {address}, which lies outside it", address=value) for value in outside)
        )
