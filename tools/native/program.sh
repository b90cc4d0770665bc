#!/bin/sh
# Copies what the program needs to run on another machine:
# tools/native/program.sh ARCH FOLDER OUT
# FOLDER holds the built program for ARCH. OUT gets it, its libraries, the models and
# their memories.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
arch=$1
folder=$2
out=$3
cd "$root"
mkdir -p "$out/lib" "$out/models"
cp "$folder/mangosense" "$out/"
cp models/manifest.json models/*.tflite models/*.bin "$out/models/"
cp .native/"$arch"/lib/libtensorflowlite_c.so "$out/lib/"
# TurboJPEG: fetched for another architecture, the system's own for this one.
jpeg=.native/$arch/lib/libturbojpeg.so.0
[ -e "$jpeg" ] || jpeg=$(gcc -print-file-name=libturbojpeg.so.0)
cp -L "$jpeg" "$out/lib/libturbojpeg.so.0"
