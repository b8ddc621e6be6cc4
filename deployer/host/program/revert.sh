# revert: back to what the host ran before the pending activation. Stopped anywhere, it finishes when it is run again.

act_revert() {
    make_state
    hush_seconds
    read_pending || _nothing_to_revert
    release=$pending_release # whose unit files tell how to guard
    unit_names=''
    read_clock
    began=$clock
    look
    say began "$began"
    say first "$pending_first"
    say answer "$pending_answer"
    say_look before
    if [ "$pending_first" = yes ]; then
        _revert_first
    elif [ -e "$state/switched" ]; then
        _revert_switched
    else
        _restore_or_fail
    fi
    _end_revert
}

_nothing_to_revert() {
    say nothing yes
    look
    say_look before
    say_look after
    read_current
    say release "$current_release"
    sweep_seconds 20
    succeed
}

_restore_or_fail() {
    { restore_units && lower_guard && reload; } || fail state "cannot restore the unit files of the way back"
}

_revert_switched() {
    restore_units || fail state "cannot restore the unit files of the way back"
    if [ "$pending_guard" = yes ] && ! guard_stands; then
        raise_guard || fail state "cannot write the guard to $runtime_folder"
        restored=yes
    fi
    [ "$restored" = no ] || reload || fail reload "systemd could not read its unit files again"
    point_current "$pending_link" || fail switch "cannot make $current a link to $pending_link"
    read_clock
    say switched "$clock"
    look
    bring_up || { _closed_meanwhile && bring_up; } || { look; say_look after; explain_start; }
    # The way back may crash as well: its limits come back only now that it is up.
    guard_stands || return 0
    { lower_guard && reload; } || fail reload "systemd could not read its unit files again"
}

# Without the guard a release that crashes over and over may close the port at any moment: that asks for the other order.
_closed_meanwhile() {
    look
    [ -n "$socket_unit" ] && ! listening
}

_revert_first() {
    undo_first
    { restore_units && lower_guard && reload; } || fail state "cannot remove the unit files that were installed"
    systemctl reset-failed "$service_unit" $socket_unit 2>/dev/null || :
}

# undo_first: stop and disable what a first deploy started and enabled, while its unit files still say how
undo_first() {
    [ "$pending_first" = yes ] || return 0
    _units=$service_unit
    [ "$pending_socket_started" = no ] || _units="$socket_unit $_units"
    # shellcheck disable=SC2086 # words
    _systemd stop $_units
    _units=''
    [ "$pending_socket_enabled" = no ] || _units=$socket_unit
    [ "$pending_service_enabled" = no ] || _units="$_units $service_unit"
    # shellcheck disable=SC2086 # words
    [ -z "$_units" ] || systemctl disable --no-reload --quiet $_units 2>/dev/null || :
    [ ! -L "$current" ] || rm -f "$current"
}

_end_revert() {
    look
    read_current
    say started "$clock"
    say_look after
    say_times "$pending_since"
    [ -z "$history" ] || history="$history closed=$closed"
    say release "$current_release"
    [ "$pending_first" = yes ] || [ -z "$socket_unit" ] || listening || fail listener-lost "$socket_unit does not listen"
    sweep_seconds 20
    remember_ended || fail state "cannot write $state/history"
    forget_pending || fail state "cannot remove $state/pending"
    succeed
}
