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
    _take_over
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
    if [ "$pending_active" = yes ]; then disable_new; else undo_first; fi
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

# A reload leaves the process, and so only where nothing but the release changes: a unit file counts from the next start on.
_take_over() {
    not_reloaded=no
    if [ -n "$pending_alone" ] && ! listening; then
        take_port
    elif [ "$how" = reload ] && [ "$look_active" = active ] && [ -z "$differing" ] && { [ -z "$socket_unit" ] || listening; }; then
        _systemd reload "$service_unit" && _await_reloaded
    else
        bring_up
    fi
}

# Systemd calls a reload done when the service was told: a process that is in another release has a few seconds to move.
_await_reloaded() {
    _tries=30
    while [ "$_tries" -gt 0 ]; do
        look_known=0
        _look_process
        case $look_cwd/$nl$look_exe in *"$releases/$release/"*) return 0 ;; *"$releases/"*) ;; *) return 0 ;; esac
        sleep 0.1
        _tries=$((_tries - 1))
    done
    not_reloaded=yes
}

_report_activation() {
    look
    hand_look
    say started "$clock"
    say_look after
    say moved "$moved"
    say_times "$pending_since"
    [ "$started_by" -eq 0 ] || explain_start
    [ "$not_reloaded" = no ] || fail not-reloaded "the reload left the main process in another release: cwd $look_cwd, exe $look_exe"
    [ -z "$socket_unit" ] || listening || fail_silent 'after the restart'
    [ "$was_listening" = no ] || [ "$look_inode" = "$inode_before" ] || fail listener-lost "the listener changed from $inode_before to $look_inode"
    succeed
}
