# stage: the artifact becomes root/releases/<release>, not live: put together aside, checked, renamed into place. Either all of
# it comes as a tar stream on standard input, or first two lists of its files, so that those come that the live release lacks.

act_stage() {
    [ -n "$stream" ] || { [ -n "$attributes" ] && [ -n "$sums" ]; } || fail argument 'stage needs stream, or attributes and sums'
    make_state
    _sweep_stagings
    _staged_already
    _make_folders
    sent=$size
    [ -z "$sums" ] || _ask_for_rest
    _unpack
    _check_stream
    _furnish
    _publish
    say bytes "$size"
    succeed
}

# ~ cannot occur in a service's name: another service's stagings under the same root are not ours to sweep.
_sweep_stagings() {
    set +f
    # Whoever holds the lock is alone: every staging of this service that is there is dead. A mount inside is left alone.
    for _file in "$releases/.staging-$service~"*; do
        [ ! -e "$_file" ] || rm -rf --one-file-system "$_file" || fail state "cannot remove what an earlier upload left in $releases"
    done
    set -f
}

_staged_already() {
    [ -e "$releases/$release" ] || [ -L "$releases/$release" ] || return 0
    first_line "$state/digests/$release"
    [ "$line" = "$digest" ] || fail release-exists "$releases/$release is there with another digest (${line:-not staged by sockdeploy})"
    say already yes
    succeed
}

_make_folders() {
    umask 022
    make_folder "$releases"
    # shellcheck disable=SC2046 # two numbers
    set -- $(stat -f -c '%a %S' "$releases")
    [ $(($1 * $2)) -gt "$size" ] || fail disk-full "$releases has $(($1 * $2)) bytes left, the upload alone takes $size"
    staging=$releases/.staging-$service~$rollout
    tree=$staging/tree
    litter=$staging
    # Nobody else can enter until all is done: no one can swap a file while owners are being set.
    # shellcheck disable=SC2174 # the folder around it is to have what umask leaves: one process for both
    (umask 077 && mkdir -p -m 0755 "$tree") || fail state "cannot make $staging"
}

# make_folder PATH: with its parents; those that are new are noted, so that a first deploy can be undone
make_folder() {
    [ ! -d "$1" ] || return 0
    make_folder "${1%/*}"
    mkdir "$1" || fail state "cannot make the folder $1"
    printf '%s\n' "$1" >>"$state/made"
}

# What the live release has of it is copied from there, since whoever owns that may change it at any time, and the copies, which are
# nobody else's, are hashed: one that is not what is wanted comes with the stream, over it. Modes are not preserved: with them cp
# would bring access lists along, and give the release's folder the mode of the live one's.
_ask_for_rest() {
    receive_lists "$staging/wanted" || _cannot_finish
    _copied_sums 2>/dev/null </dev/null | say_lacking "$staging/wanted" || _cannot_finish
    { read -r stream sent && _hex "$stream" 64 && _number "$sent"; } || fail stream 'the upload broke off before it began'
}

_copied_sums() {
    cd "$current" && find_alike "$staging/wanted" || return
    with_names cp --parents --preserve=timestamps -t "$tree" --
    cd "$tree" && hash_names
}

# One pass: the stream is hashed while it is unpacked. What tar leaves of it is read all the same, or the hash would be short:
# of a good one nothing is left, and the shell notices that without a process.
_unpack() {
    { tee /dev/fd/3 2>/dev/null | _untar 3>&-; } 3>&1 >"$staging/error" 2>&1 | _hash >"$staging/sum"
}

_untar() {
    tar -x -f - -C "$tree" --no-same-owner --no-same-permissions
    _status=$?
    printf '%s\n' "$_status" >"$staging/status"
    if [ "$_status" = 0 ]; then while read -r _; do :; done; else cat >/dev/null; fi
}

_hash() {
    if is_openssl_quicker "$sent"; then exec openssl dgst -sha256 -r; else exec sha256sum; fi
}

_check_stream() {
    first_line "$staging/status"
    _status=$line
    first_line "$staging/sum"
    [ "$_status" = 0 ] && [ "${line%% *}" = "$stream" ] && return
    _sum=${line%% *}
    first_line "$staging/error"
    _disk_is_full && fail disk-full "no space left in $releases: $line"
    [ "$_sum" = "$stream" ] || fail stream "the upload broke off or was changed on its way: its SHA-256 is $_sum, expected $stream"
    fail unpack "tar could not unpack the artifact: $line"
}

_disk_is_full() {
    # shellcheck disable=SC2046 # three numbers
    set -- $(stat -f -c '%a %S %d %c' "$releases")
    [ $(($1 * $2)) -lt 1048576 ] || { [ "$4" -gt 0 ] && [ "$3" -eq 0 ]; }
}

_furnish() {
    [ ! -d "$tree/RELEASE" ] || [ -L "$tree/RELEASE" ] || fail unpack "the artifact has a folder RELEASE, where the release's id is to be written"
    # The artifact may hold a link of that name: never write through it.
    { [ ! -e "$tree/RELEASE" ] && [ ! -L "$tree/RELEASE" ]; } || rm -f "$tree/RELEASE"
    printf '%s\n' "$release" >"$tree/RELEASE" || _cannot_finish
    link_shared
    [ -z "$owner" ] || chown -hR "$owner" "$tree" || fail owner "cannot give the release to $owner"
}

_cannot_finish() {
    ! _disk_is_full || fail disk-full "no space left in $releases"
    fail state "cannot write in $staging"
}

# On disk before it has its name: after a power cut a release is whole or not there.
# The record comes first: a release without one could never be told from a stranger's.
_publish() {
    sync -f "$tree" || _cannot_finish
    put "$state/digests/$release" "$digest" || fail state "cannot write $state/digests/$release"
    mv -T "$tree" "$releases/$release" || fail state "cannot rename the release to $releases/$release"
}
