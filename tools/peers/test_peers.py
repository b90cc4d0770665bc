"""Tests of what run.py prints; they start no server."""

import xml.etree.ElementTree

import plot
import run
import table


def runs(server, clients, *values):
    return [{"server": server, "clients": clients, "round": i, "per_second": v, "requests": 10, "ok": 9,
             "ms": {"p50": 1000 / v, "p99": 3000 / v}, "server_memory": int(v * 1e6), "server_resident": int(2e6 * v)} for i, v in enumerate(values)]


RESULT = {
    "machine": "a machine", "cores": 2, "megapixels": 12, "seconds": 6, "rounds": 3, "when": "2026-01-01",
    "runs": runs("MangoSense", 1, 30, 20, 40) + runs("(a) FastAPI, usual", 1, 5, 5, 6)
    + runs("(b) FastAPI, tuned", 1, 15, 14, 10) + runs("(c) <odd> & name", 1, 10, 10, 10),
}


def test_rows_are_medians_with_their_spread_ours_first():
    rows = table.rows(RESULT)
    assert [r["server"] for r in rows] == ["MangoSense", "(a) FastAPI, usual", "(b) FastAPI, tuned", "(c) <odd> & name"]
    assert rows[0]["photos"] == (30, 20, 40)
    assert rows[0]["missed"] == 3


def test_ratios_compare_with_the_best_peer():
    text = table.markdown(RESULT)
    assert "6.00 × (a) FastAPI, usual, 2.14 × the best of the rest ((b) FastAPI, tuned)" in text
    assert "p99: 0.47 × the best ((b) FastAPI, tuned)" in text
    assert "Resident memory: 6.00 × the smallest ((a) FastAPI, usual)" in text
    assert "| MangoSense | 30.0 (20.0–40.0) |" in text


def test_ratios_are_left_out_when_a_peer_is():
    part = dict(RESULT, runs=runs("MangoSense", 1, 30))
    assert "best of the rest" not in table.markdown(part)


def test_plot_is_sound_xml_with_a_bar_for_each_figure():
    tree = xml.etree.ElementTree.fromstring(plot.svg(table.rows(RESULT)))
    bars = [e for e in tree.iter() if e.tag.endswith("rect")]
    assert len(bars) == 1 + 4 * 3
    assert any(e.text == "(c) <odd> & name" for e in tree.iter())


def test_every_peer_is_started_on_the_port_it_is_given():
    for name, (command, _) in run.PEERS.items():
        words = [str(w) for w in command(8123)]
        assert name == "MangoSense" or any("8123" in w for w in words), name
