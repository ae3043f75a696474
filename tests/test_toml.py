"""What is wrong with a TOML file, said in either language."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gridrisk import toml
from gridrisk.errors import ParameterError, WorkspaceError
from gridrisk.i18n import msg


def test_a_byte_order_mark_is_passed_over():
    assert toml.parse(b"\xef\xbb\xbfa = 1\n", "f.toml") == {"a": 1}


@pytest.mark.parametrize(
    ("content", "english", "chinese"),
    [
        (b"a = 1\nb = x\n", "f.toml is not valid TOML: line 2, column 5: not a value", "第2行第5列：不是有效的值"),
        (b"a = 1\na = 2\n", "line 2, column 6: a value is given twice", "第2行第6列：同一值给出两次"),
        (b"a = [1\n", "at the end of the file: a closing bracket is missing", "文件末尾：缺少右方括号"),
        (b"a 1\n", "line 1, column 3: write key = value", "第1行第3列：请写作 键 = 值"),
        (b"a = 2026-02-31\n", "line 1, column 5: not a date that exists", "日期不存在"),
        (b'a = "C:\\x"\n', "a backslash in a text", "文本中有反斜杠"),
        (b'a = "x\n', "line 1, column 7: a character that must not", "是否缺少引号"),
        (b"[a]\n[a]\n", "line 2, column 3: a table is given twice", "第2行第3列：同一表给出两次"),
        (b"a = {b = 1, b = 2}\n", "a key is given twice", "同一键出现两次"),
        (b"a = '''x\n", "the quotation mark that ends", "缺少结尾引号"),
        ("a = 1\nb = '铸铁'\n".encode("gb18030"), "line 2 is not UTF-8; save", "第2行不是 UTF-8 编码"),
    ],
)
def test_a_file_that_is_no_toml_says_where_and_why(content, english, chinese):
    with pytest.raises(ParameterError) as caught:
        toml.parse(content, "f.toml")
    (message,) = caught.value.messages
    assert english in message.render("en")
    assert chinese in message.render("zh")


def test_the_caller_chooses_the_error():
    with pytest.raises(WorkspaceError):
        toml.parse(b"=", "f.toml", error=WorkspaceError)


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")
    share: float = Field(default=0.5, strict=True, gt=0, le=1)


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1)
    kind: Literal["a", "b", "c"] = "a"
    count: int = Field(default=1, ge=1)
    day: dt.date | None = None
    on: bool = Field(default=True, strict=True)
    parts: tuple[Part, ...] = Field(default=(Part(),), min_length=1)

    @model_validator(mode="after")
    def _agrees(self):
        if self.count > 5:
            raise toml.FaultError(msg("{payer}: more than the whole", payer=self.name))
        return self


@pytest.mark.parametrize(
    ("given", "place", "english", "chinese"),
    [
        ({}, "name", "is missing", "缺失"),
        ({"name": ""}, "name", "must not be empty, not ", "不得为空"),
        ({"name": "n", "nam": 1}, "nam", "is an unknown key", "是未知的键"),
        (
            {"name": "n", "kind": "d"},
            "kind",
            "must be one of 'a', 'b', 'c', not d",
            "须为下列之一：'a', 'b', 'c'，当前为 d",
        ),
        ({"name": "n", "count": 0}, "count", "must be at least 1, not 0", "不得小于 1，当前为 0"),
        ({"name": "n", "count": 1.5}, "count", "must be a whole number, not 1.5", "须为整数，当前为 1.5"),
        ({"name": "n", "day": "soon"}, "day", "must be a date such as 2026-01-31, not soon", "须为日期"),
        ({"name": "n", "on": 1}, "on", "must be true or false, not 1", "须为 true 或 false"),
        ({"name": "n", "parts": []}, "parts", "needs at least 1 entries", "至少需要 1 项"),
        (
            {"name": "n", "parts": [{}, {"share": -0.5}]},
            "parts.2.share",
            "must be more than 0.0, not -0.5",
            "须大于 0.0",
        ),
        (
            {"name": "n", "parts": [{"share": True}]},
            "parts.1.share",
            "must be a number, not true",
            "须为数字，当前为 true",
        ),
        ({"name": "n", "count": 6}, "—", "n: more than the whole", "n：超过全额"),
    ],
)
def test_each_fault_has_its_place_and_words(given, place, english, chinese):
    with pytest.raises(ValidationError) as caught:
        Model.model_validate(given)
    (fault,) = toml.faults(caught.value)
    assert fault.place == place
    assert fault.what.render("en") == english or fault.what.render("en").startswith(english)
    assert chinese in fault.what.render("zh")


def test_all_faults_come_at_once():
    with pytest.raises(ValidationError) as caught:
        Model.model_validate({"count": 0, "x": 1, "parts": [{"share": 2}]})
    assert [(fault.kind, fault.place) for fault in toml.faults(caught.value)] == [
        ("missing", "name"),
        ("greater_than_equal", "count"),
        ("less_than_equal", "parts.1.share"),
        ("extra_forbidden", "x"),
    ]


def test_the_nearest_of_what_is_known_or_all_of_it():
    assert toml.nearest("licenced", {"licensed", "covered"}) == "licensed"
    assert toml.nearest("zzz", {"b", "a"}) == "a, b"
