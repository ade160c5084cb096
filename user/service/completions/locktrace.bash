# SPDX-License-Identifier: GPL-2.0
# bash completion for locktrace(1)

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
	--cgroup | --debug-dir)
		_filedir -d
		return
		;;
	--via)
		mapfile -t COMPREPLY < <(compgen -W "auto hooks census proc" -- "$cur")
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
	-o | --output | --record | replay | symbolize)
		_filedir
		return
		;;
	-t | --threshold | -d | --duration)
		return
		;;
	esac

	if [[ $cur == -* && ${words[1]} == @(replay|symbolize) ]]; then
		mapfile -t COMPREPLY < <(compgen -W "--format --output --color --debug-dir --help" -- "$cur")
	elif [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "--pid --comm --unit --cgroup --no-children --once --include-parked --threshold \
			--duration --via --uprobes --format --output --record --color --help \
			--version" -- "$cur")
	elif ((cword == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "watch replay symbolize doctor help" -- "$cur")
	fi
} && complete -F _locktrace locktrace
