#!/bin/sh
# Starts the server; the platform gives PORT. The process is replaced, so that
# SIGTERM reaches the server itself.
set -eu

# The program lies beside this file (release), in bin (image, working tree), or
# somewhere on the PATH. It finds its models itself.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
PATH="$here:$here/bin:$PATH"
PORT="${PORT:-8000}"
export PATH PORT

# In the image: a platform mounts a volume as root's, also where the server is to
# run as a user without rights. As root, the folder is given to that user first.
if [ -n "${RUN_AS_USER:-}" ] && [ "$(id -u)" -eq 0 ]; then
	data=${DATA_DIR:-./data}
	mkdir -p "$data"
	find "$data" -xdev ! -user "$RUN_AS_USER" -exec chown -h "$RUN_AS_USER:" {} + ||
		echo "start.sh: cannot give all of $data to user $RUN_AS_USER; if the server says so too, mount the volume for that user" >&2
	exec setpriv --reuid "$RUN_AS_USER" --regid "$(id -g "$RUN_AS_USER")" --init-groups --no-new-privs -- mangosense serve "$@"
fi

exec mangosense serve "$@"
