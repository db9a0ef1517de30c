# Completion of moult's command line for bash: commands, options, selectors, tags of the releases on disk. Nothing but bash and
# moult is needed: put it where bash-completion looks (/usr/share/bash-completion/completions/moult), or source it.

_moult_tags() {
	local mark tag rest
	while IFS= read -r mark; do # "* TAG (image)": the mark is a star or a space
		read -r tag rest <<<"${mark:2}" && printf '%s ' "$tag"
	done < <(moult list 2>/dev/null)
}

_moult_profiles() {
	local file
	for file in "${STATE_DIR:-/var/lib/moult}"/profiles/*.json "${PROFILE_DIR:-/etc/moult/profiles}"/*.json; do
		file=${file##*/}
		[[ $file == '*.json' ]] || printf '%s ' "${file%.json}"
	done
	printf none
}

_moult() {
	local verbs='status check plan update rollback notes start stop stable pause resume verify gc exec list history'
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb='' choices='' i

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-*) ;;
		*) verb=${COMP_WORDS[i]} && break ;;
		esac
	done

	case $verb:$before:$word in
	*:-n:*) return 0 ;; # a number
	::-* | :*:-*) choices='-h -V --json' ;;
	:*) choices=$verbs ;;
	history:*:-*) choices='-n --json -h' ;;
	plan:*:-*) choices='--notes --json -h' ;;
	*:*:-*) choices='--json -h' ;;
	stable:stable:*) choices='mark show' ;;
	# Bash breaks words at a colon: it stands before the word then, or is the word.
	start:start::) choices='current latest new stable' word='' ;;
	start:::*) choices='current latest new stable' ;;
	start:start:*) choices=":current :new :latest :stable $(_moult_tags)" ;;
	start:*) ((COMP_CWORD - i > 2 && (COMP_CWORD - i > 3 || ${#COMP_WORDS[i + 1]} > 1))) || choices=$(_moult_profiles) ;;
	update:update:* | rollback:rollback:* | verify:verify:* | stable:mark:*) choices=$(_moult_tags) ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
}
complete -F _moult moult
