"""Invented Chinese names for the sample city; any likeness to a real place is chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

GAS_COMPANY = "云澜市燃气有限公司"
TOWNS = (
    "望湖街道",
    "青桐街道",
    "石埠街道",
    "柳荫街道",
    "东篱街道",
    "枫岭街道",
    "白鹭街道",
    "桂桥镇",
    "苇塘镇",
    "芦溪口镇",
    "松岗镇",
    "云台镇",
)
DEVELOPMENT_ZONE = "云澜经济开发区"
_FIRST = "云望青石柳东枫白桂苇松兰丹梅竹荷清明永和安泰文景鹤鹭凤锦秀瑞嘉裕康宁长春晓星月晴"
_SECOND = "澜湖桐埠荫篱岭鹭桥塘岗溪台源泉州山林园亭阁苑庭坊门渡洲浦湾津"
_STREET = ("大道", "路", "街", "巷")
_COMPOUND = ("花园", "小区", "家园", "新村", "苑", "里")
_SHOP = ("小馆", "饭店", "面馆", "火锅店", "烧烤店", "酒楼", "小吃店", "快餐店")
_SURNAME = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"


def _pairs(number: NDArray[np.int64]) -> NDArray[np.object_]:
    first, second = np.array(list(_FIRST), dtype=object), np.array(list(_SECOND), dtype=object)
    count = len(_FIRST) * len(_SECOND)
    mixed = (number * 769) % count  # 769 is prime to the count, so that neighbours differ and none repeats early
    name = first[mixed // len(_SECOND)] + second[mixed % len(_SECOND)]
    turn = number // count
    out: NDArray[np.object_] = np.where(turn > 0, name + turn.astype(str).astype(object), name)
    return out


def streets(number: NDArray[np.int64], rank: NDArray[np.int64]) -> NDArray[np.object_]:
    """Name streets by their number; wide ones are avenues, lanes are lanes."""
    named: NDArray[np.object_] = _pairs(number) + np.array(_STREET, dtype=object)[rank]
    return named


def compounds(number: NDArray[np.int64], built: NDArray[np.int64]) -> NDArray[np.object_]:
    """Name residential compounds by their number; older ones are villages, younger ones gardens."""
    kind = np.where(built < 1995, 1 + 2 * (number % 2), np.array([0, 2, 4])[number % 3])
    named: NDArray[np.object_] = _pairs(number + 331) + np.array(_COMPOUND, dtype=object)[kind]
    return named


def eating_places(number: NDArray[np.int64]) -> NDArray[np.object_]:
    """Name eating places by their number."""
    surname = np.array(list(_SURNAME), dtype=object)[number % len(_SURNAME)]
    named: NDArray[np.object_] = "老" + surname + np.array(_SHOP, dtype=object)[(number // 7) % len(_SHOP)]
    return named
