"""Draws the table as bars: photos a second, p99 and memory, by server."""

from html import escape

PANELS = (("photos", "photos a second"), ("p99", "p99, ms"), ("memory", "memory, MB"))
WIDTH, LABEL, BAR, GAP = 860, 150, 16, 6


def svg(rows):
    """One column of bars for each figure, one block for each number of clients."""
    groups = sorted({r["clients"] for r in rows})
    panel = (WIDTH - LABEL) / len(PANELS)
    parts, y = [], 30
    for clients in groups:
        group = [r for r in rows if r["clients"] == clients]
        parts.append(f'<text x="0" y="{y}" font-weight="bold">{clients} client{"s" if clients > 1 else ""}</text>')
        for i, (_, title) in enumerate(PANELS):
            parts.append(f'<text x="{LABEL + i * panel:.0f}" y="{y}">{title}</text>')
        y += 12
        for r in group:
            parts.append(f'<text x="0" y="{y + BAR - 4}">{escape(r["server"])}</text>')
            for i, (key, _) in enumerate(PANELS):
                parts += bar(r, key, max(g[key][2] for g in group), LABEL + i * panel, y, panel - 60)
            y += BAR + GAP
        y += 34
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y - 20}" font-family="sans-serif" '
            f'font-size="12" role="img"><title>MangoSense and its peers</title>'
            f'<rect width="100%" height="100%" fill="#fff"/><g transform="translate(8,0)">{"".join(parts)}</g></svg>\n')


def bar(row, key, most, x, y, room):
    middle, least, largest = row[key]
    scale = room / most if most else 0
    colour = "#2e7d32" if row["server"] == "MangoSense" else "#9e9e9e"
    digits = 1 if middle < 100 else 0
    return [
        f'<rect x="{x:.0f}" y="{y}" width="{max(1, middle * scale):.1f}" height="{BAR}" fill="{colour}"/>',
        f'<line x1="{x + least * scale:.1f}" x2="{x + largest * scale:.1f}" y1="{y + BAR / 2}" y2="{y + BAR / 2}" stroke="#000"/>',
        f'<text x="{x + largest * scale + 4:.0f}" y="{y + BAR - 4}">{middle:.{digits}f}</text>',
    ]
