#!/bin/sh
# Builds bin/floor, the bare C program that the benchmarks compare with.
set -eu

cd "$(dirname "$0")/../../.."
tools/native/setup.sh
eval "$(tools/native/env.sh)"
mkdir -p bin
# shellcheck disable=SC2086 # flags are words
${CC:-gcc} -std=gnu11 -Wall -Wextra -Werror $CGO_CFLAGS -o bin/floor tools/peers/floor/floor.c \
	$CGO_LDFLAGS -ltensorflowlite_c -lturbojpeg
