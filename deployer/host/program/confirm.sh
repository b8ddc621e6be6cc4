# confirm: the release is good. The guard goes, the way back is forgotten, the host's records say so.

act_confirm() {
    make_state
    sweep_seconds 20
    read_pending && was_pending=yes || was_pending=no
    [ "$was_pending" = no ] || [ "$pending_release" = "$release" ] || fail other-pending "pending is $pending_release, not $release"
    _lift_guard
    _record_good
    [ "$was_pending" = no ] || remember_ended || fail state "cannot write $state/history"
    { forget_pending && forget_hold; } || fail state "cannot remove $state/pending"
    say release "$release"
    [ -z "$keep" ] || is_there_to_prune || say prunes no
    succeed
}

# Without a guard the listeners are all there is to ask.
_lift_guard() {
    if guard_stands; then
        look
        inode_before=$look_inode
        { lower_guard && reload; } || fail reload "systemd could not read its unit files again"
        look
        [ "$look_inode" = "$inode_before" ] || fail listener-lost "the listener changed from $inode_before to $look_inode when the guard was lifted"
    else
        _look_listeners
        read_clock
    fi
    [ -z "$socket_unit" ] || held || { look_socket=active && fail_silent; }
}

# The way back counts as good, too, also when another tool made it; the unit files it ran with are its own. One that listened
# by itself could not run behind the socket.
_record_good() {
    first_line "$state/digests/$release"
    put "$state/good/$release" "digest=$line confirmed=$clock answer=$release" || fail state "cannot write $state/good/$release"
    [ -n "$pending_way_back" ] && [ "$pending_way_back" != "$release" ] && [ -z "$pending_alone" ] || return 0
    if [ ! -f "$state/good/$pending_way_back" ]; then
        first_line "$state/digests/$pending_way_back"
        encode_word "$pending_answer"
        put "$state/good/$pending_way_back" "digest=$line confirmed=$pending_since answer=$encoded" || fail state "cannot write $state/good"
    fi
    [ ! -d "$state/way_back" ] || [ -d "$state/units/$pending_way_back" ] || mv -T "$state/way_back" "$state/units/$pending_way_back"
}
