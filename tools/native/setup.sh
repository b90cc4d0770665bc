#!/bin/sh
# Fetches the TensorFlow Lite library for one architecture into
# .native/<arch>/lib, once:
#
#     tools/native/setup.sh [amd64|arm64]      (default: go env GOARCH)
#
# The library comes out of a Python wheel, since that is the one registry that
# carries a TensorFlow Lite 2.17.1 with XNNPACK for both architectures; pip is
# used as a downloader only, and nothing is installed. TFLITE_DIR names a folder
# with lib/ and include/ of the user's own instead; then nothing is fetched.
#
# Callers: the Makefile, the Dockerfile, developers. A second call does nothing.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
package=pymicro-wakeword
version=2.5.0
want_go=1.26

fail() {
	echo "tools/native/setup.sh: $*" >&2
	exit 1
}

# The architecture, and the Go that will build. Run from the root, so that a Go
# which fetches its own toolchain answers for the one it would use.
arch=${1:-}
if command -v go >/dev/null 2>&1; then
	go=$(cd "$root" && go env GOVERSION GOARCH 2>/dev/null) || go='unknown unknown'
	# shellcheck disable=SC2086 # two words, one a line
	set -- $go
	have_go=${1#go}
	arch=${arch:-${2:-}}
	major=${have_go%%.*}
	minor=${have_go#*.}
	minor=${minor%%[!0-9]*}
	case $major.$minor in
	*[!0-9.]* | .* | *.) new_enough=no ;;
	*) if [ "$major" -gt 1 ] || [ "$minor" -ge "${want_go#*.}" ]; then new_enough=yes; else new_enough=no; fi ;;
	esac
	[ $new_enough = yes ] ||
		fail "Go $want_go or newer is needed, and $(command -v go) is $have_go: install a current one from https://go.dev/dl/"
elif [ -z "$arch" ]; then
	fail "Go is missing: install Go $want_go or newer from https://go.dev/dl/ and put its bin folder on the PATH"
fi

if [ -n "${TFLITE_DIR:-}" ]; then
	[ -s "$TFLITE_DIR/lib/libtensorflowlite_c.so" ] && [ -f "$TFLITE_DIR/include/tensorflow/lite/c/c_api.h" ] && exit 0
	fail "TFLITE_DIR=$TFLITE_DIR lacks lib/libtensorflowlite_c.so or include/tensorflow/lite/c/c_api.h: put both there, or unset TFLITE_DIR to have the library fetched"
fi

case $arch in
amd64 | x86_64)
	arch=amd64 machine=x86_64
	sum=3869f536402b1254e3be3549d3a462ecd6ed21ce2c3e77ec8eb501c3c700417c
	;;
arm64 | aarch64)
	arch=arm64 machine=aarch64
	sum=6c75b77c936efd19b8c35a094cb7e3fdbd4ebcd0f63635a0851ce591990829f2
	;;
arm | armhf | armv6* | armv7*)
	fail "no TensorFlow Lite is published for 32-bit ARM: install the 64-bit Raspberry Pi OS (12 or newer), or build the library yourself and name its folder in TFLITE_DIR"
	;;
*)
	fail "no TensorFlow Lite is published for architecture '$arch' (amd64 and arm64 are): build the library yourself and name its folder in TFLITE_DIR"
	;;
esac

home=$root/.native/$arch
stamp="$package $version $sum"

if [ -s "$home/lib/libtensorflowlite_c.so" ] && [ -f "$home/stamp" ]; then
	read -r have <"$home/stamp" || have=
	[ "$have" != "$stamp" ] || exit 0
fi

# The library wants glibc 2.34; for another machine's build it is not asked.
if [ "$(uname -m)" = "$machine" ]; then
	libc=$(getconf GNU_LIBC_VERSION 2>/dev/null) || libc=
	case $libc in
	glibc\ 2.*)
		[ "${libc#glibc 2.}" -ge 34 ] ||
			fail "this system has $libc, and the library needs 2.34 or newer: use Debian 12, Raspberry Pi OS 12 or newer, or build the library yourself and name its folder in TFLITE_DIR"
		;;
	*) fail "this system has no glibc, which the library needs: use Debian 12 or newer (the Dockerfile does), or build the library yourself and name its folder in TFLITE_DIR" ;;
	esac
fi

python3 -m pip --version >/dev/null 2>&1 ||
	fail "python3 with pip is needed to fetch TensorFlow Lite: run apt-get install python3-pip (or name a library of your own in TFLITE_DIR)"

# Everything is made in a folder beside the final one and moved there by one
# rename, so that an interrupted run leaves no partial set-up.
mkdir -p "$root/.native"
work=$(mktemp -d "$root/.native/.$arch.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
	--platform "manylinux_2_35_$machine" --dest "$work/wheel" "$package==$version" >&2 ||
	fail "cannot fetch $package $version with pip (its words are above): check the network and pip's index settings, then run this again"

set -- "$work"/wheel/*.whl
got=$(sha256sum "$1")
got=${got%% *}
[ "$got" = "$sum" ] ||
	fail "the fetched $package $version has sha256 $got, but $sum is expected: do not use it, and check pip's index settings"

python3 -m zipfile -e "$1" "$work/unpacked" ||
	fail "cannot unpack ${1##*/}: is there space left under $root/.native?"
mkdir -p "$work/out/lib"
mv "$work/unpacked/pymicro_wakeword/lib/libtensorflowlite_c.so" "$work/out/lib/"
mv "$work"/unpacked/*.dist-info/licenses/LICENSE "$work/out/LICENSE"
echo "$stamp" >"$work/out/stamp"

rm -rf "$home"
# Two runs at once may race to this line: both bring the same bytes, one wins.
mv -T "$work/out" "$home" 2>/dev/null || [ -s "$home/lib/libtensorflowlite_c.so" ] ||
	fail "cannot move the library to $home: is the folder writable?"
echo "TensorFlow Lite 2.17.1 ($arch) is in ${home#"$root"/}/lib"
