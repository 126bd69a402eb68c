# bash completion for rouse(8).
#
# Nouns and verbs are here; options come from --help, which is where they are
# defined, so that this file need not follow them.  Names of services come from
# the Northbound database if it answers at once.

_rouse_nouns="hold host northd waker service events status flows lflow-list
    compile trace"
_rouse_verbs="add list show idle wake stay-awake remove"

# Long options of "rouse WORD...".
_rouse_options()
{
    "$@" --help 2>/dev/null \
        | sed -n 's/^ *\(-[a-zA-Z], \)\{0,1\}\(--[a-z0-9-]*\).*/\2/p'
}

_rouse_services()
{
    timeout 1 "$1" service list --json --timeout 0.5 2>/dev/null \
        | sed -n 's/^    "name": "\([^"\\]*\)",\{0,1\}$/\1/p'
}

_rouse_drivers()
{
    "$1" service add --help 2>/dev/null \
        | sed -n '/^Drivers:/,/^$/s/^  \([a-z0-9_-]*\)  .*/\1/p'
}

# Completes lines of text: names may contain blanks.
_rouse_reply()
{
    local line

    while IFS= read -r line; do
        if [[ -n $line && $line == "$2"* ]]; then
            COMPREPLY+=("$(printf %q "$line")")
        fi
    done <<< "$1"
}

# Arguments of options.  Returns 1 if the word before is none that takes one.
_rouse_argument()
{
    local rouse=$1 cur=$2

    case $3 in
    --protocol)
        COMPREPLY=($(compgen -W "tcp udp sctp" -- "$cur")) ;;
    --on-fail)
        COMPREPLY=($(compgen -W "reset drop" -- "$cur")) ;;
    --driver)
        COMPREPLY=($(compgen -W "$(_rouse_drivers "$rouse")" -- "$cur")) ;;
    --idle-connections)
        COMPREPLY=($(compgen -W "keep ignore" -- "$cur")) ;;
    --idle-dry-run)
        COMPREPLY=($(compgen -W "true false" -- "$cur")) ;;
    --needs)
        _rouse_reply "$(_rouse_services "$rouse")" "$cur" ;;
    --ovnnb-db | --ovnsb-db | --db | --nb | --sb | --ovs)
        COMPREPLY=($(compgen -W "unix: tcp: ssl:" -- "$cur"))
        compopt -o nospace 2>/dev/null ;;
    -p | --private-key | -c | --certificate | -C | --ca-cert \
        | --bootstrap-ca-cert | --pidfile | --log-file | --unixctl \
        | --container-socket | --flows | --pcap | --socket)
        COMPREPLY=($(compgen -f -- "$cur"))
        compopt -o filenames 2>/dev/null ;;
    --packets)
        COMPREPLY=($(compgen -W "open fast slow socket" -- "$cur")) ;;
    --exec-dir | --dir | --schema-dir)
        COMPREPLY=($(compgen -d -- "$cur"))
        compopt -o filenames 2>/dev/null ;;
    --vip | --backends | --switch | --router | --target | --wake-timeout \
        | --hold | --drain | --wake-from | --ignore-from | --wake-on \
        | --wake-budget | --wake-after | -t | --timeout | -n | --count \
        | --max-packets | --max-bytes | --max-per-source | --max-wakes \
        | --containers \
        | --systemd-bus | --systemd-units | --ct | --lb-dst | --select-id \
        | --inport | --port | --address)
        ;;
    *)
        return 1 ;;
    esac
}

_rouse()
{
    local rouse=${COMP_WORDS[0]} cur=${COMP_WORDS[COMP_CWORD]}
    local prev=${COMP_WORDS[COMP_CWORD - 1]}
    local noun=${COMP_WORDS[1]:-} verb=${COMP_WORDS[2]:-}
    local command=("$rouse" "$noun")

    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W "$_rouse_nouns --help --version" -- "$cur"))
        return
    elif [[ $noun == service ]]; then
        if ((COMP_CWORD == 2)); then
            COMPREPLY=($(compgen -W "$_rouse_verbs --help" -- "$cur"))
            return
        fi
        command+=("$verb")
    fi

    # "--option=value" comes as three words.
    if [[ $cur == = ]]; then
        cur=
    elif [[ $prev == = ]] && ((COMP_CWORD > 2)); then
        prev=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    if _rouse_argument "$rouse" "$cur" "$prev"; then
        return
    elif [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$(_rouse_options "${command[@]}")" \
                             -- "$cur"))
    elif [[ $noun == service && $verb != list ]]; then
        _rouse_reply "$(_rouse_services "$rouse")" "$cur"
    fi
}

complete -F _rouse rouse
