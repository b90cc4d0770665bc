#!/bin/sh
# The installed program with the service's settings: as root it runs as the
# service's user, who owns the data, otherwise as the caller. The
# program reads the settings itself, by the rules that systemd has for them: no
# shell looks at a value.
set -eu

settings=/etc/mangosense.env
export DATA_DIR=/var/lib/mangosense MODELS_DIR=/opt/mangosense/models
[ $# -gt 0 ] || set -- --help
if [ "$(id -u)" -eq 0 ]; then
	[ ! -e "$settings" ] || set -- --env-file "$settings" "$@"
	exec runuser -u mango -- /opt/mangosense/mangosense "$@"
fi
[ ! -r "$settings" ] || set -- --env-file "$settings" "$@"
exec /opt/mangosense/mangosense "$@"
