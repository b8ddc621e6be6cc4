# Moving a service that listens by itself behind its socket, and back. The port is closed once each way; for how long is told,
# from when the old listener was last seen until the new one is there.

moved=no shut_for='' not_started=''

# take_port: the old service stops and lets go of its port, the socket opens it at once, the service starts behind it
take_port() {
    moved=yes
    # Now: once the socket listens, resetting the service would close it.
    systemctl reset-failed "$service_unit" "$socket_unit" 2>/dev/null || :
    close_port "$pending_alone" "$service_unit" "$socket_unit" || return
    _systemd start "$socket_unit" || { not_started=$socket_unit && _count_closed && return 1; }
    _port_is_open
    _systemd start "$service_unit"
}

# start_again: the service that was replaced, after a revert put its unit files back
start_again() {
    if [ "$pending_socket_started" = no ]; then
        look
        bring_up
        return
    fi
    systemctl reset-failed "$service_unit" "$socket_unit" 2>/dev/null || :
    _systemd start "$service_unit" || return
    [ -n "$pending_alone" ] || return 0
    moved=yes
    _await_port
    _port_is_open
}

# end_proxy: a proxy that the socket starts has to let go of the port as well. It ends at once, and is stopped with $_units:
# what it holds waits for a release that is being taken back, and would keep the port closed for as long.
end_proxy() {
    for _unit in $(systemctl show -p Triggers --value "$socket_unit"); do
        [ "$_unit" != "$service_unit" ] || continue
        systemctl kill --signal=TERM "$_unit" 2>/dev/null || :
        _units="$_units $_unit"
    done
}

# close_port LISTENERS UNIT…: stop the units; beside that somebody notes until when all listeners are seen. $state/open has
# the times, milliseconds since boot; it stays until the port is open again, so that a revert goes on counting from there.
close_port() {
    read_uptime
    [ -s "$state/open" ] || printf '%s\n' "$uptime" >"$state/open"
    _watch_port "$1" </dev/null >/dev/null 2>&1 &
    _watcher=$!
    shift
    _systemd stop "$@"
    kill "$_watcher" 2>/dev/null || :
    wait "$_watcher" 2>/dev/null
    return "$started_by"
}

_watch_port() {
    trap - EXIT TERM INT
    exec 8>&-
    while [ -d "/proc/$$" ] && read_uptime && _all_listen "$1"; do
        printf '%s\n' "$uptime" >>"$state/open"
        sleep 0.05
    done
}

# _all_listen LISTENERS: somebody, whoever it is, listens on every one of them
_all_listen() {
    _ours=$listener
    listener=$1
    find_inodes
    listener=$_ours
    case ,$inodes, in ,, | *,0,*) return 1 ;; esac
}

# A service that does not say when it is ready is up before it listens; whether it is well, its answers will tell.
_await_port() {
    _tries=400
    while [ "$_tries" -gt 0 ] && ! _all_listen "$pending_alone"; do
        _tries=$((_tries - 1))
        sleep 0.05
    done
}

_port_is_open() {
    _count_closed
    rm -f "$state/open"
}

# _count_closed: $shut_for is for how many milliseconds the port has been closed, at most: the clock counts hundredths
_count_closed() {
    read_uptime
    _last=$uptime
    while read -r _line; do
        [ "$_line" -gt "$uptime" ] || _last=$_line # not one of before a reboot
    done <"$state/open"
    shut_for=$((uptime - _last + 10))
}
