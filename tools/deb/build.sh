#!/bin/sh
# Makes a Debian package: tools/deb/build.sh ARCH FOLDER VERSION
# FOLDER holds the built program for ARCH (amd64 or arm64). The package is
# dist/mangosense_VERSION_ARCH.deb; it needs Debian 12 or Raspberry Pi OS 12.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
arch=$1
folder=$2
version=$3
cd "$root"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$work"
home=$work/usr/lib/mangosense
docs=$work/usr/share/doc/mangosense
mkdir -p "$work/DEBIAN" "$docs" "$work/usr/bin" "$work/lib/systemd/system" "$work/etc" dist

tools/native/program.sh "$arch" "$folder" "$home"
# The same unit and command as install.sh's, at a package's places.
sed 's,/opt/mangosense,/usr/lib/mangosense,g' tools/pi/mangosense.service >"$work/lib/systemd/system/mangosense.service"
sed 's,/opt/mangosense,/usr/lib/mangosense,g' tools/pi/mangosense.sh >"$work/usr/bin/mangosense"
cp tools/pi/mangosense.env "$work/etc/"
echo /etc/mangosense.env >"$work/DEBIAN/conffiles"

cp CHANGELOG.md "$docs/"
{
	cat LICENSE
	printf '\n--- TensorFlow Lite ---\n'
	cat .native/"$arch"/LICENSE
	printf '\n--- libjpeg-turbo ---\n'
	cat /usr/share/doc/libturbojpeg0/copyright
} >"$docs/copyright"

for script in preinst postinst prerm postrm; do
	install -m 0755 "tools/deb/$script" "$work/DEBIAN/$script"
done
chmod -R u=rwX,go=rX "$work"
chmod 0755 "$home/mangosense" "$work/usr/bin/mangosense"
chmod 0640 "$work/etc/mangosense.env"
cat >"$work/DEBIAN/control" <<END
Package: mangosense
Version: $version
Architecture: $arch
Maintainer: MangoSense Edge <noreply@mangosense.invalid>
Installed-Size: $(du -sk "$work" | cut -f1)
Depends: libc6 (>= 2.36), libstdc++6 (>= 12), libgcc-s1 (>= 12), adduser, procps, util-linux
Section: science
Priority: optional
Description: tells what ails a mango leaf or fruit from a phone photo
 A server with its own pages for growers and administrators. It needs no
 network, keeps its records through power cuts and runs within 512 MB.
 It serves on port 8000 as soon as it is installed; settings are in
 /etc/mangosense.env, records in /var/lib/mangosense.
END
dpkg-deb --root-owner-group -Zxz --build "$work" "dist/mangosense_${version}_$arch.deb" >/dev/null
echo "packed dist/mangosense_${version}_$arch.deb"
