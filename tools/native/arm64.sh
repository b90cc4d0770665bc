#!/bin/sh
# Fetches TurboJPEG for arm64 into .native/arm64, beside TensorFlow Lite, for a
# build on another machine. The system's own packages are not touched; a second
# call does nothing. apt checks the signatures as it does for the system.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
into=$root/.native/arm64
if [ -e "$into/lib/libturbojpeg.so" ]; then
	exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
	echo "tools/native/arm64.sh: this needs Debian's apt-get; elsewhere, put an arm64 libturbojpeg into $into/lib" >&2
	exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$into/lib"
chmod 755 "$work"
options="-o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State::Lists=$work/lists -o Dir::Cache=$work/cache -o APT::Sandbox::User=root"
# shellcheck disable=SC2086 # the options are split on purpose
if ! (apt-get $options update -qq && cd "$work" && apt-get $options download -qq libturbojpeg0 libturbojpeg0-dev) >"$work/log" 2>&1; then
	cat "$work/log" >&2
	echo "tools/native/arm64.sh: cannot fetch libturbojpeg for arm64: is the network there?" >&2
	exit 1
fi
for package in "$work"/*.deb; do
	dpkg-deb -x "$package" "$work/files"
done
mkdir -p "$into/include"
cp "$work"/files/usr/include/turbojpeg.h "$into/include/"
cp -a "$work"/files/usr/lib/aarch64-linux-gnu/libturbojpeg.so* "$into/lib/"
echo "fetched libturbojpeg for arm64"
