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
mkdir -p "$out/lib" "$out/models" "$out/service" "$out/docs" dist

tools/native/pages.sh "$out"
cp "$folder/mangosense" start.sh tools/pi/install.sh "$out/"
cp tools/pi/mangosense.service tools/pi/mangosense.env tools/pi/mangosense.sh "$out/service/"
cp models/manifest.json models/*.tflite models/*.bin "$out/models/"

cp .native/"$arch"/lib/libtensorflowlite_c.so "$out/lib/"
cp .native/"$arch"/LICENSE "$out/lib/LICENSE.tensorflow-lite"
# TurboJPEG: fetched for another architecture, the system's own for this one.
jpeg=.native/$arch/lib/libturbojpeg.so.0
[ -e "$jpeg" ] || jpeg=$(gcc -print-file-name=libturbojpeg.so.0)
cp -L "$jpeg" "$out/lib/libturbojpeg.so.0"
cp /usr/share/doc/libturbojpeg0/copyright "$out/lib/LICENSE.libjpeg-turbo"

tar -C "$work" --owner=0 --group=0 --sort=name -czf "dist/$name.tar.gz" "$name"
echo "packed dist/$name.tar.gz"
