#!/bin/sh
# Asks the real server what its own OpenAPI description says can be asked, in
# good and in odd forms, and fails on a 5xx and on an answer that is not
# described:
#
#     tools/contract/run.sh [PROGRAM]      (default: bin/mangosense)
#
# It sets up schemathesis from its lock once, serves from a data folder of its
# own on a free port, and takes CONTRACT_SECONDS (60) for the questions.
set -eu

cd "$(dirname "$0")/../.."
root=$(pwd)
program=${1:-$root/bin/mangosense}
seconds=${CONTRACT_SECONDS:-60}
here=$root/tools/contract
venv=$here/.venv

if [ ! -x "$program" ]; then
	echo "tools/contract/run.sh: $program is missing: run make build" >&2
	exit 1
fi
if [ ! -s models/manifest.json ]; then
	echo "tools/contract/run.sh: skipped, there are no models in this tree"
	exit 0
fi

want=$(sha256sum "$here/requirements.lock" | cut -d' ' -f1)
if [ "$(cat "$venv/.stamp" 2>/dev/null || true)" != "$want" ]; then
	rm -rf "$venv"
	python3 -m venv "$venv"
	echo "setting up schemathesis from tools/contract/requirements.lock …"
	"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$here/requirements.lock"
	echo "$want" >"$venv/.stamp"
fi

work=$(mktemp -d)
server=
stop() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	[ -z "$server" ] || wait "$server" 2>/dev/null || true
	rm -rf "$work"
}
trap stop EXIT
trap 'exit 1' HUP INT TERM

export DATA_DIR="$work/data" MODELS_DIR="$root/models" BACKUP_DIR="$work/backups"
password=Contract$$x7
mkdir "$DATA_DIR"
echo "$password" | "$program" user add --admin --username contract --email contract@farm.example --password-stdin >"$work/add"
ADDRESS=127.0.0.1 PORT=0 RATE_LIMIT=off ACCESS_LOG=false "$program" serve >"$work/log" 2>&1 &
server=$!

url=
for _ in $(seq 300); do
	url=$(sed -n 's/.*msg=serving address=\([^ ]*\).*/http:\/\/\1/p' "$work/log")
	[ -z "$url" ] || break
	kill -0 "$server" 2>/dev/null || break
	sleep 0.1
done
if [ -z "$url" ]; then
	echo "tools/contract/run.sh: the server did not start:" >&2
	cat "$work/log" >&2
	exit 1
fi

token=$("$venv/bin/python" "$here/login.py" "$url" contract "$password")
cd "$work" # it leaves notes where it runs
# One worker: under Python 3.11 two of them can upset each other's recursion
# limit ("AST constructor recursion depth mismatch").
if ! "$venv/bin/schemathesis" --config-file "$here/schemathesis.toml" run "$url/api/openapi.json" \
	--url "$url" --header "Authorization: Bearer $token" --phases coverage,fuzzing --max-time "$seconds" \
	--workers 1 --seed 1 --request-timeout 20 --suppress-health-check all --warnings off --no-shrink; then
	echo "tools/contract/run.sh: the server's own log ends with:" >&2
	tail -n 20 "$work/log" >&2
	exit 1
fi
if ! kill -0 "$server" 2>/dev/null; then
	echo "tools/contract/run.sh: the server ended under the questions:" >&2
	tail -n 40 "$work/log" >&2
	exit 1
fi
