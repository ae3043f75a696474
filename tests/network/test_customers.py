import numpy as np

from gridrisk import network


def mains(draw):
    return [
        draw.pipe("H", (0, 0), (100, 0), pressure_class="high_a"),
        draw.pipe("L", (0, 20), (100, 20), pressure_class="low"),
    ]


def build(draw, network_of, *customers):
    stations = [draw.source("G", (0, 0)), draw.source("D", (0, 20))]
    return network_of(mains(draw), [], stations, customers)


def test_customers_hang_on_the_pipe_named_else_on_the_nearest_that_serves_customers(draw, network_of):
    net = build(
        draw,
        network_of,
        draw.customer("named", (50, 1), pipe_id="H"),
        draw.customer("near", (50, 1)),
        draw.customer("far", (50, 900)),
        draw.customer("wrong", (50, 25), pipe_id="Z"),
    )
    assert network.isolate(net, pipe_id="H").customers == ("named",)
    assert network.isolate(net, pipe_id="L").customers == ("near", "wrong")
    found = {f.check: f.id for f in net.findings if f.layer == "customers"}
    assert found == {"network_customer_off": "far", "network_customer_pipe": "wrong"}


def test_only_piped_gas_counts(draw, network_of):
    rows = [
        draw.customer(fuel or "unknown", (50, 20), fuel=fuel) for fuel in ("pipe", "bottle", "electric", "none", None)
    ]
    net = build(draw, network_of, *rows)
    assert network.isolate(net, pipe_id="L").customers == ("pipe",)
    assert [str(f.message) for f in net.findings if f.check == "network_fuel_unknown"] == [
        "1 customers of unknown fuel are in no outage; give their fuel"
    ]


def test_unknown_households_are_counted_as_unknown(draw, network_of):
    rows = [
        draw.customer("a", (50, 20), households=30),
        draw.customer("b", (50, 20), households=None),
        draw.customer("c", (50, 20), kind="catering", households=None),
    ]
    answer = network.isolate(build(draw, network_of, *rows), pipe_id="L")
    assert (answer.households, answer.households_unknown) == (30, 1)
    assert [str(n) for n in answer.notes if "households" in str(n)] == [
        "the households of 1 customers are unknown and not counted"
    ]


def test_critical_by_kind_or_mark(draw, network_of):
    rows = [
        draw.customer("hospital", (50, 20), kind="hospital"),
        draw.customer("dialysis", (50, 20), kind="other", critical=True),
        draw.customer("home", (50, 20)),
    ]
    assert network.isolate(build(draw, network_of, *rows), pipe_id="L").critical == ("hospital", "dialysis")


def test_many_findings_of_one_kind_are_counted(draw, network_of):
    rows = [draw.customer(f"c{k:03d}", (50, 900)) for k in np.arange(250)]
    found = [f for f in build(draw, network_of, *rows).findings if f.check == "network_customer_off"]
    assert len(found) == 201
    assert str(found[-1].message) == "and 50 more of the same kind"
