#!/bin/sh
# Builds the pages of web/src into web/dist, unless they are there already: what
# they are made of has one digest, kept beside them.
#
#     web/build/build.sh
#
# Callers: the Makefile. It needs Node 18.19 or later with npm; the packages
# come by their lock, and nothing of theirs runs at installation.
set -eu

web=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$web"

digest=$(find src build ../diseases/drawings package.json package-lock.json tsconfig.json -type f | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum | cut -c1-64)
stamp=node_modules/.pages
[ "$(cat "$stamp" 2>/dev/null)" != "$digest" ] || [ ! -f dist/growers.html ] || exit 0

lock=$(sha256sum package-lock.json | cut -c1-64)
if [ "$(cat node_modules/.lock 2>/dev/null)" != "$lock" ]; then
	# A registry that does not answer at once is asked again.
	npm ci --ignore-scripts --no-audit --no-fund --silent --fetch-retries 4 || {
		echo "web/build/build.sh: cannot install the packages of web/package-lock.json; make PAGES=no builds without pages" >&2
		exit 1
	}
	echo "$lock" >node_modules/.lock
fi
node build/build.mjs
echo "$digest" >"$stamp"
