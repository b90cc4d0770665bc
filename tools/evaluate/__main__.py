"""python -m evaluate held|corrupted|backgrounds|frames|orientations|graphs|gate|heads|unseen|leftout|transfer|fit|doubtful: tables and pictures into docs/models/."""

import argparse
import json
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np  # noqa: E402

from convert import manifest  # noqa: E402
from train import doubtful, folds, pictures  # noqa: E402

from . import backgrounds, delivered, fitted, frames, gates, graphs, heads, heldout, leftout, orientations, tables, transfer, unseen  # noqa: E402


def options():
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m evaluate", description=__doc__)
    p.add_argument("--data", help="folder of photographs (MANGO_DATA, ../shared/data)")
    p.add_argument("--models", type=Path, default=pictures.PROJECT / "models")
    p.add_argument("--out", type=Path, default=pictures.PROJECT / "docs" / "models")
    p.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "mangosense-train", help="samples, states, raw rows")
    s = p.add_subparsers(dest="what", required=True)
    for name in ("held", "corrupted"):
        q = s.add_parser(name, help="the delivered files on held-out groups")
        q.add_argument("--update", action="store_true", help="write the metrics into the manifest")
        q.add_argument("--again", action="store_true", help="from the raw rows: only constants changed")
    s.add_parser("backgrounds", help="the delivered files on held-out leaves and fruit, put on other backgrounds")
    s.add_parser("frames", help="the delivered files on held-out leaves and fruit, in photos from square to 20:9")
    s.add_parser("orientations", help="the delivered files on held-out pictures, rotated and flipped in eight ways")
    s.add_parser("graphs", help="sizes and times of the models as float and int8 graphs")
    s.add_parser("gate", help="the gate fitted anew without each species, kind of fruit and source")
    q = s.add_parser("heads", help="the class heads fitted anew without each source that came later")
    q.add_argument("--before", type=Path, required=True, help="folder of the .keras files with the heads as trained, before convert.classes")
    q = s.add_parser("leftout", help="train models without sessions, sources, species and kinds of fruit, ask for them; resumable")
    q.add_argument("--only", default="", help="only models whose name holds this")
    q.add_argument("--stated-licences", action="store_true", help="without pictures whose licence is not stated")
    q.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="change numbers of the recipe")
    q = s.add_parser("unseen", help="the delivered leaf file on sources that its classes were not learnt from")
    q.add_argument("sources", nargs="+", help="folders of the photographs")
    s.add_parser("transfer", help="the tables about new orchards, from leftout's raw rows")
    q = s.add_parser("fit", help="temperature and familiarity from leftout's raw rows")
    q.add_argument("--write", nargs="*", choices=list(pictures.CLASSES), help="carry them over to the manifest's models (of these kinds; after held and orientations)")
    s.add_parser("doubtful", help="labels that contradict each other")
    return p.parse_args()


def main():
    """One sub-command."""
    o = options()
    if o.what in ("fit", "transfer"):
        lines, document = tables.read(raw(o)), manifest.read(o.models / "manifest.json")
        if o.what == "transfer":
            return transfer.every(lines, next(m for m in document["models"] if m["kind"] == "leaf"), o.out)
        how = fitted.report(lines, o.out)
        return None if o.write is None else fitted.carry(o.models, raw(o).parent, o.out, how, o.write or list(pictures.CLASSES))
    root = pictures.data_root(o.data)
    rows = pictures.read_table(root)
    if o.what == "doubtful":
        return tables.write(o.out / "doubtful.csv", doubtful.things_with_several_labels(rows))
    if o.what == "leftout":
        return leave_out(o, root, rows)
    document = manifest.read(o.models / "manifest.json")
    if o.what == "unseen":
        entry = next(m for m in document["models"] if m["kind"] == "leaf")
        unseen.of_model(delivered.Delivered(entry, o.models), root, rows, o.sources, o.out)
        return None
    alone = {"backgrounds": backgrounds, "frames": frames, "orientations": orientations, "graphs": graphs}
    for entry in document["models"]:
        model = delivered.Delivered(entry, o.models)
        if o.what == "gate":
            gates.of_model(model, root, rows, folds.usable(root, rows), o.work, o.out)
            continue
        if o.what == "heads":
            heads.of_model(model, o.before, root, rows, folds.usable(root, rows), o.work, o.out)
            continue
        if o.what in alone:
            alone[o.what].of_model(model, root, rows, o.out)
            continue
        found = heldout.corrupted(model, root, rows, o.out) if o.what == "corrupted" else heldout.of_model(model, root, rows, o.out, raw(o).parent, again=o.again)
        print(json.dumps({entry["id"]: found}, indent=1))
        entry["metrics"] |= found
    if o.what in ("held", "corrupted") and o.update:
        manifest.write(o.models / "manifest.json", document)


def raw(o) -> Path:
    """Raw rows stay out of the repository: the commands make them again."""
    return o.work / "raw" / "leftout.csv"


def leave_out(o, root, rows):
    """Trains the throw-away models by the recipe that `python -m train` uses, on its samples."""
    from train import bank, imagenet
    from train.recipe import Recipe, changed

    recipe = changed(Recipe(stated_licences=o.stated_licences), o.set)
    usable, source = folds.usable(root, rows, recipe.stated_licences), imagenet.file(root)
    o.work.mkdir(parents=True, exist_ok=True)
    seen = bank.both(o.work, root, rows, usable, recipe, source)
    plain = bank.untouched(o.work, root, rows, recipe.side, source)
    leftout.run(root, rows, usable, recipe, o.work, source, seen, plain, raw(o), o.only, say=print)


if __name__ == "__main__":
    main()
