# The listening sockets as the kernel counts them, for receipts: one process (ss, where there is one).

# say_listener: one line with what a receipt needs besides a look. Several sockets: inodes and cookies joined by commas, the
# shortest queue limit, drops and waiting connections of all. What nobody can tell is empty.
say_listener() {
    find_inodes
    _count_sockets
    read_opens
    read_clock
    read_uptime
    first_line "$run/queue"
    : >"$run/queue"
    printf 'listener inode=%s cookie=%s limit=%s drops=%s queue=%s peak=%s opens=%s uptime=%s clock=%s\n' \
        "$inodes" "$cookies" "$limit" "$drops" "$queue" "${line:-$queue}" "$opens" "$uptime" "$clock"
}

# _count_sockets: $cookies, $limit and $drops of the sockets in $inodes
_count_sockets() {
    cookies='' limit='' drops=''
    case $listener in *unix:*) _families=-tx ;; *) _families=-t ;; esac
    _sockets=$nl$(ss -HlnemO "$_families" 2>/dev/null)$nl
    _rest=$inodes,
    while [ "$_rest" != , ] && [ -n "$_rest" ]; do
        _count_socket "${_rest%%,*}"
        _rest=${_rest#*,}
    done
}

# ss writes `LISTEN queue limit address … ino:INODE sk:COOKIE … skmem:(…,dDROPS)`, for a unix socket `… path INODE * 0 …`.
_count_socket() {
    [ "$1" != 0 ] || return 0
    case $_sockets in
        *" ino:$1 "*) _line=${_sockets%%" ino:$1 "*} _after=${_sockets#*" ino:$1 "} ;;
        *" $1 "*) _line=${_sockets%%" $1 "*} _after=${_sockets#*" $1 "} ;;
        *) return 0 ;;
    esac
    _line=${_line##*LISTEN} _after=${_after%%"$nl"*}
    # shellcheck disable=SC2086 # columns
    set -- $_line
    [ -n "$limit" ] && [ "$limit" -le "$2" ] || limit=$2
    case $_after in *sk:*) _cookie=${_after#*sk:} && cookies=${cookies:+$cookies,}${_cookie%% *} ;; esac
    case $_after in *,d[0-9]*) _drops=${_after##*,d} && drops=$((${drops:-0} + ${_drops%%)*})) ;; esac
}

# read_opens: $opens are the TCP connections that this host has accepted since it booted
read_opens() {
    opens=''
    while read -r _key _ _ _ _ _ _opens _; do
        case $_key$_opens in Tcp:[0-9]*) opens=$_opens && return ;; esac
    done </proc/net/snmp
}
