#!/bin/sh
# Installs the package on a clean Debian 12, has a photo answered, upgrades it,
# removes it: tools/deb/check.sh OLD.deb NEW.deb
# Needs root, debootstrap, curl and a Debian mirror (MIRROR).
set -eu

old=$1
new=$2
here=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
fail() {
	echo "tools/deb/check.sh: $*" >&2
	exit 1
}
[ "$(id -u)" -eq 0 ] || fail "this needs root: a clean Debian is made in a folder and entered"

work=$(mktemp -d)
root=$work/debian
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
debootstrap --variant=minbase --include=systemd bookworm "$root" "${MIRROR:-http://deb.debian.org/debian}" >"$work/log" 2>&1 ||
	{ tail -n 20 "$work/log" >&2; fail "cannot make a clean Debian"; }

# in_root runs a command in the clean system; what it leaves running ends with it.
# shellcheck disable=SC2016 # the inner shell's words
enter='mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'
in_root() { unshare --mount --pid --fork --kill-child sh -c "$enter" "$root" "$@"; }
cp "$old" "$root/root/old.deb"
cp "$new" "$root/root/new.deb"

echo "install"
in_root apt-get install -y -q /root/old.deb >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "it cannot be installed"; }
in_root mangosense check >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "check finds a fault"; }
[ -L "$root/etc/systemd/system/multi-user.target.wants/mangosense.service" ] || fail "it does not start with the machine"
in_root systemd-analyze verify /lib/systemd/system/mangosense.service || fail "systemd does not like the unit"
in_root systemd-analyze security --offline=true --threshold=25 /lib/systemd/system/mangosense.service >/dev/null || fail "the unit's exposure is beyond 2.5"

# answer has a photo diagnosed by the installed program, as its user, and kills it.
answer() {
	unshare --mount --pid --fork --kill-child sh -c "$enter" "$root" mangosense serve >"$work/serve" 2>&1 &
	server=$!
	n=0
	until port=$(sed -n 's/.*address=.*:\([0-9]*\) .*/\1/p' "$work/serve") && [ -n "$port" ]; do
		n=$((n + 1))
		[ $n -lt 100 ] || { cat "$work/serve" >&2; fail "it does not serve"; }
		sleep 0.2
	done
	curl -fsS -F image=@"$work/photo.jpg" -F detection_type=leaf -F preview_only=true "http://127.0.0.1:$port/api/predict/" >"$work/answer" ||
		{ cat "$work/serve" >&2; fail "a photo is not answered"; }
	grep -q '"success":true' "$work/answer" || { cat "$work/answer" >&2; fail "the answer is no success"; }
	kill -KILL "$server" # a power cut: unshare takes no other signal while it waits
	wait "$server" 2>/dev/null || :
}
"$here/bin/load" -mp 2 -distinct 1 -save "$work/photos" >/dev/null
mv "$work"/photos/*.jpg "$work/photo.jpg"
echo "a photo"
printf 'PORT=0\n' >>"$root/etc/mangosense.env"
answer
echo Carabao2026 | in_root mangosense user add --username boss --email boss@farm.example --password-stdin >/dev/null || fail "no account can be made"
[ "$(stat -c %U "$root/var/lib/mangosense/mangosense.db")" = "$(stat -c %U "$root/var/lib/mangosense")" ] || fail "the database is not the service's user's"

echo "upgrade"
in_root apt-get install -y -q /root/new.deb >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "it cannot be upgraded"; }
[ -n "$(ls -A "$root/var/backups/mangosense")" ] || fail "the upgrade made no backup"
grep -q '^PORT=0' "$root/etc/mangosense.env" || fail "the upgrade lost a setting"
in_root mangosense user list | grep -q boss || fail "the upgrade lost an account"
answer

echo "remove"
in_root dpkg --purge mangosense >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "it cannot be removed"; }
for left in /usr/lib/mangosense /usr/bin/mangosense /lib/systemd/system/mangosense.service /etc/mangosense.env \
	/etc/systemd/system/multi-user.target.wants/mangosense.service /etc/systemd/system/mangosense.service; do
	if [ -e "$root$left" ] || [ -L "$root$left" ]; then fail "$left is left"; fi
done
[ -e "$root/var/lib/mangosense/mangosense.db" ] || fail "a purge took the records away"
echo "installed, answered, upgraded and removed on a clean Debian $(cat "$root/etc/debian_version")"
