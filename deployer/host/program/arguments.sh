# Arguments: key=value words, each checked here, whoever called. Lists hold one item per line.

act='' token='' service='' root='' socket=none release='' digest='' owner='' timeout='' rollout='' answer='' guard=no
unit='' listener='' shared='' holder='' interval='' full='' silence='' stream='' size='' history='' limit='' keep=''
lines='' since='' how=restart peer='' thorough=no lock=yes kind='' private='' alone='' record='' max='' every=no
attributes='' sums='' packed=''

read_arguments() {
    _arguments_of "$act"
    for _word; do
        _key=${_word%%=*}
        case " $required $optional " in *" $_key "*) ;; *) fail argument "$act knows no argument $_key" ;; esac
        case $_word in *[!A-Za-z0-9._/:@%+,=-]*) fail argument "$_key holds a character that was not encoded" ;; esac
        decode "${_word#*=}" || fail argument "$_key is not properly encoded"
        _valid "$_key" "$decoded" || fail argument "$_key has no value that can be used: $decoded"
        _keep "$_key"
    done
    for _key in $required; do
        eval "[ -n \"\$$_key\" ]" || fail argument "$act needs $_key"
    done
    _paths
}

_arguments_of() {
    case $1 in
        inspect) required='token service root' optional='socket release digest owner unit thorough timeout' ;;
        observe) required='token service root holder interval full silence' optional='socket listener lock' ;;
        stage) required='token service root release digest size rollout' optional='stream attributes sums packed owner shared timeout' ;;
        compare) required='token service root attributes sums' optional='packed timeout' ;;
        unstage) required='token service root release' optional='every timeout' ;;
        activate) required='token service root release rollout timeout' optional='socket listener alone answer unit guard how' ;;
        confirm) required='token service root release rollout' optional='socket listener history keep timeout' ;;
        revert) required='token service root rollout timeout' optional='socket listener history since' ;;
        hold) required='token service record max' optional='history timeout' ;;
        unhold) required='token service' optional=timeout ;;
        second) required='token service root release kind unit timeout' optional='socket listener private' ;;
        peek) required='token service kind' optional=timeout ;;
        dismiss) required='token service kind timeout' optional='socket listener' ;;
        accepts) required='token service socket' optional='listener timeout' ;;
        accepted) required='token service peer' optional=timeout ;;
        mend) required='token service unit' optional='socket listener timeout' ;;
        prune) required='token service root keep' optional='release timeout' ;;
        history) required='token service limit' optional=timeout ;;
        evidence) required='token service lines' optional='socket listener since timeout' ;;
    esac
}

# _keep KEY: $decoded into the variable of that name, which read_arguments found in the act's own list
_keep() {
    case $1 in
        unit) unit=$unit$decoded$nl ;;
        listener) listener=$listener$decoded$nl ;;
        alone) alone=$alone$decoded$nl ;;
        shared) shared=$shared$decoded$nl ;;
        private) private=$private$decoded$nl ;;
        *) eval "$1=\$decoded" ;;
    esac
}

_valid() {
    case $1 in
        token | rollout) _name "$2" 100 ;;
        release) _name "$2" 100 ;;
        service) _unit_name "$2.service" ;;
        socket) [ "$2" = none ] || { _unit_name "$2" && [ "$2" != "${2%.socket}" ]; } ;;
        root) _root "$2" ;;
        digest | stream) _hex "$2" 64 ;;
        owner) case $2 in '' | [:-]* | *: | *:*:* | *[!A-Za-z0-9_.:-]*) return 1 ;; esac ;;
        unit) _unit_name "${2%:*}" && _hex "${2##*:}" 64 ;;
        listener) _form "$2" || { case $2 in *.socket=*) ;; *) return 1 ;; esac && _unit_name "${2%%=*}" && _form "${2#*=}"; } ;;
        alone) _form "$2" ;;
        private) case $2 in sockdeploy-*.socket' '?*) ;; *) return 1 ;; esac && _unit_name "${2%% *}" && _line "$2" ;;
        kind) case $2 in rehearsal | bridge) ;; all) [ "$act" = dismiss ] ;; *) return 1 ;; esac ;;
        shared) _inside "$2" ;;
        how) case $2 in restart | reload) ;; *) return 1 ;; esac ;;
        peer) _hex "$2" 4 ;;
        guard | thorough | lock | every) case $2 in yes | no) ;; *) return 1 ;; esac ;;
        timeout) _number "$2" && [ "$2" -gt 0 ] ;;
        interval | full | silence | size | attributes | sums | packed | limit | keep | lines | max) _number "$2" ;;
        since) _number "${2%.*}" && _number "${2#*.}" ;;
        answer | history | record) _line "$2" ;;
        holder) [ ${#2} -le 4000 ] ;;
    esac
}

# Where a socket listens, as the kernel shows it.
_form() {
    case $1 in tcp:* | tcp6:* | unix:/* | unix:@*) ;; *) return 1 ;; esac
    _line "$1"
}

_name() {
    case $1 in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) return 1 ;; esac
    [ ${#1} -le "$2" ]
}

_unit_name() {
    case $1 in [.:@-]* | *[!A-Za-z0-9:_.@-]*) return 1 ;; *?.[a-z]*) ;; *) return 1 ;; esac
    [ ${#1} -le 200 ]
}

_hex() {
    case $1 in *[!0-9a-f]*) return 1 ;; esac
    [ ${#1} -eq "$2" ]
}

_number() {
    case $1 in '' | *[!0-9]*) return 1 ;; esac
    [ ${#1} -le 15 ]
}

_line() {
    case $1 in *[[:cntrl:]]*) return 1 ;; esac
    [ ${#1} -le 8000 ]
}

# A folder of its own, at least two deep, in no system folder, spelled without detours.
_root() {
    case $1/ in
        *//* | */./* | */../* | *[[:cntrl:]]*) return 1 ;;
        /bin/* | /boot/* | /dev/* | /etc/* | /lib*/* | /proc/* | /run/* | /sbin/* | /sys/* | /usr/* | "$state_of_all"/*)
            case $1 in /usr/local/?*) ;; *) return 1 ;; esac ;;
        /*/?*/) ;;
        *) return 1 ;;
    esac
}

# A path inside a release: no detours, no way out.
_inside() {
    case /${1%/}/ in // | *//* | */./* | */../* | *[[:cntrl:]\\]*) return 1 ;; esac
    case $1 in /* | RELEASE | RELEASE/*) return 1 ;; esac
}
