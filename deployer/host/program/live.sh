# Making systemd run what `current` points to, behind an open port.

# reload: systemd reads its unit files again
reload() {
    systemctl daemon-reload 2>/dev/null
}

# bring_up: restart the service, or, where the port is not open, start both in the one order that opens it for good.
# $started_by is 0 when systemd's job succeeded, 124 when $timeout passed.
bring_up() {
    if [ -z "$socket_unit" ] || listening; then
        # With its limits lifted a unit need not be reset; and resetting one that hit its start limit would close its socket.
        _may_refuse_starts && systemctl reset-failed "$service_unit" 2>/dev/null
        _systemd restart "$service_unit"
    elif [ "$look_socket,$look_main" = active,yes ] && [ -n "$look_lost" ]; then
        _open_besides || { [ "$started_by" -ne 124 ] && _open_all; }
    else
        _open_all
    fi
}

# systemd opens no socket of a service that is up, and a connection to $socket_unit, which stays open, starts the service: so the
# others are asked for while it stops, and then come first. A service that is quicker than that has all of them closed.
_open_besides() {
    # shellcheck disable=SC2086 # unit names
    systemctl reset-failed "$service_unit" $look_lost 2>/dev/null || :
    # shellcheck disable=SC2086 # unit names
    _systemd restart "$service_unit" $look_lost
}

# The sockets as well: systemd calls one active whose listener it has let go of, and starting that does nothing.
_open_all() {
    # shellcheck disable=SC2086 # unit names
    _systemd stop "$service_unit" "$socket_unit" $look_lost
    # shellcheck disable=SC2086 # unit names
    systemctl reset-failed "$service_unit" "$socket_unit" $look_lost 2>/dev/null || :
    # shellcheck disable=SC2086 # unit names
    _systemd start "$socket_unit" $look_lost && _systemd start "$service_unit"
}

# Whether its start limit could refuse the restart (call after look).
_may_refuse_starts() {
    [ ! -f "$runtime_folder/$service_unit.d/$guard_name" ] || return 1
    _block=$service_block
    property StartLimitIntervalUSec
    [ "$value" != 0 ]
}

# systemctl waits for the job, so nobody has to poll; ending systemctl leaves the job behind, so it is cancelled.
_systemd() {
    _said=$(timeout --foreground "$timeout" systemctl "$@" 2>&1)
    started_by=$?
    [ "$started_by" -ne 124 ] || _cancel_job
    return "$started_by"
}

_cancel_job() {
    for _job in $(systemctl show -p Job --value "$service_unit" $socket_unit); do
        [ "$_job" = 0 ] || systemctl cancel "$_job" 2>/dev/null || :
    done
}

# say_journal SINCE LINES: the last lines of both units since then, as one base64 text
say_journal() {
    # shellcheck disable=SC2086 # no word at all when there is no socket
    say journal "$(journalctl -q --no-pager -o short-iso -n "$2" --since "@${1%.*}" -u "$service_unit" ${socket_unit:+-u $socket_unit} 2>/dev/null | base64 -w 0)"
}

# explain_start: why bring_up did not succeed, as the end of the answer
explain_start() {
    say_journal "$began" 20
    [ "$started_by" -ne 124 ] || fail timeout "systemd's job was not done after $timeout seconds and was cancelled"
    fail start-failed "${not_started:-$service_unit} did not start: $_said"
}
