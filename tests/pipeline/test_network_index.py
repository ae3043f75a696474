"""The network kept in the workspace answers as the one it was made of, and only while it fits."""

from __future__ import annotations

import pytest

from gridrisk import network, store
from gridrisk.pipeline import isolation, network_index

from .street import street


@pytest.fixture
def no_building(monkeypatch):
    def forbid():
        def stop(*args, **kwargs):
            raise AssertionError("the network was built")

        monkeypatch.setattr(network, "build", stop)

    return forbid


def test_after_scoring_a_question_needs_no_building(workspace, call, no_building):
    root = workspace()
    built = call("isolate", root, "--pipe", "B")[1]
    assert not (root / "cache").exists()  # a reading command
    assert call("score", root)[0] == 0
    assert len(list((root / "cache").iterdir())) == 1
    no_building()
    assert call("isolate", root, "--pipe", "B") == (0, built)


def test_layers_that_changed_are_built_anew_and_the_former_index_goes(workspace, call, no_building):
    root = workspace()
    assert call("score", root)[0] == 0
    (former,) = (root / "cache").iterdir()
    opened = store.open_workspace(root)
    pipes = store.read_layer(opened, "pipes")
    store.commit_layer(opened, "pipes", pipes.loc[["A", "B"]], [], detail={})
    assert network_index.find(opened) is None
    assert call("isolate", root, "--pipe", "B")[1]["lost_pipes"] == ["B"]
    assert call("score", root)[0] == 0
    (after,) = (root / "cache").iterdir()
    assert after != former
    store.restore(opened, next(v.version for v in opened.catalogue.history("pipes")[::-1]))
    assert call("isolate", root, "--pipe", "B")[1]["lost_pipes"] == ["B", "C"]


def test_a_network_of_layers_that_changed_meanwhile_is_not_kept(workspace):
    opened = store.open_workspace(workspace())
    net = isolation.open_network(opened)
    network_index.keep(opened, net, "of other layers")
    assert not (opened.root / "cache").exists()


def test_a_damaged_index_is_passed_over(workspace, call):
    root = workspace()
    assert call("score", root)[0] == 0
    (kept,) = (root / "cache").iterdir()
    kept.write_bytes(kept.read_bytes()[:-9])
    assert call("isolate", root, "--pipe", street()["pipes"][0]["pipe_id"])[0] == 0
