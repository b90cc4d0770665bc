#!/bin/sh
# Checks the Debian packages that the project needs: as root it installs those
# that are missing, otherwise it names them.
#
#     tools/native/debian.sh [build] [web] [test] [browser] [arm64] [deb] [asan] [peers]
#
# Without a name: build. It asks dpkg only, so it is instant when nothing is
# missing, and on a system without dpkg it says what is needed and goes on.
set -eu

groups=${*:-build}
packages=
for group in $groups; do
	case $group in
	build)
		packages="$packages ca-certificates gcc libc6-dev libturbojpeg0-dev"
		# A Python from elsewhere (pyenv, conda) has its own pip and venv.
		python=$(command -v python3) || python=
		case $python in
		'' | /usr/bin/*) packages="$packages python3 python3-pip python3-venv" ;;
		esac
		;;
	web)
		# A Node from elsewhere has its own npm.
		node=$(command -v node && command -v npm) || node=
		case $node in
		'') packages="$packages nodejs npm" ;;
		esac
		;;
	test) packages="$packages shellcheck" ;;
	browser) packages="$packages chromium" ;;
	arm64) packages="$packages gcc-aarch64-linux-gnu libc6-dev-arm64-cross libstdc++6-arm64-cross qemu-user-static" ;;
	deb) packages="$packages dpkg debootstrap curl util-linux" ;;
	asan) packages="$packages valgrind" ;;
	peers) packages="$packages python3-venv libturbojpeg0-dev" ;;
	*)
		echo "tools/native/debian.sh: unknown group '$group': build, web, test, browser, arm64, deb, asan and peers are known" >&2
		exit 2
		;;
	esac
done

if ! command -v dpkg-query >/dev/null 2>&1; then
	echo "tools/native/debian.sh: this is no Debian; see to it that these (or their like) are installed:$packages" >&2
	exit 0
fi

# dpkg-query fails when one of the names is unknown; what it prints about the
# others still counts.
# shellcheck disable=SC2016,SC2086 # dpkg's own format; the list is split on purpose
installed=$(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' $packages 2>/dev/null) || :
missing=
for package in $packages; do
	case "
$installed
" in
	*"
ii $package
"*) ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "tools/native/debian.sh: Debian packages are missing: run sudo apt-get install$missing" >&2
	exit 1
fi

echo "Installing Debian packages:$missing"
export DEBIAN_FRONTEND=noninteractive
words=$(mktemp) # of apt-get, which says much when all goes well
trap 'rm -f "$words"' EXIT
trap 'exit 1' HUP INT TERM
apt-get update -qq >"$words" 2>&1 ||
	echo "tools/native/debian.sh: apt-get update failed; trying with the lists there are" >&2
# shellcheck disable=SC2086 # the list is split on purpose
apt-get install -y -qq --no-install-recommends $missing >>"$words" 2>&1 || {
	cat "$words" >&2
	echo "tools/native/debian.sh: cannot install$missing: see apt-get's words above, or install them by hand" >&2
	exit 1
}
