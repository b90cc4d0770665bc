"""Sums the runs of run.py up: medians over the rounds with their spread."""

import statistics


def rows(result):
    """One row for each server and number of clients, in the order measured."""
    keys = sorted({(r["clients"], r["server"]) for r in result["runs"]}, key=lambda k: (k[0], k[1] != "MangoSense", k[1]))
    out = []
    for clients, server in keys:
        runs = [r for r in result["runs"] if r["clients"] == clients and r["server"] == server]

        def of(pick):
            values = [pick(r) for r in runs]
            return statistics.median(values), min(values), max(values)

        out.append({
            "server": server,
            "clients": clients,
            "photos": of(lambda r: r["per_second"]),
            "p50": of(lambda r: r["ms"]["p50"]),
            "p99": of(lambda r: r["ms"]["p99"]),
            "memory": of(lambda r: r["server_memory"] / 1e6),
            "missed": sum(r["requests"] - r["ok"] for r in runs),
        })
    return out


def spread(v, digits):
    return f"{v[0]:.{digits}f} ({v[1]:.{digits}f}–{v[2]:.{digits}f})"


def markdown(result):
    lines = [
        f"{result['megapixels']:g} MP previews over HTTP, {result['cores']} cores ({result['machine']}), "
        f"{result['rounds']} rounds of {result['seconds']:g} s by turns, {result['when']}. "
        "Median of the rounds (least–most); memory is the most seen, pages shared between processes counted once.",
    ]
    every = rows(result)
    for clients in sorted({r["clients"] for r in every}):
        lines += ["", f"### {clients} client{'s' if clients > 1 else ''}", "",
                  "| server | photos/s | p50 ms | p99 ms | memory MB | not 200 |", "| --- | --- | --- | --- | --- | --- |"]
        group = [r for r in every if r["clients"] == clients]
        for r in group:
            lines.append(f"| {r['server']} | {spread(r['photos'], 1)} | {spread(r['p50'], 0)} | {spread(r['p99'], 0)} | "
                         f"{spread(r['memory'], 0)} | {r['missed']} |")
        lines += ratios(group)
    return "\n".join(lines)


def ratios(group):
    """What the tables are asked for, said outright, good or bad."""
    ours = [r for r in group if r["server"] == "MangoSense"]
    usual = [r for r in group if r["server"].startswith("(a)")]
    rest = [r for r in group if r["server"] != "MangoSense" and not r["server"].startswith("(a)")]
    if not (ours and usual and rest):
        return []
    ours, usual = ours[0], usual[0]
    fastest = max(rest, key=lambda r: r["photos"][0])
    peers = [usual, *rest]
    steadiest = min(peers, key=lambda r: r["p99"][0])
    smallest = min(peers, key=lambda r: r["memory"][0])
    return ["", f"Photos a second: {ours['photos'][0] / usual['photos'][0]:.2f} × {usual['server']}, "
            f"{ours['photos'][0] / fastest['photos'][0]:.2f} × the best of the rest ({fastest['server']}). "
            f"p99: {ours['p99'][0] / steadiest['p99'][0]:.2f} × the best ({steadiest['server']}). "
            f"Memory: {ours['memory'][0] / smallest['memory'][0]:.2f} × the smallest ({smallest['server']})."]
