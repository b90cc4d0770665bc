#!/usr/bin/env bash
# Changes the rooms one operator at a time and runs their own tests on each
# change: a mutant that no test notices has survived. docs/mutation.md says
# what came out. Rooms are folders below server/internal.
#
#     tools/mutation/run.sh [-every N] [-lines "FILE:LINE ..."] ROOM...
#
# -every N runs each N-th mutant of a room, in the order of files and lines;
# -lines only those on these lines: the survivors once more.
set -euo pipefail
cd "$(dirname "$0")/../.."
eval "$(tools/native/env.sh)"
go build -C tools/mutation -o "$PWD/bin/" github.com/go-gremlins/gremlins/cmd/gremlins

every=1
lines=
while [ $# -gt 0 ]; do
	case $1 in
	-every) every=$2; shift 2 ;;
	-lines) lines=$2; shift 2 ;;
	*) break ;;
	esac
done

notes=$(mktemp -d)
survivors=$(mktemp)
trap 'rm -rf "$notes" "$survivors"' EXIT
export MUTATION_NOTES=$notes MUTATION_EVERY=$every MUTATION_LINES=$lines
export MUTATION_LEAST=${MUTATION_LEAST:-10} MUTATION_MEMORY=${MUTATION_MEMORY:-4000000}
MUTATION_GO=$(command -v go)
export MUTATION_GO

echo '| room | run | killed | survived | not covered | timed out | not viable |'
echo '| --- | --- | --- | --- | --- | --- | --- |'
# reach notes which test runs which lines, so that a mutant is run by the tests
# that could notice it: FILE FROM TO TEST. It also keeps the files as they are,
# which the mutants are compared with.
reach() {
	mkdir "$notes/source" "$notes/tmp"
	cp "server/internal/$room"/*.go "$notes/source"
	go test -c -cover -o "$notes/tests" "./server/internal/$room"
	(
		cd "server/internal/$room"
		for name in $("$notes/tests" -test.list '^(Test|Fuzz|Example)' 2>/dev/null); do
			rm -f "$notes/cover"
			TMPDIR=$notes/tmp "$notes/tests" -test.run "^$name\$" -test.coverprofile "$notes/cover" >/dev/null 2>&1 || true
			[ -f "$notes/cover" ] || continue
			sed -nE "s/^.*\/([^/:]+):([0-9]+)\.[0-9]+,([0-9]+)\.[0-9]+ [0-9]+ [1-9][0-9]*\$/\1 \2 \3 $name/p" "$notes/cover"
		done
	) >"$notes/reach"
	rm -rf "$notes/tmp"
}

failed=
for room in "$@"; do
	rm -rf "${notes:?}"/*
	touch "$notes/notdrawn"
	reach
	skip=(-E /)
	if [ -n "$lines" ]; then
		for file in "server/internal/$room"/*.go; do
			name=${file##*/}
			case " $lines" in *" $name:"*) ;; *) skip+=(-E "^${name//./[.]}\$") ;; esac
		done
	fi
	# invert-negatives repeats what arithmetic-base does to a minus.
	if ! PATH="$PWD/tools/mutation/path:$PATH" bin/gremlins unleash "${skip[@]}" --workers 1 --timeout-coefficient 4 \
		--invert-logical --invert-loopctrl --invert-assignments --invert-bitwise --invert-negatives=false \
		"./server/internal/$room" >"$notes/out" 2>&1; then
		cat "$notes/out" >&2
		failed=1
		continue
	fi
	sed -E 's/\x1b\[[0-9;]*m//g' "$notes/out" | grep -E ' at [^ ]+:[0-9]+:[0-9]+$' >"$notes/mutants" || true
	count() { grep -cE "^ *$1 " "$notes/mutants" || true; }
	notdrawn=$(wc -l <"$notes/notdrawn")
	killed=$(count KILLED) lived=$(count LIVED)
	echo "| $room | $((killed + lived + $(count 'TIMED OUT'))) | $killed | $lived | $(count 'NOT COVERED') | $(count 'TIMED OUT') | $(($(count 'NOT VIABLE') - notdrawn)) |"
	grep -E '^ *(LIVED|TIMED OUT) ' "$notes/mutants" | sed -E "s|^ *(.*) at |$room: \\1 |" >>"$survivors" || true
	[ -z "${MUTATION_KEEP:-}" ] || { cp "$notes/mutants" "$MUTATION_KEEP/${room//\//_}"; cp "$notes/killers" "$MUTATION_KEEP/${room//\//_}.killers"; }
done
if [ -s "$survivors" ]; then
	echo
	cat "$survivors"
fi
[ -z "$failed" ]
