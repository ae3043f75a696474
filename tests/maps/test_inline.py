"""Nothing leaves a page: neither a fetch, nor code that the policy does not know."""

import pytest

from gridrisk import assets
from gridrisk.errors import GridriskError
from gridrisk.maps import inline

_META = '<meta http-equiv="content-type" content="text/html; charset=UTF-8" />'


def page(head="", body=""):
    return f"<!DOCTYPE html>\n<html>\n<head>{_META}{head}</head>\n<body>{body}</body></html>"


def test_scripts_styles_and_images_are_inlined():
    head = '<script src="web:leaflet/dist/leaflet.js"></script><link rel="stylesheet" href="web:leaflet/dist/leaflet.css"/>'
    out = inline.inline(page(head), language="zh-CN")
    assert '<html lang="zh-CN">' in out
    assert "L.Renderer" not in out
    assert "leaflet" in out.lower()
    assert "url(data:image/png;base64," in out
    assert "sourceMappingURL" not in out


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ('<script src="https://example.org/a.js"></script>', ""),
        ('<link rel="stylesheet" href="//example.org/a.css"/>', ""),
        ("", '<img src="picture.png">'),
        ("", '<img srcset="https://example.org/a.png 2x">'),
        ("", '<a href="https://example.org/">away</a>'),
        ("", '<form action="/send"></form>'),
        ("", '<iframe srcdoc="x"></iframe>'),
        ("", '<p onclick="go()">x</p>'),
        ("", '<p style="color:red">x</p>'),
        ('<base href="/">', ""),
        ('<meta http-equiv="refresh" content="0;url=/">', ""),
        ("<style>@import 'a.css';</style>", ""),
        ("<style>p { background: url(https://example.org/a.png) }</style>", ""),
        ("<script>fetch('https://example.org')</script>", ""),
        ("<script>new WebSocket('wss://example.org')</script>", ""),
        ('<script src="web:../../secret"></script>', ""),
    ],
)
def test_outside_addresses_are_refused(head, body):
    with pytest.raises(inline.OutsideAddressError):
        inline.inline(page(head, body), language="en")


def test_a_text_may_look_like_an_address():
    body = '<script type="application/json">{"id":"https://example.org/pipe"}</script>'
    assert "https://example.org/pipe" in inline.inline(page(body=body), language="en")


def test_missing_assets_say_how_to_mend_it(monkeypatch, tmp_path):
    monkeypatch.setattr(assets, "folder", lambda _: tmp_path)
    with pytest.raises(GridriskError, match="install gridrisk again"):
        inline.asset("web:leaflet/dist/leaflet.js")


def test_an_unknown_shell_is_refused():
    with pytest.raises(GridriskError, match="folium"):
        inline.inline("<html><head></head></html>", language="en")
