#!/usr/bin/env bash
# Runs one command beside another:
#
#     tools/beside.sh FIRST... -- SECOND...
#
# It fails if either does. What FIRST says is shown only if it fails, so that
# SECOND's lines are the last.
set -euo pipefail

first=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	first+=("$1")
	shift
done
[ $# -gt 1 ] || { echo "usage: tools/beside.sh FIRST... -- SECOND..." >&2; exit 2; }
shift

said=$(mktemp)
"${first[@]}" >"$said" 2>&1 &
running=$!
trap 'kill "$running" 2>/dev/null || true; rm -f "$said"' EXIT

code=0
"$@" || code=$?
if ! wait "$running"; then
	cat "$said"
	echo "${first[*]}: failed" >&2
	exit 1
fi
exit "$code"
