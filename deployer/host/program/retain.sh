# What stays on a host: prune removes old releases, unstage one that never became live.

act_prune() {
    make_state
    read_current
    read_pending || :
    _find_unkept
    for _name in $unkept; do
        _remove_release "$_name"
    done
    # Each line of it came with a release: it is not long before releases are removed.
    [ -z "$unkept" ] || _trim_history
    succeed
}

# is_there_to_prune: once $release is live and good, and nothing is pending, prune with this $keep would remove something
is_there_to_prune() {
    current_release=$release pending_way_back='' pending_release=''
    _find_unkept
    [ -n "$unkept" ]
}

_find_unkept() {
    _newest_good
    names_in "$state/digests"
    unkept=''
    for _name in $names; do
        _is_kept "$_name" || unkept="$unkept $_name"
    done
}

act_unstage() {
    make_state
    sweep_seconds 20
    read_current
    read_pending || :
    if [ "$every" = yes ]; then
        _unstage_every
    else
        _unstage_one
    fi
    [ "$current_kind" != none ] || _remove_made
    succeed
}

_unstage_every() {
    find_unused
    for _name in $unused; do
        _remove_release "$_name"
    done
}

_unstage_one() {
    good_kept=''
    [ ! -f "$state/good/$release" ] || good_kept=" $release "
    unstaged=$release release=''
    if _is_kept "$unstaged"; then
        fail in-use "$unstaged is current, pending, the way back or good"
    fi
    [ ! -f "$state/digests/$unstaged" ] || _remove_release "$unstaged"
}

# find_unused: $unused were staged here, and are neither good, current, pending nor the way back (after read_current and the
# record of what is pending)
find_unused() {
    unused=''
    names_in "$state/digests"
    for _name in $names; do
        [ ! -f "$state/good/$_name" ] && [ -d "$releases/$_name" ] || continue
        case $_name in "$current_release" | "$pending_release" | "$pending_way_back") ;; *) unused="$unused $_name" ;; esac
    done
}

say_unused() {
    find_unused
    [ -z "$unused" ] || say unused "${unused# }"
}

# The newest $keep of the good ones, besides current and the way back: after a confirm that is the newest of the others.
_newest_good() {
    [ -n "$pending_way_back" ] || keep=$((keep + 1))
    names_in "$state/good"
    _others='' _count=0
    for _name in $names; do
        case $_name in "$current_release" | "$pending_way_back") ;; *) _others="$_others $_name" _count=$((_count + 1)) ;; esac
    done
    good_kept="$_others "
    [ "$_count" -gt "$keep" ] || return 0
    good_kept=' ' _kept=0
    for _name in $(_good_newest_first); do
        [ "$_kept" -lt "$keep" ] || break
        good_kept="$good_kept$_name "
        _kept=$((_kept + 1))
    done
}

_good_newest_first() {
    for _name in $_others; do
        first_line "$state/good/$_name"
        _when=${line#*confirmed=}
        printf '%s %s\n' "${_when%% *}" "$_name"
    done | sort -rn | while read -r _ _name; do printf '%s\n' "$_name"; done
}

_is_kept() {
    case "$good_kept" in *" $1 "*) return 0 ;; esac
    [ "$1" = "$current_release" ] || [ "$1" = "$pending_way_back" ] || [ "$1" = "$pending_release" ] || [ "$1" = "$release" ]
}

# The folder first, its records last: stopped in between, the next run knows that it was ours.
_remove_release() {
    _aside=$releases/.staging-$service~removed-$1
    if [ -d "$releases/$1" ] && [ ! -L "$releases/$1" ]; then
        # Renamed first, so that no half of a release can be mistaken for one.
        { mv -T "$releases/$1" "$_aside" && rm -rf --one-file-system "$_aside"; } || fail state "cannot remove $releases/$1"
    fi
    rm -rf "$state/units/$1" "$state/good/$1" "$state/digests/$1"
    say removed "$1"
}

# Folders that sockdeploy made for a first deploy that was undone; one with something in it stays.
_remove_made() {
    [ -f "$state/made" ] || return 0
    sort -r "$state/made" | while read -r _path; do
        rmdir "$_path" 2>/dev/null
    done
    rm -f "$state/made"
}

_trim_history() {
    [ -f "$state/history" ] && [ "$(wc -c <"$state/history")" -gt 262144 ] || return 0
    put "$state/history" "$(tail -n 500 "$state/history")"
}
