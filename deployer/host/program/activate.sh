# activate: a staged release becomes live. Up to the switch a failure leaves the host as it was; after it the caller decides.

act_activate() {
    _ready_to_activate
    receive_units
    read_clock
    began=$clock
    look
    say began "$began"
    say_look before
    _prepare
    _switch
    bring_up
    _report_activation
}

_ready_to_activate() {
    make_state
    [ -d "$releases/$release" ] || fail not-staged "there is no $releases/$release"
    read_current
    [ "$current_kind" != other ] || fail current "$current is a real file or folder, not a link"
    read_pending && resumed=yes || resumed=no
}

# _prepare: everything that systemd must know before the switch, with a way back noted first
_prepare() {
    inode_before=$look_inode
    listening && was_listening=yes || was_listening=no
    differing_units
    begin_pending
    say first "$pending_first"
    if [ -n "$differing" ] && [ "$guard" = yes ] || needs_guard; then pending_guard=yes; fi
    { save_units && write_pending; } || _give_up state "cannot write the way back to $state"
    { install_units && _enable; } || _give_up unit-refused "cannot install the unit files: ${_said-}"
    [ "$pending_guard" = no ] || guard_stands || raise_guard || _give_up state "cannot write the guard to $runtime_folder"
    [ -z "$differing" ] && [ "$pending_guard" = no ] && [ "$pending_first" = no ] || _reload_and_check
}

_enable() {
    [ "$pending_first" = yes ] || return 0
    _units=''
    [ "$pending_socket_enabled" = no ] || _units=$socket_unit
    [ "$pending_service_enabled" = no ] || _units="$_units $service_unit"
    # shellcheck disable=SC2086 # words
    [ -z "$_units" ] || _said=$(systemctl enable --no-reload --quiet $_units 2>&1)
}

# PID 1 drops a socket whose address changed when it reads its files again, and says nothing.
_reload_and_check() {
    reload || _give_up reload "systemd could not read its unit files again"
    look
    [ "$look_load" = loaded ] || _give_up unit-refused "systemd calls $service_unit $look_load after reading its unit files again"
    [ -z "$socket_unit" ] || [ "$look_socket_load" = loaded ] ||
        _give_up unit-refused "systemd calls $socket_unit $look_socket_load after reading its unit files again"
    [ "$was_listening" = no ] || { listening && [ "$look_inode" = "$inode_before" ]; } ||
        _give_up listener-lost "the listener $inode_before was lost when systemd read its unit files again (now: $look_inode)"
}

# _give_up CODE DETAIL: before the switch; a way back that a dead run left stays for a revert
_give_up() {
    if [ "$resumed" = no ] && _undo_preparation; then
        forget_pending
        say reverted yes
    fi
    say_look after
    fail "$1" "$2"
}

_undo_preparation() {
    undo_first
    { restore_units && lower_guard && reload; } || return 1
    look
    [ "$was_listening" = no ] || listening || { bring_up && look && listening; }
}

_switch() {
    printf '' >"$state/switched" || _give_up state "cannot write to $state"
    point_current "releases/$release" || {
        rm -f "$state/switched"
        _give_up switch "cannot make $current a link to releases/$release"
    }
    read_clock
    say switched "$clock"
    say release "$release"
}

_report_activation() {
    look
    say started "$clock"
    say_look after
    [ "$started_by" -eq 0 ] || explain_start
    [ -z "$socket_unit" ] || listening || fail listener-lost "$socket_unit does not listen after the restart"
    [ "$was_listening" = no ] || [ "$look_inode" = "$inode_before" ] || fail listener-lost "the listener changed from $inode_before to $look_inode"
    succeed
}
