#!/usr/bin/env bash
# make train on one in ONE_IN (40) of the photographs, twice: undisturbed, and killed (-9) in each of its steps and given again.
# Both must end with the same bytes. Needs the photographs (MANGO_DATA, ../shared/data) and minutes.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
data=$(realpath "${MANGO_DATA:-$top/../shared/data}")
one_in=${ONE_IN:-40}
work=$(mktemp -d)
trap '[ $? = 0 ] && rm -rf "$work" || echo "resumed: the folders are left in $work"' EXIT
[ -f "$data/manifest.csv" ] || { echo "resumed: no photographs in $data: nothing is tried"; exit 0; }

mkdir -p "$work/data"
ln -s "$(dirname "$data")/weights" "$work/weights"
awk -v n="$one_in" 'NR == 1 || NR % n == 0' "$data/manifest.csv" > "$work/data/manifest.csv"
cp "$data/credits.csv" "$work/data/"
tail -n +2 "$work/data/manifest.csv" | cut -d, -f1 | while read -r path; do
  mkdir -p "$work/data/$(dirname "$path")"
  ln -s "$data/$path" "$work/data/$path"
done
export MANGO_DATA=$work/data

train() { # NAME: the same command each time
  exec setsid make -C "$top" --no-print-directory train TRAINED="$work/$1" WORK="$work/$1-work" \
    SET="side=96 samples=1500 clean_samples=500 batch=16 epochs=1" TUNING="--pictures 60 --tune 40 --limit 0" GATING="--arranged 250" >> "$work/$1.log" 2>&1
}

some_chunks() { # of the first bank are made, not all
  (cd "$top/tools" && .venv/bin/python - "$work/killed-work" <<'PY'
import sys
from pathlib import Path
import numpy as np
made = [np.load(path) for path in Path(sys.argv[1]).glob("bank-1500-*/done.npy")]
sys.exit(not (made and made[0].any() and not made[0].all()))
PY
  )
}

there() { compgen -G "$work/killed-work/$1" > /dev/null; }

killed_at() { # WHAT, then a command that says that it is under way
  local what=$1 run
  shift
  train killed &
  run=$!
  until "$@"; do
    kill -0 "$run" 2>/dev/null || { tail -20 "$work/killed.log"; echo "resumed: the run ended before $what"; exit 1; }
    sleep 0.2
  done
  kill -9 -- -"$run"
  wait "$run" 2>/dev/null || true
  echo "resumed: killed in $what"
}

mkdir -p "$work/killed" "$work/whole"
killed_at "cutting out" there "cutouts/parts-*/0.npz"
killed_at "samples" some_chunks
killed_at "training" there "run-*/state.npz"
killed_at "conversion" there "int8-*.tflite"
killed_at "the gate" there "gate-*.npy"
(train killed) || { tail -20 "$work/killed.log"; exit 1; }
[ "$(grep -c "tuning step 40/40" "$work/killed.log")" = 2 ] || { echo "resumed: a file was tuned again"; exit 1; }
(train whole) || { tail -20 "$work/whole.log"; exit 1; }
for file in leaf-mobilenetv2 fruit-mobilenetv2; do
  for end in keras tflite; do
    cmp "$work/killed/$file.$end" "$work/whole/$file.$end" || { echo "resumed: $file.$end is another after five kills"; exit 1; }
  done
  sha256sum "$work/whole/$file.tflite" | cut -c1-64
done
echo "resumed: five kills change no byte"
