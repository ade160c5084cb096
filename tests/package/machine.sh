# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# For tests that boot a Debian which the package is installed in.

# machine_packages DEB: what that Debian has. One list for all tests, as each list is a Debian.
machine_packages() {
	dpkg-deb -f "$1" Depends Recommends | sed 's/^[A-Za-z]*: //' | tr ',' '\n' |
		sed 's/|.*//; s/([^)]*)//; s/[[:space:]]//g' | grep .
	printf '%s\n' snmpd python3 curl
}
