#!/bin/sh
# Packs what a machine needs to serve: tools/native/release.sh ARCH FOLDER
# FOLDER holds the built program for ARCH. What comes out needs no network and
# no package: install.sh in it makes a service of it, start.sh just serves.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
arch=$1
folder=$2
cd "$root"
name=mangosense-$arch
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
out=$work/$name
mkdir -p "$out/service" "$out/docs" dist

tools/native/pages.sh "$out"
tools/native/program.sh "$arch" "$folder" "$out"
cp start.sh tools/pi/install.sh "$out/"
cp tools/pi/mangosense.service tools/pi/mangosense.env tools/pi/mangosense.sh "$out/service/"
cp .native/"$arch"/LICENSE "$out/lib/LICENSE.tensorflow-lite"
cp /usr/share/doc/libturbojpeg0/copyright "$out/lib/LICENSE.libjpeg-turbo"

tar -C "$work" --owner=0 --group=0 --sort=name -czf "dist/$name.tar.gz" "$name"
echo "packed dist/$name.tar.gz"
