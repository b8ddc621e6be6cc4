# hold: a rollout that waits for a person. What the next run must know of it is on every host of the rollout, until that run
# has ended the matter: by confirm, by revert, or by unhold where neither had anything to do.

act_hold() {
    make_state
    read_clock
    _until=$((${clock%.*} + max))
    { put "$state/hold" "$record since=${clock%.*} until=$_until" && sync "$state/hold" "$state"; } || fail state "cannot write $state/hold"
    # A host that was not switched has no part in the history.
    [ ! -f "$state/pending" ] || remember_ended || fail state "cannot write $state/history"
    say until "$_until"
    succeed
}

act_unhold() {
    forget_hold || fail state "cannot remove $state/hold"
    succeed
}

# forget_hold: whatever lies there in its place goes, too
forget_hold() {
    { [ ! -e "$state/hold" ] && [ ! -L "$state/hold" ]; } || rm -rf "$state/hold"
}

# say_hold: the record, where there is one; ? when what is there cannot be one
say_hold() {
    [ -e "$state/hold" ] || [ -L "$state/hold" ] || return 0
    _record=''
    [ ! -f "$state/hold" ] || _record=$(head -c 8200 "$state/hold" 2>/dev/null)
    case $_record in '' | *[!" "-~]*) _record='?' ;; esac
    [ ${#_record} -lt 8200 ] || _record='?'
    say hold "$_record"
}
