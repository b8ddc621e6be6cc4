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
    if [ "$pending_active" = yes ]; then say first no; else say first "$pending_first"; fi
    say answer "$pending_answer"
    say_look before
    if [ "$pending_active" = yes ]; then
        _revert_replaced
    elif [ "$pending_first" = yes ]; then
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
    forget_hold || fail state "cannot remove $state/hold"
    look
    say_look before
    sweep_seconds 20
    [ -z "$since" ] || _open_again
    say_look after
    read_current
    say release "$current_release"
    succeed
}

# What was up before the rollout is up again, whoever closed the port meanwhile: that was none of its acts.
_open_again() {
    read_clock
    began=$clock
    look
    _is_up || bring_up || { look; say_look after; explain_start; }
    look
    say_times "$since"
}

_is_up() {
    case $look_active in active | activating | reloading) ;; *) return 1 ;; esac
    [ -z "$socket_unit" ] || listening
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

# The service that ran before comes back as it was, with its own unit files. Before the switch it was not stopped at all.
_revert_replaced() {
    disable_new
    [ ! -e "$state/switched" ] || _stop_new
    if [ "$pending_first" = no ]; then
        point_current "$pending_link" || fail switch "cannot make $current a link to $pending_link"
    elif [ -L "$current" ]; then
        rm -f "$current"
    fi
    { restore_units && lower_guard && reload; } || fail state "cannot put back the unit files of the way back"
    [ ! -e "$state/switched" ] || start_again || { look; say_look after; explain_start; }
}

_stop_new() {
    _units=$service_unit
    if [ "$pending_socket_started" = yes ]; then
        _units="$socket_unit $_units"
        end_proxy
    fi
    # shellcheck disable=SC2086 # words
    close_port "$listener" $_units
}

# undo_first: stop and disable what a first deploy started and enabled, while its unit files still say how
undo_first() {
    [ "$pending_first" = yes ] || return 0
    _units=$service_unit
    [ "$pending_socket_started" = no ] || _units="$socket_unit $_units"
    # shellcheck disable=SC2086 # words
    _systemd stop $_units
    disable_new
    [ ! -L "$current" ] || rm -f "$current"
}

disable_new() {
    _units=''
    [ "$pending_socket_enabled" = no ] || _units=$socket_unit
    [ "$pending_service_enabled" = no ] || _units="$_units $service_unit"
    # shellcheck disable=SC2086 # words
    [ -z "$_units" ] || systemctl disable --no-reload --quiet $_units 2>/dev/null || :
}

_end_revert() {
    look
    read_current
    say started "$clock"
    say_look after
    say_times "$pending_since"
    say moved "$moved"
    [ -z "$history" ] || history="$history closed=$closed"
    say release "$current_release"
    [ "$pending_first" = yes ] || [ "$pending_active" = yes ] || [ -z "$socket_unit" ] || listening || fail_silent
    sweep_seconds 20
    remember_ended || fail state "cannot write $state/history"
    { forget_pending && forget_hold; } || fail state "cannot remove $state/pending"
    succeed
}
