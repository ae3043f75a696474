"""Loading policy files: every fault at once, the nearest name offered."""

from __future__ import annotations

import pytest

from gridrisk import assets
from gridrisk.coverage import load_policy, parse_policy, policy_names
from gridrisk.errors import ParameterError

GOOD = """
name = { en = "n", zh = "名" }
document = { title = "文〔2024〕1号", full_title = "方案" }
completion = { clause = "一", text = { en = "lit", zh = "点火" } }
fallback = { id = "none", decision = "excluded", clause = "二", text = { en = "other", zh = "其他" } }

[[rules]]
id = "inside"
decision = "pipe"
clause = "三"
when = { covered = true }
text = { en = "inside", zh = "覆盖" }

[[tariffs]]
id = "connection"
items = ["connection"]
clause = "四"
text = { en = "connection", zh = "接驳" }
parts = [{ payer = "town", percent = 50, cap_yuan = 100 }, { payer = "user", rest = true }]
"""


def faults(text: str) -> list[str]:
    with pytest.raises(ParameterError) as error:
        parse_policy("x", text.encode())
    return [str(message) for message in error.value.messages]


def test_the_shipped_ones_load():
    assert {"honggutan-2024", "lishui-2023"} <= set(policy_names())
    for name in policy_names():
        policy = load_policy(name)
        assert policy.id == name
        assert len(policy.sha256) == 64


def test_every_statement_of_the_shipped_ones_names_its_item():
    for name in policy_names():
        policy = load_policy(name)
        for group in (policy.rules, policy.tariffs, policy.refunds, policy.benefits, policy.targets, policy.reports):
            assert all(entry.clause for entry in group)


def test_good_file():
    assert parse_policy("x", GOOD.encode()).rules[0].id == "inside"


def test_unknown_name_offers_the_nearest():
    with pytest.raises(ParameterError, match="honggutan-2024"):
        load_policy("hongutan-2024")


def test_a_workspace_may_have_its_own(tmp_path):
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "sixth-2025.toml").write_text(GOOD, encoding="utf-8")
    text = (assets.folder("models") / "policies" / "lishui-2023.toml").read_text(encoding="utf-8")
    (folder / "lishui-2023.toml").write_text(text.replace("percent = 10 }", "percent = 20 }"), encoding="utf-8")
    assert "sixth-2025" in policy_names(tmp_path)
    assert load_policy("sixth-2025", tmp_path).document.title == "文〔2024〕1号"
    assert load_policy("lishui-2023", tmp_path).tariffs[0].parts[0].percent == 20
    assert load_policy("lishui-2023").tariffs[0].parts[0].percent == 10


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("covered = true", "coverd = true", "did you mean covered"),
        ("covered = true", 'kind = ["caterin"]', "did you mean catering"),
        ('id = "inside"', 'id = "inside"\nclauses = "x"', "did you mean clause"),
        ('clause = "三"\n', "", "rules.1.clause"),
        ('clause = "三"', 'clause = ""', "rules.1.clause"),
        ("cap_yuan = 100", "cap_yuan = -1", "must be at least 0"),
        ("cap_yuan = 100", "cap_yuan = nan", "cap_yuan"),
        ("cap_yuan = 100", "cap_yuan = inf", "cap_yuan"),
        ("cap_yuan = 100", 'cap_yuan = "100"', "must be a number"),
        ("cap_yuan = 100", "cap_yuan = true", "must be a number"),
        ('clause = "三"', 'clause = "  "', "rules.1.clause"),
        ("covered = true", "new_user = true", "new_users"),
        ('title = "文', 'expires = 2025-01-01, title = "文', "give the clause"),
        ("percent = 50", "percent = 101", "must be at most 100"),
        ('payer = "user", rest', 'payer = "town", rest', "town bears a share twice"),
        ('{ payer = "user", rest = true }', '{ payer = "user", percent = 50 }', "exactly one payer must bear the rest"),
        ('payer = "user", rest = true', 'payer = "user", rest = true, yuan = 3', "exactly one of"),
        ('items = ["connection"]', 'items = ["conection"]', "connection"),
        ('decision = "pipe"', 'decision = "tube"', "pipe"),
        ('{ en = "inside", zh = "覆盖" }', '{ en = "inside" }', "zh"),
        ("name =", 'id = "x"\nname =', "set by the program"),
        ("name = {", "nam = {", "did you mean name"),
        ('title = "文', 'titel = "文', "did you mean title"),
        ("percent = 50, cap_yuan = 100", "yuan = 5, cap_yuan = 100", "cap_yuan goes with"),
        ('clause = "四"', 'clause = "四"\nfrom = 2025-01-01\nuntil = 2024-01-01', "ends before it begins"),
        ('clause = "四"', 'clause = "四"\nstatus = "assumption"', "an assumption needs a note"),
        ('clause = "四"', 'clause = "四"\nopen = true', "give parts, or open"),
    ],
)
def test_faults(old, new, said):
    assert old in GOOD
    assert any(said in fault for fault in faults(GOOD.replace(old, new))), faults(GOOD.replace(old, new))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[presumptions.licenced]\nvalue = true\nclause = "五"\ntext = {en = "n", zh = "n"}', "did you mean licensed"),
        ('[presumptions.licensed]\nvalue = true\nclause = "五"', "presumptions.licensed.text"),
        (
            (
                '[[refunds]]\nid = "r"\npayer = "district"\nto = "town"\npercent = 50\ntariffs = ["conection"]\nclause = "五"\n'
                'text = { en = "r", zh = "返" }'
            ),
            "did you mean connection",
        ),
        (
            (
                '[[refunds]]\nid = "r"\npayer = "city"\nto = "district"\npercent = 50\ntariffs = ["connection"]\nclause = "五"\n'
                'text = { en = "r", zh = "返" }'
            ),
            "district bears nothing of connection",
        ),
        (
            (
                '[[targets]]\nid = "t"\nmeasure = "conversion"\nshare = 1.0\ndeadline = 2024-12-31\nclause = "六"\n'
                'text = { en = "t", zh = "标" }'
            ),
            "names the decisions that count",
        ),
    ],
)
def test_faults_of_further_tables(more, said):
    assert any(said in fault for fault in faults(GOOD + more)), faults(GOOD + more)


def test_all_faults_at_once():
    text = GOOD.replace("covered = true", "coverd = true").replace("cap_yuan = 100", "cap_yuan = -1")
    assert len(faults(text)) == 2


def test_not_toml():
    assert "not valid TOML" in faults("name = ")[0]
    with pytest.raises(ParameterError, match="not valid TOML"):
        parse_policy("x", b"\xff\xfe")
