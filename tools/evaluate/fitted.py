"""Temperature, familiarity and thresholds fitted on the raw rows of models without sessions or sources."""

from pathlib import Path

import numpy as np

from convert import manifest

from . import calibrate, confidence, draw, measures, tables
from .confidence import softmax

# What must not be answered surely and wrongly, however its models were made.
FAR = ("session", "source", "unlisted")


def search(lines):
    """(p as delivered, logits, target, parts, constants in standard units)."""
    lines = [x for x in lines if x["part"] in ("known", *FAR)]
    logits, part = tables.logits(lines), np.array([x["part"] for x in lines])
    target = np.array([-1 if x["part"] == "unlisted" else int(x["target"]) for x in lines])
    units = calibrate.standard(logits["cosine"], part == "known", [x["model"] for x in lines])
    far = [part == name for name in FAR if (part == name).any()]
    t, bias, slope, floor = calibrate.search(logits["classes"], units, target, part == "known", far)
    p = confidence.mixed(softmax(logits["classes"] / t), confidence.trusted(units, bias, slope, floor))
    return p, logits, target, part, (t, bias, slope, floor)


def report(lines, out: Path):
    """Fits, says what each part looks like before and after; the constants in standard units."""
    p, logits, target, part, (t, *how) = search(lines)
    print(f"temperature {t:.3f}; familiarity: bias, slope (in standard units) and floor {how}; sure and wrong "
          f"within {calibrate.ALLOWED:.0%} on left-out sessions, sources and unlisted signs")
    ways = {"temperature 1": softmax(logits["classes"]), "temperature of known sessions": softmax(logits["classes"] / t), "as delivered": p}
    found, curves = [], {}
    for name, p in ways.items():
        sure, right = p.max(-1), p.argmax(-1) == target
        for which in ("known", *FAR):
            here = part == which
            if not here.any():
                continue
            found.append({"confidence": name, "part": which, "pictures": int(here.sum()), "right": round(float(right[here].mean()), 4),
                          "mean confidence": round(float(sure[here].mean()), 4), "ece": round(measures.calibration_error(sure[here], right[here]), 4),
                          "sure and wrong": round(measures.sure_and_wrong(sure[here], right[here]), 4)})
            print(found[-1])
        far = np.isin(part, ("session", "source"))
        curves[name] = (sure[far], right[far])
    tables.write(out / "confidence.csv", found)
    draw.reliability(out / "reliability-leftout.png", curves, "leaves of left-out sessions and sources")
    return how


def carry(models: Path, raw: Path, out: Path, how, kinds) -> None:
    """Constants into the manifest: familiarity in each model's own units, temperature of its own held-out pictures in eight orientations.

    The rows are of leaves; fruit, which has no session to leave out, is trusted by the same curve.
    """
    document = manifest.read(models / "manifest.json")
    for entry in [m for m in document["models"] if m["kind"] in kinds]:
        lines = [x for x in tables.read(raw / f"held-{entry['kind']}.csv") if x["kind"] == entry["kind"] and int(x["target"]) >= 0]
        logits, target = tables.logits(lines), np.array([int(x["target"]) for x in lines])
        entry["familiarity"] = calibrate.carried(*how, logits["cosine"])
        entry["calibration"] = {"temperature": float(tables.read(out / f"orientations-{entry['kind']}.csv")[-1]["temperature"]),
                                "fitted_on": "int8 logits of held-out groups in eight orientations"}
        p = confidence.probabilities(logits, entry["calibration"]["temperature"], entry["familiarity"])
        print(entry["id"], entry["calibration"], entry["familiarity"],
              "ECE", round(measures.calibration_error(p.max(-1), p.argmax(-1) == target), 4))
    manifest.write(models / "manifest.json", document)
