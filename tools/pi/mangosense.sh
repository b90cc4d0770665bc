#!/bin/sh
# The installed program with the service's settings: as root it runs as the
# service's user (so that it may use the data), as anybody else as oneself.
set -eu

export DATA_DIR=/var/lib/mangosense MODELS_DIR=/opt/mangosense/models
if [ -r /etc/mangosense.env ]; then
	set -a
	# shellcheck disable=SC1091 # it is the user's
	. /etc/mangosense.env
	set +a
fi
if [ "$(id -u)" -eq 0 ]; then
	exec runuser -u mango -- /opt/mangosense/mangosense "$@"
fi
exec /opt/mangosense/mangosense "$@"
