# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What tests in a machine share: sourced there by tests/package/inside and tests/e2e/inside.
said=/run/said
number=0
failed=0
: >$said

tell() { # STATUS NAME: the result of what wrote to $said
	number=$((number + 1))
	if [ "$1" = 0 ]; then echo "ok $number - $2"; else
		failed=1
		echo "not ok $number - $2"
		tail -n 30 $said | cut -c1-600 | sed 's/^/# /'
	fi
	: >$said
}

# until SECONDS COMMAND...: polls; what it said last is in $said.
until_so() {
	patience=$1
	shift
	end=$(($(date +%s) + patience))
	until "$@" >$said 2>&1; do
		if [ "$(date +%s)" -gt $end ]; then
			echo "not within $patience s: $*" >>$said
			return 1
		fi
		sleep 0.5
	done
}

# Story 1: statemachined's threads hang behind a queue, whose reader hangs behind agentd. Both
# are units, of another user than the watch.
hang_story1() {
	install -d -o nobody -m 755 /run/story1 &&
		systemd-run -q --unit=agentd --uid=nobody /start/build/demo/agentd /run/story1/master 1 &&
		until_so 30 test -S /run/story1/master &&
		systemd-run -q --unit=statemachined --uid=nobody /start/build/demo/statemachined /run/story1/master
}

has_report() { # RULE
	locktrace report list --only "rule=$1"
	locktrace report list --only "rule=$1" | grep -q "$1"
}

reports() { find /var/lib/locktrace/reports -name '[!.]*' -type f | wc -l; }
pid_of() { systemctl show -P MainPID "$1"; }
journal_has() { # UNIT TEXT
	journalctl -q --no-pager -o cat -u "$1" -n 30
	journalctl -q --no-pager -o cat -u "$1" | grep -q -e "$2"
}
