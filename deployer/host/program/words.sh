# Words: percent-encoding in both directions, without a process of its own wherever possible (forks are the cost here).

# decode WORD: $decoded is WORD with every %XX undone; fails when one is broken, or NUL.
decode() {
    decoded=$1
    case $1 in *%*) ;; *) return 0 ;; esac
    _rest=$1
    _escaped=''
    while :; do
        case $_rest in *%*) ;; *) break ;; esac
        _escaped=$_escaped${_rest%%\%*}
        _rest=${_rest#*\%}
        _hex=${_rest%"${_rest#??}"}
        case $_hex in 00) return 1 ;; [0-9A-Fa-f][0-9A-Fa-f]) ;; *) return 1 ;; esac
        _byte=$((0x$_hex))
        _escaped=$_escaped\\0$((_byte / 64))$((_byte / 8 % 8))$((_byte % 8))
        _rest=${_rest#??}
    done
    # The dot keeps newlines at the end, which $(…) would drop.
    decoded=$(printf '%b.' "$_escaped$_rest")
    decoded=${decoded%.}
}

# encode TEXT: $encoded is TEXT on one line: %, backslash and control characters become %XX.
encode() {
    encoded=$1
    case $1 in *[%\\[:cntrl:]]*) ;; *) return 0 ;; esac
    encoded=''
    _rest=$1
    while :; do
        _clean=${_rest%%[%\\[:cntrl:]]*}
        encoded=$encoded$_clean
        [ "$_clean" != "$_rest" ] || return 0
        _rest=${_rest#"$_clean"}
        _code_of "${_rest%"${_rest#?}"}"
        encoded=$encoded%$_code
        _rest=${_rest#?}
    done
}

# encode_word TEXT: as encode, and without spaces, so that several words fit on a line.
encode_word() {
    encode "$1"
    case $encoded in *' '*) ;; *) return 0 ;; esac
    _rest=$encoded
    encoded=''
    while :; do
        case $_rest in *' '*) ;; *) break ;; esac
        encoded=$encoded${_rest%%' '*}%20
        _rest=${_rest#*' '}
    done
    encoded=$encoded$_rest
}

_code_of() {
    case $1 in
        %) _code=25 ;;
        \\) _code=5C ;;
        "$nl") _code=0A ;;
        '	') _code=09 ;;
        *) _code=$(printf '%02X' "'$1") ;;
    esac
}
