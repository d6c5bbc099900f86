# shellcheck shell=bash
# bash completion for signet(1)

# Names may hold blanks: one on a line, quoted for the shell. $1 is the verb whose first column
# is wanted, $2 the heading under which it begins.
_signet_names() {
	signet --no-ask-password -q "$1" 2>/dev/null |
		sed -n "/^$2  */,/^\$/ { /^$2 /d; /^\$/d; s/   *.*//; p; }"
}

_signet_complete_names() {
	local name IFS=$'\n'

	for name in $(_signet_names "$1" "$2"); do
		[[ $name == "$cur"* ]] && COMPREPLY+=("$(printf %q "$name")")
	done
}

# The first word that is no option, and no value of one.
_signet_verb() {
	local i

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--socket) ((i++)) ;;
		-*) ;;
		*)
			printf %s "${COMP_WORDS[i]}"
			return
			;;
		esac
	done
}

_signet_files() {
	compopt -o filenames
	mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

_signet() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} verb
	local general='--socket --no-ask-password --quiet --help --version'

	COMPREPLY=()
	verb=$(_signet_verb)
	if [[ -z $verb && $prev != --socket ]]; then
		mapfile -t COMPREPLY < <(compgen -W "list sign verify pubkey unlock lock enroll status grant grants revoke explain csr key check requests request approve deny fetch withdraw $general" -- "$cur")
		return
	fi
	case $prev in
	-k | --key)
		_signet_complete_names list NAME
		return
		;;
	-a | --hash)
		mapfile -t COMPREPLY < <(compgen -W 'sha256 sha384 sha512' -- "$cur")
		return
		;;
	-f | --format)
		mapfile -t COMPREPLY < <(compgen -W 'raw cms sshsig kmod pe verity fsverity ima dsse jws' -- "$cur")
		return
		;;
	--purpose)
		mapfile -t COMPREPLY < <(compgen -W 'digest cms ssh-auth ssh-cert ssh-raw sshsig: pam: raw sshsig kmod pe verity fsverity ima dsse jws' -- "$cur")
		return
		;;
	--user | --group)
		mapfile -t COMPREPLY < <(compgen -A "${prev#--}" -- "$cur")
		return
		;;
	--config)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	--eku)
		mapfile -t COMPREPLY < <(compgen -W 'codeSigning serverAuth clientAuth emailProtection timeStamping OCSPSigning' -- "$cur")
		return
		;;
	-o | --output | --signature | --socket | --pubkey | --files-from)
		_signet_files
		return
		;;
	--cert)
		if [[ $verb != pubkey ]]; then
			_signet_files
			return
		fi
		;;
	esac
	if [[ $cur == -* ]]; then
		case $verb in
		list | status | grants) general+=' --json' ;;
		requests) general+=' --json --all --for --max --deny --output' ;;
		request) general+=' --key --purpose --for --max --wait' ;;
		approve) general+=' --for --max --signature' ;;
		deny) general+=' --reason --signature' ;;
		fetch) general+=' --wait --output' ;;
		sign)
			general+=' --key --format --hash --pss --output --cert --attached --time --pem'
			general+=' --namespace --payload-type --xattr --force --repack --jobs --fail-fast'
			general+=' --files-from --null --wait --break-glass'
			;;
		verify)
			general+=' --key --format --hash --pss --cert --pubkey --attached --namespace'
			general+=' --payload-type --xattr'
			;;
		pubkey) general+=' --key --pem --der --ssh --cert' ;;
		unlock) general+=' --pin-stdin' ;;
		enroll) general+=' --user --remove --pin-stdin --password-stdin' ;;
		explain) general+=' --key --purpose --hash --pss --uid --group --unit --slice --forwarded --json' ;;
		grant)
			general+=' --key --purpose --user --group --unit --slice --from --until --forwarded'
			general+=' --id --config'
			;;
		csr) general+=' --key --subject --san --eku --ca --self-signed --hash --pss --der --wait --output' ;;
		key) general+=' --all --json --reason --from --config' ;;
		check) general+=' --key --within --json' ;;
		esac
		mapfile -t COMPREPLY < <(compgen -W "$general" -- "$cur")
		return
	fi
	case $verb in
	sign | verify) _signet_files ;;
	unlock | lock | enroll) _signet_complete_names status TOKEN ;;
	key)
		if [[ $prev == key ]]; then
			mapfile -t COMPREPLY < <(compgen -W 'list show suspend resume retire rotate' -- "$cur")
		else
			_signet_complete_names list NAME
		fi
		;;
	revoke) _signet_complete_names grants ID ;;
	requests | approve | deny | fetch | withdraw) _signet_complete_names requests ID ;;
	esac
}

complete -F _signet signet
