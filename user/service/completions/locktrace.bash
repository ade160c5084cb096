# SPDX-License-Identifier: GPL-2.0
# bash completion for locktrace(1)

_locktrace_rules() {
	locktrace explain 2>/dev/null | awk '/^  [a-z-]+ / { print $1 }'
}

# KEY=VALUE,KEY=VALUE: the last of them; only rules are known beforehand. What
# is replaced begins behind the last "=".
_locktrace_filter() {
	local last=${cur##*,} before=
	[[ $cur == *,* ]] && before=${cur%,*},
	case $last in
	rule=*)
		mapfile -t COMPREPLY < <(compgen -W "$(_locktrace_rules)" -- "${last#rule=}")
		;;
	severity=*)
		mapfile -t COMPREPLY < <(compgen -W "stall contention" -- "${last#severity=}")
		;;
	*=*) ;;
	*)
		compopt -o nospace
		mapfile -t COMPREPLY < <(compgen -P "${before##*=}" -S = -W \
			"rule severity signature comm exe unit cgroup" -- "$last")
		;;
	esac
}

_locktrace() {
	# words is set by _init_completion
	# shellcheck disable=SC2034
	local cur prev words cword
	_init_completion -s || return

	case $prev in
	-p | --pid)
		_pids
		return
		;;
	--comm)
		_pnames
		return
		;;
	--unit)
		mapfile -t COMPREPLY < <(compgen -W "$(systemctl list-units --no-legend --plain \
			--type=service,scope 2>/dev/null | awk '{ print $1 }')" -- "$cur")
		return
		;;
	--cgroup | --debug-dir | --spool | --state)
		_filedir -d
		return
		;;
	--via)
		mapfile -t COMPREPLY < <(compgen -W "auto hooks census proc" -- "$cur")
		return
		;;
	--spool-compress)
		mapfile -t COMPREPLY < <(compgen -W "auto none gzip zstd" -- "$cur")
		return
		;;
	--uprobes)
		mapfile -t COMPREPLY < <(compgen -W "auto on off" -- "$cur")
		return
		;;
	-f | --format)
		mapfile -t COMPREPLY < <(compgen -W "text json dot html" -- "$cur")
		return
		;;
	--color)
		mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$cur")
		return
		;;
	--only | --ignore)
		_locktrace_filter
		return
		;;
	explain)
		mapfile -t COMPREPLY < <(compgen -W "$(_locktrace_rules)" -- "$cur")
		return
		;;
	--otlp-compression)
		mapfile -t COMPREPLY < <(compgen -W "gzip none" -- "$cur")
		return
		;;
	-o | --output | --record | --config | --metrics-file | --otlp-headers | --otlp-ca | --otlp-cert | --otlp-key | replay | symbolize | fleet)
		_filedir
		return
		;;
	config)
		mapfile -t COMPREPLY < <(compgen -W "--check" -- "$cur")
		return
		;;
	--check)
		_filedir
		return
		;;
	--listen)
		mapfile -t COMPREPLY < <(compgen -W "127.0.0.1:9464" -- "$cur")
		return
		;;
	-t | --threshold | -d | --duration | --otlp | --otlp-timeout | --batch-* | --retry-*)
		return
		;;
	esac

	if [[ $cur == -* && ${words[1]} == report ]]; then
		mapfile -t COMPREPLY < <(compgen -W "--spool --since --until --only --ignore --all --format --output \
			--color --help" -- "$cur")
	elif [[ ${words[1]} == report && $cword == 2 ]]; then
		mapfile -t COMPREPLY < <(compgen -W "list show rm" -- "$cur")
	elif [[ $cur == -* && ${words[1]} == @(replay|symbolize) ]]; then
		mapfile -t COMPREPLY < <(compgen -W "--only --ignore --format --output --spool --spool-limits --spool-compress --color --debug-dir --help" -- "$cur")
	elif [[ $cur == -* && ${words[1]} == fleet ]]; then
		mapfile -t COMPREPLY < <(compgen -W "--format --help" -- "$cur")
	elif [[ $cur == -* && ${words[1]} == status ]]; then
		mapfile -t COMPREPLY < <(compgen -W "--metrics-file --help" -- "$cur")
	elif [[ $cur == -* && ${words[1]} == metrics ]]; then
		mapfile -t COMPREPLY < <(compgen -W "--listen --metrics-file --help" -- "$cur")
	elif [[ ${words[1]} == fleet ]]; then
		_filedir
	elif [[ $cur == -* && ${words[1]} == forward ]]; then
		mapfile -t COMPREPLY < <(compgen -W "--config --check --spool --state --journal --otlp --otlp-headers --otlp-ca \
			--otlp-cert --otlp-key --otlp-compression --otlp-timeout --batch-reports --batch-bytes --retry-min \
			--retry-max --once --help" -- "$cur")
	elif [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "--pid --comm --unit --cgroup --no-children --once --include-parked --threshold \
			--duration --only --ignore --debug-dir --via --uprobes --format --output --record --config --spool --spool-limits --spool-compress --metrics-file --color \
			--help --version" -- "$cur")
	elif ((cword == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "watch replay symbolize report fleet forward explain doctor status metrics config help" -- "$cur")
	fi
} && complete -F _locktrace locktrace
