# compare: what the live release lacks of one that is to come, as stage would ask for it. Nothing is changed.

act_compare() {
    litter=$run_of_all/$service.$token
    { mkdir -p "$run_of_all" && receive_lists "$litter"; } || fail state "cannot write $litter"
    _live_sums 2>/dev/null | say_lacking "$litter" || fail state "cannot read $litter"
    succeed
}

_live_sums() {
    cd "$current" && find_alike "$litter" && hash_names
}
