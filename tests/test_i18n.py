"""Messages render in both languages, and every one has its Chinese."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from gridrisk import i18n
from gridrisk.i18n import msg

PACKAGE = Path(i18n.__file__).parent
FIELD = re.compile(r"\{([a-z_]+)[^}]*\}")


def msgids():
    """Every text of the code and where it stands, as the maintainers' script finds them."""
    script = PACKAGE.parent / "scripts" / "catalogue.py"
    spec = importlib.util.spec_from_file_location("catalogue", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.texts()


def test_values_are_filled_in():
    inner = msg("{count} projects", count=3)
    assert str(msg("{a}: {b}", a="x", b=inner)) == "x: 3 projects"


def test_text_without_a_translation_stays_english():
    assert i18n.translate("no such sentence", "zh") == "no such sentence"


def test_every_message_has_its_chinese():
    missing = {text: place for text, place in msgids().items() if text not in i18n.catalogue("zh")}
    assert not missing, f"{len(missing)} texts lack a translation: {list(missing.items())[:5]}"


def test_translations_keep_their_fields():
    wrong = [
        text
        for text, chinese in i18n.catalogue("zh").items()
        if sorted(set(FIELD.findall(text))) != sorted(set(FIELD.findall(chinese)))
    ]
    assert not wrong


def test_no_translation_is_left_over():
    known = msgids()
    assert not [text for text in i18n.catalogue("zh") if text not in known]


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
def test_every_template_renders(lang):
    for text in msgids():
        values = dict.fromkeys(FIELD.findall(text), 1)
        try:
            msg(text, **values).render(lang)
        except (KeyError, IndexError, ValueError) as error:
            pytest.fail(f"{text!r} in {lang}: {error}")
