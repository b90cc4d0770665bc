#!/bin/sh
# Sets up the virtual environment of the Python side from its lock; a second
# call does nothing. The stamp is the lock's digest: a new lock, a new set-up.
set -eu

cd "$(dirname "$0")/../.."
venv=tools/.venv
lock=tools/requirements.lock

want=$(sha256sum <"$lock" | cut -d' ' -f1)
if [ "$(cat "$venv/.stamp" 2>/dev/null || true)" = "$want" ]; then
	exit 0
fi
# The lock is for one version (tools/pyproject.toml): Debian 12's.
python=
for name in python3 python3.11; do
	if "$name" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
		python=$name
		break
	fi
done
if [ -z "$python" ]; then
	echo "tools/native/python.sh: Python 3.11 is needed for the tests and the training, and python3 here is $(python3 -V 2>/dev/null || echo missing): install it (Debian 12: apt-get install python3 python3-venv)" >&2
	exit 1
fi
rm -rf "$venv"
if ! "$python" -m venv "$venv"; then
	echo "tools/native/python.sh: $python cannot make a virtual environment: run apt-get install python3-venv" >&2
	exit 1
fi
echo "setting up the Python side from $lock …"
install() {
	"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes "$@"
}
if ! install -r "$lock"; then
	echo "tools/native/python.sh: cannot install $lock (pip's words are above): check the network and the room on the disk, then run this again" >&2
	exit 1
fi
echo "$want" >"$venv/.stamp"
