#!/bin/sh
# Starts the server; the platform gives PORT. The process is replaced, so that
# SIGTERM reaches the server itself.
set -eu

# The program lies beside this file (release), in bin (image, working tree), or
# somewhere on the PATH.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
PATH="$here:$here/bin:$PATH"
PORT="${PORT:-8000}"
export PATH PORT
# The models lie there too, whatever folder this is called from.
if [ -z "${MODELS_DIR:-}" ] && [ -e "$here/models/manifest.json" ]; then
	export MODELS_DIR="$here/models"
fi

exec mangosense serve "$@"
