#!/bin/sh
# Installs MangoSense from an unpacked release as a service of systemd, or
# brings an installed one up to date:
#
#     sudo ./install.sh
#
# The program goes to /opt/mangosense (the one before it stays beside it as
# /opt/mangosense.old), data to /var/lib/mangosense, settings to
# /etc/mangosense.env, which is never overwritten. It needs no network. When the
# new program does not start, the old one is put back.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
home=/opt/mangosense
data=/var/lib/mangosense
backups=/var/backups/mangosense
unit=/etc/systemd/system/mangosense.service
command=/usr/local/bin/mangosense

fail() {
	echo "install.sh: $*" >&2
	exit 1
}

[ "$(id -u)" -eq 0 ] || fail "this needs root: run sudo $0"
command -v systemctl >/dev/null 2>&1 || fail "this system has no systemd: run ./start.sh in this folder instead"
# The same question as sd_booted(3): in a container or a chroot systemd may be
# installed without running, and a service made there would never start.
[ -d /run/systemd/system ] ||
	fail "systemd is installed but does not run here (is this a container or a chroot?), so nothing was installed: run ./start.sh in this folder instead, or this script on the booted machine"
for tool in runuser useradd install journalctl chgrp; do
	command -v $tool >/dev/null 2>&1 || fail "this needs $tool, so nothing was installed: run apt-get install util-linux passwd coreutils systemd"
done
[ -x "$here/mangosense" ] || fail "there is no program beside this script: unpack a release (made by make release) and run its install.sh"
"$here/mangosense" version >/dev/null 2>&1 ||
	fail "the program does not run here (this machine is $(uname -m)): a 64-bit Debian 12 or Raspberry Pi OS 12 and the release for its architecture are needed"

# The new one must be whole before the old one is touched.
echo "Checking the release …"
(cd "$here" && DATA_DIR=/nonexistent MODELS_DIR=models ./mangosense check 2>/dev/null) || fail "the release is damaged: copy it here again"

id mango >/dev/null 2>&1 || useradd --system --home-dir "$data" --shell /usr/sbin/nologin mango
install -d -o mango -g mango -m 0700 "$data" "$backups"
[ -e /etc/mangosense.env ] || install -m 0640 -g mango "$here/service/mangosense.env" /etc/mangosense.env
# Commands read it as mango; a copy from another machine may have lost that.
chgrp mango /etc/mangosense.env
chmod g+r /etc/mangosense.env

# A newer program may lift the database to a layout that the older one cannot
# read: what is there now is kept first.
if [ -e "$data/mangosense.db" ] && [ -x "$home/mangosense" ]; then
	echo "Backing the records up to $backups …"
	DATA_DIR=$data runuser -u mango -- "$home/mangosense" backup --backup-dir "$backups" ||
		fail "the records could not be backed up, so nothing was changed: see docs/operations.md"
fi

rm -rf "$home.new"
install -d -m 0755 "$home.new"
cp -R "$here/." "$home.new/"
chown -R root:root "$home.new"
chmod -R u=rwX,go=rX "$home.new"
sync -f "$home.new" 2>/dev/null || sync

# put lays the files of $home in their places and starts the service; its status
# is asked for, so that a step which fails leads to the way back.
put() {
	install -m 0644 "$home/service/mangosense.service" "$unit" &&
		install -m 0755 "$home/service/mangosense.sh" "$command" &&
		systemctl daemon-reload &&
		systemctl enable --quiet mangosense &&
		systemctl restart mangosense
}

# well waits until the server listens. It says so in its log, and systemctl
# alone cannot tell a server that keeps falling from one that serves.
well() {
	since=$1
	n=0
	while [ $n -lt 60 ]; do
		if systemctl is-active --quiet mangosense &&
			journalctl --quiet --unit mangosense --since "@$since" --output cat | grep -q 'msg=serving\|"msg":"serving"'; then
			return 0
		fi
		n=$((n + 1))
		sleep 1
	done
	return 1
}

if [ -e "$home" ]; then
	rm -rf "$home.old"
	mv "$home" "$home.old"
fi
mv "$home.new" "$home"
began=$(date +%s)
if put && well "$began"; then
	"$home/mangosense" version | head -n 1
	journalctl --quiet --unit mangosense --since "@$began" --output cat | grep 'serving' | tail -n 1
	echo "It serves and starts with the machine. The first administrator: sudo mangosense user add --admin --username boss --email boss@farm.example"
	exit 0
fi

journalctl --quiet --unit mangosense --since "@$began" --output cat | tail -n 20 >&2
if [ -e "$home.old" ]; then
	rm -rf "$home.bad"
	mv "$home" "$home.bad"
	mv "$home.old" "$home"
	began=$(date +%s)
	{ put && well "$began"; } || fail "neither the new nor the old program starts; its words are above, and the records from before are in $backups (docs/operations.md tells how to restore them)"
	fail "the new program does not start (its words are above); the old one serves again"
fi
systemctl disable --quiet --now mangosense || :
rm -rf "$home" "$unit" "$command"
systemctl daemon-reload || :
fail "the program does not start (its words are above), so it was taken away again; data and settings are left: fix what it says, in /etc/mangosense.env if it is a setting, and run this again"
