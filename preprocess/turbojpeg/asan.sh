#!/bin/sh
# Runs the tests of the fence and of package preprocess under AddressSanitizer and
# UndefinedBehaviorSanitizer, and the fence alone under Valgrind where it is
# installed. Ends with 1 at the first fault. Needs gcc; takes a few minutes.
set -eu
cd "$(dirname "$0")"
tests='Odd|Orientations|Scales|Golden|Hammer|Misuse|Close|FuzzJPEG'

echo "== AddressSanitizer"
go test -count=1 -asan .
go test -count=1 -asan -run "$tests" ..

echo "== UndefinedBehaviorSanitizer"
CGO_CFLAGS="-fsanitize=undefined -fno-sanitize-recover=undefined" \
  CGO_LDFLAGS="-fsanitize=undefined" go test -count=1 -run "$tests|Edges|Faults|FuzzTensor|Baseline" . ..

echo "== Without vector instructions of our own it gives the same"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go run testdata/write.go "$work"
cc -g -O2 -o "$work/driver" testdata/driver.c ./*.c -lturbojpeg -lm
cc -g -O2 -U__SSE2__ -o "$work/scalar" testdata/driver.c ./*.c -lturbojpeg -lm
[ "$("$work/driver" "$work"/*.jpg)" = "$("$work/scalar" "$work"/*.jpg)" ]

if ! command -v valgrind >/dev/null; then
  echo "== Valgrind is not installed: left out"
  exit 0
fi
echo "== Valgrind"
# Once without libjpeg-turbo's vector code, in which Valgrind takes the last
# columns of some chroma blocks for unset (their values never depend on what lay
# in memory before); once with it, for reads and writes outside and for leaks.
JSIMD_FORCENONE=1 valgrind -q --error-exitcode=1 "$work/driver" "$work"/*.jpg
valgrind -q --undef-value-errors=no --leak-check=full --error-exitcode=1 "$work/driver" "$work"/*.jpg
echo "clean"
