"""Aggregates the runs of run.py: medians over the rounds, with their spread."""

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
            "resident": of(lambda r: r["server_resident"] / 1e6),
            "missed": sum(r["requests"] - r["ok"] for r in runs),
        })
    return out


def spread(v, digits):
    return f"{v[0]:.{digits}f} ({v[1]:.{digits}f}–{v[2]:.{digits}f})"


def markdown(result):
    lines = [
        f"{result['megapixels']:g} MP previews over HTTP, {result['cores']} cores, {result['rounds']} rounds of "
        f"{result['seconds']:g} s by turns. Median of the rounds (least–most). Memory is the most that was seen of the server "
        "and all its processes: resident, and with pages that they share counted once.",
    ]
    for group in groups(rows(result)):
        clients = group[0]["clients"]
        lines += ["", f"### {clients} client{'s' if clients > 1 else ''}", "",
                  "| server | photos/s | p50 ms | p99 ms | resident MB | shared once MB | not 200 |", "| --- | --- | --- | --- | --- | --- | --- |"]
        for r in group:
            lines.append(f"| {r['server']} | {spread(r['photos'], 1)} | {spread(r['p50'], 0)} | {spread(r['p99'], 0)} | "
                         f"{spread(r['resident'], 0)} | {spread(r['memory'], 0)} | {r['missed']} |")
        lines += said(group)
    return "\n".join(lines)


def ratios(group):
    """The targets for one number of clients, as ratios of medians; None when a server was left out."""
    ours = [r for r in group if r["server"] == "MangoSense"]
    usual = [r for r in group if r["server"].startswith("(a)")]
    rest = [r for r in group if r["server"] != "MangoSense" and not r["server"].startswith("(a)")]
    if not (ours and usual and rest):
        return None
    ours, usual = ours[0], usual[0]
    peers = [usual, *rest]
    fastest = max(rest, key=lambda r: r["photos"][0])
    steadiest, smallest, fewest = (min(peers, key=lambda r: r[key][0]) for key in ("p99", "memory", "resident"))
    return {
        "clients": ours["clients"],
        "over_usual": ours["photos"][0] / usual["photos"][0],
        "usual": usual["server"],
        "over_best": ours["photos"][0] / fastest["photos"][0],
        "best": fastest["server"],
        "p99_of_best": ours["p99"][0] / steadiest["p99"][0],
        "steadiest": steadiest["server"],
        "memory_of_smallest": ours["memory"][0] / smallest["memory"][0],
        "smallest": smallest["server"],
        "resident_of_smallest": ours["resident"][0] / fewest["resident"][0],
        "smallest_resident": fewest["server"],
    }


def said(group):
    """The same as a sentence."""
    q = ratios(group)
    if q is None:
        return []
    return ["", "Photos a second: {over_usual:.2f} × {usual}, {over_best:.2f} × the best of the rest ({best}). "
            "p99: {p99_of_best:.2f} × the best ({steadiest}). Resident memory: {resident_of_smallest:.2f} × the smallest "
            "({smallest_resident}); with shared pages counted once {memory_of_smallest:.2f} × ({smallest}).".format(**q)]


def groups(every):
    """The rows by number of clients."""
    return [[r for r in every if r["clients"] == clients] for clients in sorted({r["clients"] for r in every})]
