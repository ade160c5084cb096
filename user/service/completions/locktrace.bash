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
	--cgroup | --debug-dir | --spool | --state | --dir)
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
	--budget)
		mapfile -t COMPREPLY < <(compgen -W "0.5% 1% 5% off" -- "$cur")
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
	--otlp-redact | --journal-redact)
		mapfile -t COMPREPLY < <(compgen -W "yes no" -- "$cur")
		return
		;;
	--otlp-compression)
		mapfile -t COMPREPLY < <(compgen -W "gzip none" -- "$cur")
		return
		;;
	-o | --output | --record | --config | --metrics-file | --forward-metrics-file | --check | --wait-sites | --probes | --trace | --ack | --otlp-headers | --otlp-ca | --otlp-cert | --otlp-key)
		_filedir
		return
		;;
	-d)
		[[ ${words[1]} == import ]] && _filedir -d
		return
		;;
	--listen)
		mapfile -t COMPREPLY < <(compgen -W "127.0.0.1:9464" -- "$cur")
		return
		;;
	-t | --threshold | --duration | --max-size | --since | --until | --spool-limits | --map-sizes | --otlp | --otlp-timeout | --batch-* | --retry-*)
		return
		;;
	esac

	local show="--format --output --color --debug-dir --help" judge="--only --ignore"
	local keep="--spool --spool-limits --spool-compress" command=${words[1]} options=
	case $command in
	-* | watch)
		options="--pid --comm --unit --cgroup --no-children --once --include-parked --threshold --duration
			--via --uprobes --budget --map-sizes --record --config --metrics-file --version $judge $keep $show"
		;;
	replay) options="$judge $keep $show --debuginfod" ;;
	symbolize) options="$show --debuginfod" ;;
	report) options="--spool --since --until --all --format --output --color --help $judge" ;;
	fleet) options="--format --help" ;;
	export) options="--output --since --until --redact --trace --ack --spool --help $judge" ;;
	import) options="--dir --spool --ack --max-size --help" ;;
	forward)
		options="--config --check --spool --state --journal --otlp --otlp-headers --otlp-ca --otlp-cert --otlp-key
			--otlp-compression --otlp-timeout --otlp-redact --journal-redact --batch-reports --batch-bytes --retry-min --retry-max --metrics-file --once --help"
		;;
	explain) options="--color --help" ;;
	doctor) options="--format --wait-sites --probes --help" ;;
	status) options="--metrics-file --forward-metrics-file --help" ;;
	metrics) options="--listen --metrics-file --help" ;;
	config) options="--check --help" ;;
	esac
	if ((cword == 1)) && [[ $cur != -* ]]; then
		options="watch replay symbolize report export import fleet forward explain doctor status metrics config help"
	elif [[ $cur != -* ]]; then
		case $command in
		explain) options=$(_locktrace_rules) ;;
		report) ((cword == 2)) && options="list show rm" || options= ;;
		replay | symbolize | fleet | import)
			_filedir
			return
			;;
		config) ;;
		*) options= ;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
} && complete -F _locktrace locktrace
