#!/bin/sh
# Prints the settings that cgo needs to find TensorFlow Lite, one a line, for the
# Makefile and for a developer's shell:
#
#     eval "$(tools/native/env.sh [amd64|arm64])"
#
# It reads no network and writes nothing; setup.sh brings the library.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
case $(uname -m) in
x86_64) host=amd64 ;;
aarch64) host=arm64 ;;
*) host=$(uname -m) ;;
esac
arch=${1:-${GOARCH:-$host}}

if [ -n "${TFLITE_DIR:-}" ]; then
	# The program carries this path with it.
	case $TFLITE_DIR in
	/*) ;;
	*) TFLITE_DIR=$PWD/$TFLITE_DIR ;;
	esac
	include=$TFLITE_DIR/include
	lib=$TFLITE_DIR/lib
	rpath="-Wl,-rpath,$lib"
else
	include=$root/tools/native/include
	lib=$root/.native/$arch/lib
	# Beside the program as released and in the image; then where the build has it.
	# shellcheck disable=SC2016 # $ORIGIN is for the dynamic linker
	rpath='-Wl,-rpath,$ORIGIN/lib -Wl,-rpath,$ORIGIN/../.native/'$arch/lib
fi

# The cross compiler does not look where the system keeps its own headers.
cross=
if [ "$arch" != "$host" ]; then
	cross=" -I$root/.native/$arch/include"
fi

echo "export CGO_ENABLED=1"
# Setting CGO_CFLAGS drops Go's own default, so -O2 -g is said again.
echo "export CGO_CFLAGS='-O2 -g -I$include$cross'"
echo "export CGO_LDFLAGS='-L$lib $rpath'"
if [ "$arch" = "$host" ]; then
	echo "export LD_LIBRARY_PATH='$lib'"
else
	echo "export GOARCH='$arch'"
	case $arch in
	arm64) echo "export CC='aarch64-linux-gnu-gcc'" ;;
	amd64) echo "export CC='x86_64-linux-gnu-gcc'" ;;
	esac
fi
