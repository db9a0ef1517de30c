"""table: numbers with their units, and rows of them as plain text or Markdown."""


def kib(value):
    if value is None:
        return "–"
    return f"{value / 1024:,.0f} KiB" if value < 1024 * 1024 else f"{value / 1024 / 1024:,.2f} MiB"


def ms(seconds):
    if seconds is None:
        return "–"
    value = seconds * 1000
    return f"{value:.2f} ms" if value < 10 else f"{value:.1f} ms" if value < 100 else f"{value:,.0f} ms"


def us(seconds):
    return "–" if seconds is None else f"{seconds * 1e6:,.1f} µs"


def count(value):
    return "–" if value is None else f"{value:,.0f}"


def decimal(value):
    return "–" if value is None else f"{value:,.2f}"


class Table:
    def __init__(self, *header):
        self.rows = [list(header)]

    def add(self, what, *cells):
        self.rows.append([what, *cells])

    def compare(self, what, unit, ours, peer, limit=None):
        """A row of the ratio, too, and of whether the limit is kept."""
        ratio = f"{peer / ours:,.1f}" if ours and peer else "–"
        over = limit is not None and ours is not None and ours > limit
        self.add(what, unit(ours), unit(peer), ratio, f"{unit(limit)}{' (over)' if over else ''}" if limit else "")

    def figure(self, row, titles):
        """A row of figures.Row: ours, what it must be, the others' in this order. Beside the floor, which is measured,
        too, what reads the same is kept."""
        ours, *others = (row.values.get(title) for title in titles)
        must = row.must()
        over = must is not None and (ours is None or ours > must)
        if over and row.of_floor is not None:
            over = row.unit(ours) != row.unit(must)
        self.add(row.what, row.unit(ours), f"{row.unit(must)}{' (over)' if over else ''}" if must is not None else "",
                 *map(row.unit, others))

    def text(self):
        widths = [max(map(len, column)) for column in zip(*self.rows)]
        lines = ["  ".join(cell.ljust(width) if place == 0 else cell.rjust(width)
                           for place, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in self.rows]
        return "\n".join([lines[0], "-" * sum(widths, 2 * len(widths) - 2), *lines[1:]])

    def markdown(self):
        lines = ["| " + " | ".join(row) + " |" for row in self.rows]
        return "\n".join([lines[0], "|---|" + "---:|" * (len(self.rows[0]) - 1), *lines[1:]])
