# accepts: whether the service itself, and not what runs beside it, has taken a connection from its own listeners.

act_accepts() {
    look
    _processes_of_service
    # shellcheck disable=SC2086 # a folder each
    [ -z "$_list" ] || _list=$(ls -ln $_list 2>/dev/null)
    _taken=$(_connections)
    _count=0
    [ -z "$_taken" ] || _count=$(printf '%s\n' "$_list" | grep -c -F -e "$_taken")
    if [ "$_count" -gt 0 ]; then say accepts yes; else say accepts no; fi
    say_look live
    succeed
}

# _connections: how an open file of each connection that was taken from a listener looks, a line each. One that waits to be
# taken is nobody's file yet: the kernel lists it with inode 0. One argument cannot be longer than 128 KiB.
_connections() {
    _forms=$listener
    while [ -n "$_forms" ]; do
        _form=${_forms%%"$nl"*}
        _forms=${_forms#*"$nl"}
        case $_form in
            unix:*)
                grep -F -e " 00000000 00000000 0001 03 " /proc/net/unix | grep -F -e " ${_form#unix:}" |
                    sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* [^ ]* [^ ]* *\([1-9][0-9]*\) .*/socket:[\1]/p' ;;
            tcp:* | tcp6:*)
                sed -n "s/^ *[0-9]*: [0-9A-F]*:${_form##*:} [0-9A-F:]* 01 [^ ]* [^ ]* [^ ]*  *[^ ]*  *[^ ]* \([1-9][0-9]*\) .*/socket:[\1]/p" \
                    /proc/net/tcp /proc/net/tcp6 2>/dev/null ;;
        esac
    done | head -n 4000
}
