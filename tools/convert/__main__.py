"""python -m convert MODEL.keras: to a full-integer .tflite beside it, and into the manifest."""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np  # noqa: E402

from train import cached  # noqa: E402
from train.diseases import CLASSES  # noqa: E402

from . import manifest, pictures, quantise, source, tune  # noqa: E402

PROJECT = Path(__file__).resolve().parents[2]


def options(argv=None):
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m convert", description=__doc__)
    p.add_argument("model", type=Path, help="the .keras file")
    p.add_argument("--kind", choices=["leaf", "fruit"], required=True)
    p.add_argument("--id", help="identity in the manifest (default: the file's name)")
    p.add_argument("--model-version", help="version in the manifest (default: kept, or 1.0.0)")
    p.add_argument("--scaling", choices=sorted(source.SCALINGS), default="-1..1", help="what the model expects")
    p.add_argument("--classes", help="class names in output order, comma between (default: the kind's own)")
    p.add_argument("--representative", type=Path, help="folder of pictures (default: the photographs, MANGO_DATA)")
    p.add_argument("--compare", type=Path, nargs="+", help="folders of pictures to compare on (default: of the kind, "
                   "or every second representative one)")
    p.add_argument("--pictures", type=int, default=400, help="pictures used, half to calibrate, half to compare")
    p.add_argument("--tune", type=int, default=0, metavar="STEPS", help="move the int8 file's kernels first, so that it answers more like the "
                   "float file (600 steps take five minutes; pictures of held-out groups are left out)")
    p.add_argument("--limit", type=float, default=0.995, help="least share of equal best classes, float and int8")
    p.add_argument("--out", type=Path, default=PROJECT / "models", help="folder of models and manifest")
    p.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "mangosense-train", help="int8 files that are made already")
    p.add_argument("--dry-run", action="store_true", help="compare and print, write nothing")
    words = list(sys.argv[1:] if argv is None else argv)
    if "--scaling" in words[:-1]:
        # "-1..1" looks like an option to argparse unless it is joined.
        at = words.index("--scaling")
        words[at:at + 2] = [f"--scaling={words[at + 1]}"]
    return p.parse_args(words)


def class_names(o, size: int) -> list[str]:
    """Names for the outputs, counted against the model."""
    names = [n.strip() for n in o.classes.split(",")] if o.classes else CLASSES[o.kind]
    if len(names) != size:
        raise source.Refusal(f"{o.model} has {size} classes, but {len(names)} names are given; use --classes.")
    if len(set(names)) != size:
        raise source.Refusal("Two classes have the same name.")
    return names


def convert(o) -> dict:
    """The whole step; raises Refusal where nothing may be written."""
    if not o.model.is_file():
        raise source.Refusal(f"{o.model} is not a file.")
    src = source.read(o.model)
    names = class_names(o, src.roles["classes"])
    folder = o.representative or Path(os.environ.get("MANGO_DATA") or PROJECT / ".." / "shared" / "data")
    if not folder.is_dir():
        raise source.Refusal(f"{folder} is no folder; give pictures with --representative.")
    own = [] if o.representative else [folder / o.kind]
    paths = pictures.found(folder, o.pictures)
    if not o.representative and (folder / o.kind).is_dir():
        # Half of the model's own kind, half of everything that it may be shown.
        paths = [p for both in zip(pictures.found(folder / o.kind, o.pictures), paths) for p in (both[0], both[0], both[1], both[1])]
        paths = paths[:2 * o.pictures]
    shown = pictures.as_bytes(paths, src.side)
    if len(shown) < 8:
        raise source.Refusal(f"{folder} holds {len(shown)} pictures; at least 8 are needed.")
    known = pictures.learnt([p for f in [folder, *own] for p in pictures.found(f, o.pictures)], folder) if o.tune else []
    content = rounded(o, src, shown[0::2], known)
    runner = quantise.Runner(content)
    asked = shown[1::2]
    others = o.compare or own
    if others:
        asked = pictures.as_bytes([p for f in others for p in pictures.found(f, o.pictures // len(others))], src.side)
    floats, ints = quantise.float_answers(src, asked, o.scaling), runner(asked)
    same = {role: float(np.mean(floats[role].argmax(-1) == ints[role].argmax(-1)))
            for role in ("classes", "gate") if role in src.roles}
    off = float(np.abs(floats["classes"] - ints["classes"]).mean())
    print(f"{len(asked)} pictures: same class {same['classes']:.4f}, mean logit difference {off:.3f}"
          + (f", same gate answer {same['gate']:.4f}" if "gate" in same else ""))
    if same["classes"] < o.limit:
        raise source.Refusal(
            f"int8 and float agree on {same['classes']:.2%} of {len(asked)} pictures, under the limit of {o.limit:.2%}: "
            "nothing written (more or fitter pictures with --representative, or train with quantisation in mind).")
    scale, zero = runner.input["quantization"]
    wanted = source.SCALINGS[o.scaling]
    if abs(scale - wanted[0]) > 1e-4 * wanted[0] or zero != wanted[1]:
        raise source.Refusal(f"The int8 input came out as scale {scale}, zero {zero}; {wanted} was meant.")
    return finish(o, src, content, runner, names, float(scale), int(zero))


def rounded(o, src: source.Source, seen, known: list[Path]) -> bytes:
    """The int8 graph; made once of one float file with the same pictures, so that a stopped run does not tune again."""
    held = o.work / f"int8-{cached.mark(o.model)}-{cached.digest(seen.tobytes(), known, o.scaling, o.tune, tune.RATE)}.tflite"
    if not held.exists():
        # What is compared at the end is the file's own float model.
        own = tune.tuned(src, seen, pictures.as_bytes(known, src.side), o.scaling, o.tune) if o.tune else src
        held.parent.mkdir(parents=True, exist_ok=True)
        cached.written(held, quantise.to_int8(own, seen, o.scaling))
    return held.read_bytes()


def finish(o, src, content, runner, names, scale, zero) -> dict:
    """Writes model files and manifest, or only says what would stand there."""
    ident = o.id or o.model.stem
    o.out.mkdir(parents=True, exist_ok=True)
    keras_file, tflite_file = o.out / f"{ident}.keras", o.out / f"{ident}.tflite"
    if o.dry_run:
        return {}
    if o.model.resolve() != keras_file.resolve():
        cached.written(keras_file, o.model.read_bytes())
    cached.written(tflite_file, content)
    outputs = []
    for role in ("classes", "gate", "cam", "setting", "near", "features"):
        if role in src.roles:
            shape = runner.shape(role)
            outputs.append({"role": role, "index": runner.index(role), "size": int(np.prod(shape)), "dtype": "int8"}
                           | ({"height": shape[0], "width": shape[1], "channels": shape[2]} if role == "cam" else {}))
    document = manifest.read(o.out / "manifest.json")
    new = manifest.entry(ident, o.kind, o.model_version or "1.0.0", keras_file, tflite_file, src.side, o.scaling,
                         scale, zero, outputs, names)
    new = manifest.put(document, new, o.model_version)
    document["models"].sort(key=lambda m: (m["kind"] != "leaf", m["id"]))
    manifest.write(o.out / "manifest.json", document)
    return new


def main(argv=None) -> int:
    """Exit code 0 when written, 1 with one sentence when refused."""
    try:
        new = convert(options(argv))
    except source.Refusal as reason:
        print(f"convert: {reason}", file=sys.stderr)
        return 1
    if new:
        print(json.dumps(new, indent=1, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
