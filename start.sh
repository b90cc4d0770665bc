#!/bin/sh
# Starts the server; the platform gives PORT. The process is replaced, so that
# SIGTERM reaches the server itself.
set -eu

PORT="${PORT:-8000}"
export PORT

exec mangosense serve "$@"
