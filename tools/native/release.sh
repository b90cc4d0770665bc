#!/bin/sh
# Packs what a machine needs to serve: tools/native/release.sh ARCH FOLDER
# FOLDER holds the built program for ARCH.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
arch=$1
folder=$2
cd "$root"
name=mangosense-$arch
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/$name/lib" "$work/$name/models" dist
cp "$folder/mangosense" start.sh LICENSE NOTICE README.md "$work/$name/"
cp -a ".native/$arch/lib/." "$work/$name/lib/"
cp models/manifest.json models/MODEL_CARD.md models/*.tflite "$work/$name/models/"
tar -C "$work" --owner=0 --group=0 --sort=name -czf "dist/$name.tar.gz" "$name"
echo "packed dist/$name.tar.gz"
