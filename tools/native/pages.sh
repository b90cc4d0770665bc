#!/bin/sh
# Copies the pages that a release carries into a folder: tools/native/pages.sh FOLDER
# A link to a file that a release does not carry (the program's source) becomes
# its text, so that no link is dead.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
out=$1
cd "$root"
mkdir -p "$out/docs/benchmarks" "$out/models"
cp LICENSE NOTICE README.md ARCHITECTURE.md CONTRIBUTING.md CHANGELOG.md "$out/"
cp docs/*.md "$out/docs/"
cp docs/benchmarks/*.svg "$out/docs/benchmarks/"
cp models/MODEL_CARD.md "$out/models/"

find "$out" -name '*.md' | while IFS= read -r page; do
	folder=$(dirname "$page")
	grep -o '](\([^)]*\))' "$page" | cut -c3- | tr -d ')' | sort -u | while IFS= read -r link; do
		case $link in
		*://* | '#'* | mailto:*) continue ;;
		esac
		[ ! -e "$folder/${link%%#*}" ] || continue
		pattern=$(printf '%s' "$link" | sed 's/[.[\*^$|]/\\&/g')
		sed -i "s|\[\([^]]*\)\]($pattern)|\1|g" "$page"
	done
done
