# Completion of sv's command line for bash: verbs, options, services of $SVDIR and their loggers. Nothing but bash is needed:
# put it where bash-completion looks (/usr/share/bash-completion/completions/sv), or source it.

_sv() {
	local svdir=${SVDIR:-/service} word verb='' i path paths name broken
	local verbs='status watch up down once pause cont hup alarm interrupt quit 1 2 term kill exit
		start stop restart reload try-restart shutdown check force-stop force-reload force-restart force-shutdown'

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--*) ;;
		-*w) ((++i)) ;; # and its seconds
		-*) ;;
		*) verb=${COMP_WORDS[i]} && break ;;
		esac
	done
	((i <= COMP_CWORD)) || return 0 # those seconds

	# Bash breaks words at : and @, which names may have; what stands before the last one is there already.
	word=${COMP_LINE:0:COMP_POINT}
	word=${word##*[[:space:]]}
	broken=${word%"${word##*[:@]}"}

	case $verb:$word in
	:-*) mapfile -t COMPREPLY < <(compgen -W '-v -w --json -h -V' -- "$word") ;;
	:*) mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$word") ;;
	status:-* | watch:-*) mapfile -t COMPREPLY < <(compgen -W --json -- "$word") ;;
	*:[./]*)
		compopt -o filenames 2>/dev/null # fails when no completion is under way
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		;;
	*)
		paths=("$svdir/${word%%/*}"/log/)
		[[ $word == */* ]] || paths+=("$svdir/$word"*/)
		for path in "${paths[@]}"; do
			name=${path#"$svdir/"}
			name=${name%/}
			[[ -d $path && $name == "$word"* ]] && COMPREPLY+=("${name#"$broken"}")
		done
		;;
	esac
}
complete -F _sv sv
