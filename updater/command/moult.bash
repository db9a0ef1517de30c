# Completion of moult's command line for bash: commands, options, tags of the releases on disk. Nothing but bash and moult is
# needed: put it where bash-completion looks (/usr/share/bash-completion/completions/moult), or source it.

_moult() {
	local verbs='status check plan update rollback list history' word=${COMP_WORDS[COMP_CWORD]} verb='' tags='' mark tag rest i

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-*) ;;
		*) verb=${COMP_WORDS[i]} && break ;;
		esac
	done
	[[ ${COMP_WORDS[COMP_CWORD - 1]} != -n ]] || return 0 # a number

	case $verb:$word in
	:-*) mapfile -t COMPREPLY < <(compgen -W '-h -V' -- "$word") ;;
	:*) mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$word") ;;
	history:-*) mapfile -t COMPREPLY < <(compgen -W '-n --json -h' -- "$word") ;;
	*:-*) mapfile -t COMPREPLY < <(compgen -W '--json -h' -- "$word") ;;
	update:* | rollback:*)
		while IFS= read -r mark; do # "* TAG (image)": the mark is a star or a space
			read -r tag rest <<<"${mark:2}" && tags+=" $tag"
		done < <(moult list 2>/dev/null)
		mapfile -t COMPREPLY < <(compgen -W "$tags" -- "$word")
		;;
	esac
}
complete -F _moult moult
