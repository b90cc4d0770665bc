"""No group may lie on both sides, whatever is held out."""

from dataclasses import replace

import numpy as np

from train import folds
from train.pictures import LEAF, Row


def rows():
    out = []
    for label, sessions in {"Healthy": ["d1", "d2-harumanis"], "Die Back": ["d3", "d4"], "Gall Midge": ["d1"]}.items():
        for session in sessions:
            for n in range(60):
                out.append(Row(f"{label}{session}{n}", "leaf", label, session, f"{label}{session}{n // 4}", LEAF.index(label)))
    out.append(Row("rust", "leaf", "Unlisted (rust)", "d2-harumanis", "r", -1))
    return out


def test_held_groups_are_whole_and_about_the_share():
    table = rows()
    held = folds.held_groups(table, share=0.2)
    sides = {}
    for row, out in zip(table, held):
        sides.setdefault(row.group, set()).add(bool(out))
    assert all(len(s) == 1 for s in sides.values())
    for stratum in {r.stratum for r in table if r.target >= 0}:
        share = np.mean([h for r, h in zip(table, held) if r.stratum == stratum])
        assert 0.1 < share < 0.3, stratum


def test_a_class_with_one_session_is_no_class_session():
    assert folds.class_sessions(rows()) == [("Die Back", "d3"), ("Die Back", "d4"), ("Healthy", "d1"), ("Healthy", "d2-harumanis")]


def test_a_left_out_session_takes_its_groups_along():
    table = rows()
    # A leaf of another class that shares a group with the asked session.
    table.append(Row("twin", "leaf", "Gall Midge", "d1", "Healthyd10", LEAF.index("Gall Midge")))
    learn, ask = folds.without_session(table, "Healthy", "d1")
    assert ask.sum() == 60 and not (learn & ask).any()
    assert not learn[-1]


def test_a_left_out_source_is_asked_only_known_classes():
    table = [replace(row, path=f"{'harumanis' if row.session.endswith('harumanis') else 'leaf'}/{n}.jpg") for n, row in enumerate(rows())]
    learn, ask = folds.without_source(table, "harumanis")
    assert ask.sum() == 60
    assert not any(r.session.endswith("harumanis") for r, l in zip(table, learn) if l)


def shown_again(table, one, other):
    """The table with one thing shown by the rows at two places."""
    return [replace(row, thing="leaf 1") if i in (one, other) else row for i, row in enumerate(table)]


def test_a_held_out_leaf_that_a_learnt_picture_shows_does_not_judge():
    table = rows()
    held = folds.held_groups(table)
    assert np.array_equal(folds.unseen(table), held)
    inside, outside = np.flatnonzero(held)[0], np.flatnonzero(~held)[0]
    table = shown_again(table, inside, outside)
    unseen = folds.unseen(table)
    assert not unseen[inside] and unseen.sum() == held.sum() - 1, "only the picture, not its whole group"
    assert np.array_equal(folds.held_groups(table), held), "what is learnt stays as it was"


def test_a_left_out_session_takes_its_leaves_along():
    table = rows()
    asked = next(i for i, row in enumerate(table) if row.session == "d3")
    other = next(i for i, row in enumerate(table) if row.session == "d4")
    learn, ask = folds.without_session(shown_again(table, asked, other), "Die Back", "d3")
    assert ask[asked] and not learn[other] and learn.sum() == len(table) - 61


def test_what_was_held_out_of_the_first_edition_stays_held_out():
    table = [replace(row, path=f"leaf/{n}.jpg") for n, row in enumerate(rows())]
    more = [Row(f"mldid/{n}", "leaf", "Gall Midge", "d0-mldid", f"new{n}", LEAF.index("Gall Midge")) for n in range(40)]
    assert np.array_equal(folds.held_groups(more + table)[40:], folds.held_groups(table))
