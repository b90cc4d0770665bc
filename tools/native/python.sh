#!/bin/sh
# Sets up the virtual environment of the Python side from its lock; a second
# call does nothing. The stamp is the lock's sum: a new lock, a new set-up.
set -eu

cd "$(dirname "$0")/../.."
venv=tools/.venv
lock=tools/requirements.lock

want=$(sha256sum "$lock" | cut -d' ' -f1)
if [ "$(cat "$venv/.stamp" 2>/dev/null || true)" = "$want" ]; then
	exit 0
fi
if ! command -v python3 >/dev/null 2>&1; then
	echo "tools/native/python.sh: python3 is missing: run 'apt-get install python3 python3-venv'." >&2
	exit 1
fi
if ! python3 -c 'import sys; sys.exit(not ((3, 10) <= sys.version_info[:2] <= (3, 12)))'; then
	echo "tools/native/python.sh: TensorFlow needs Python 3.10 to 3.12; python3 here is $(python3 -V 2>&1 | cut -d' ' -f2)." >&2
	exit 1
fi
rm -rf "$venv"
if ! python3 -m venv "$venv"; then
	echo "tools/native/python.sh: python3 cannot make a virtual environment: run 'apt-get install python3-venv'." >&2
	exit 1
fi
echo "setting up the Python side from $lock …"
if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"; then
	echo "tools/native/python.sh: cannot install $lock (pip's words are above): check the network and the room on the disk, then run this again" >&2
	exit 1
fi
echo "$want" >"$venv/.stamp"
