# dismiss: the end of whatever runs beside the live release, by order, or because the run that began it is dead.

act_dismiss() {
    make_state
    look
    listening && was_listening=yes || was_listening=no
    inode_before=$look_inode
    end_seconds "$kind" "$timeout"
    [ "$ended_seconds" = no ] || _check_listener || fail listener-lost "$listener_lost"
    [ "$ended_seconds" = no ] || say_look live
    succeed
}

# _check_listener: after unit files went; a listener that systemd let go of is opened again
_check_listener() {
    look
    _same_listener && return
    bring_up
    look
    return 1
}

# _same_listener: (call after look) the live listener is what it was; $listener_lost says otherwise
_same_listener() {
    [ "$was_listening" = no ] || { listening && [ "$look_inode" = "$inode_before" ]; } && return
    listener_lost="the listener $inode_before was lost when systemd read its unit files again (now: $look_inode)"
    return 1
}

# hush_seconds: whatever runs beside the live one takes no new connections, while it drains
hush_seconds() {
    _find_seconds all
    # shellcheck disable=SC2086 # unit names
    [ -z "$found_units" ] || systemctl stop --no-block $found_units 2>/dev/null || :
}

# sweep_seconds: nothing of a dead run runs beside the live one; cheap when there is nothing
sweep_seconds() {
    _find_seconds all
    [ -n "$found_units" ] || return 0
    quiet_end=yes
    end_seconds all "$1"
}

# sweep_leftovers: what a dead run left, unless one of its acts still runs: then whoever confirms or reverts sees to it
sweep_leftovers() {
    _find_seconds all
    [ -n "$found_units" ] || return 0
    exec 8>>"$state/turn"
    ! flock -n 8 || sweep_seconds 10
    exec 8>&-
}

# say_aside: what runs beside the live one, or was left of it; it costs nothing when there is nothing
say_aside() {
    for _which in bridge rehearsal; do
        _find_seconds "$_which"
        [ -n "$found_units" ] || continue
        _told=''
        [ ! -r "$runtime_folder/$second_unit" ] || while read -r _line; do
            case $_line in X-Release=*) _told=${_line#*=} ;; esac
        done <"$runtime_folder/$second_unit"
        say aside "kind=$_which release=$_told active=$(systemctl show -p ActiveState --value "$second_unit")"
    done
}

quiet_end=no

# end_seconds KIND SECONDS: stop it, with that long to drain, then take its unit files away; $ended_seconds says whether any
# was there. Unless $quiet_end it tells how it ended.
end_seconds() {
    ended_seconds=no
    _find_seconds "$1"
    [ -n "$found_units" ] || return 0
    ended_seconds=yes
    _limit=$2
    # shellcheck disable=SC2086 # unit names
    timeout --foreground "$_limit" systemctl stop $found_units 2>/dev/null || {
        systemctl kill -s KILL $found_units 2>/dev/null
        timeout --foreground 10 systemctl stop $found_units 2>/dev/null
    }
    [ "$quiet_end" = yes ] || _say_ended
    # shellcheck disable=SC2086 # unit names
    systemctl reset-failed $found_units 2>/dev/null || :
    for _name in $found_units; do
        rm -f "$runtime_folder/$_name" || fail state "cannot remove $runtime_folder/$_name"
    done
    rmdir "$private_folder" 2>/dev/null || :
    reload || fail reload "systemd could not read its unit files again"
}

_say_ended() {
    for _name in $found_units; do
        case $_name in *.service) second_unit=$_name ;; *) continue ;; esac
        _look_at_second
        say ended "$clock"
        say_look second
        # One that stopped as it was told has said what it had to say before.
        [ "$look_active-$look_result" = inactive-success ] || journalctl --sync 2>/dev/null || :
        _say_second_journal
    done
}

# _find_seconds KIND: $found_units are the unit files that are there
_find_seconds() {
    found_units=''
    set +f
    for _kind in bridge rehearsal; do
        case $1 in "$_kind" | all) ;; *) continue ;; esac
        _name_second "$_kind"
        for _file in "$runtime_folder/$second_name".service "$runtime_folder/$second_name".socket "$runtime_folder/$second_name"-[0-9].socket; do
            [ ! -e "$_file" ] || found_units="$found_units ${_file##*/}"
        done
    done
    set -f
    [ "$1" = all ] || _name_second "$1"
}
