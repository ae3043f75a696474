"""click's own words, in both languages."""

from __future__ import annotations

import pytest

from gridrisk.cli import grammar, run


@pytest.fixture(autouse=True)
def _english_again():
    yield
    grammar.speak("en")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--help"], ["用法：", "选项:", "命令:"]),
        (["isolate", "--bad", "x"], ["没有选项 '--bad'", "--help", "是不是想用其中之一"]),
        (["isolat"], ["没有命令 'isolat'", "是不是想用 'isolate'"]),
        (["history"], ["缺少参数 'WORKSPACE'"]),
        (["demo", "--pipes", "abc"], ["'--pipes' 的取值无效", "不是有效的数"]),
        (["demo", "--pipes"], ["选项 '--pipes' 需要一个取值"]),
        (["demo", "a", "b", "c"], ["多出的参数：b c"]),
    ],
)
def test_wrong_use_is_told_in_chinese(arguments, said, capfd):
    assert run(["--lang", "zh", *arguments]) == (0 if "--help" in arguments else 2)
    told = "".join(capfd.readouterr())
    assert [text for text in said if text not in told] == []
    assert "Usage" not in told
    assert "Error" not in told


def test_english_stays_english(capfd):
    grammar.speak("zh")
    assert run(["--lang", "en", "isolate", "--bad", "x"]) == 2
    assert "No such option '--bad'" in capfd.readouterr().err


def test_the_kind_of_a_path_is_named_in_the_language(tmp_path, capfd):
    wrong = tmp_path / "file"
    wrong.write_text("", encoding="utf-8")
    assert run(["init", str(tmp_path / "w"), "--lang", "zh"]) == 0
    assert run(["check", str(tmp_path / "w"), "--report", str(wrong)]) == 2
    said = capfd.readouterr().err
    assert "文件夹" in said
    assert "Directory" not in said
