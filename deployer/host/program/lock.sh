# The lock: flock(2) on a file, held by observe for as long as a rollout lives. A dead holder frees it by itself.

# take_lock: file descriptor 9 holds the lock of the service from here on; fails with who has it
take_lock() {
    make_state
    # A plain command first: `exec` with a file that cannot be opened would end the shell without an answer.
    printf '' >>"$state/lock" || fail state "cannot write $state/lock"
    exec 9<>"$state/lock"
    flock -n 9 || _locked
    _started_at $$
    printf '%s\npid=%s started=%s\n' "$holder" $$ "$started_at" >"$state/lock"
}

# drop_lock: for a process that may outlive the holder. Only exec really closes it: a redirection of a function keeps a copy.
drop_lock() {
    exec 9>&-
}

# take_turn: one act at a time. Whoever lost its connection may ask for a revert while the activation it knows no end of
# still runs: that is carried to its end first.
take_turn() {
    make_state
    printf '' >>"$state/turn" || fail state "cannot write $state/turn"
    exec 8>>"$state/turn"
    flock -w "${timeout:-60}" 8 || fail busy "another act on $service was not over after ${timeout:-60} seconds"
}

_locked() {
    # Whoever took it this very moment has not written yet who it is.
    lock_holder || { sleep 0.5 && lock_holder; } || holder=''
    say_lines holder "$holder"
    fail locked "another rollout of $service holds the lock"
}

# lock_holder: $holder is what the holder wrote, when its process still lives; asking must not take the lock, not even shared
lock_holder() {
    [ -f "$state/lock" ] || return 1
    holder='' _owner_pid='' _owner_start=''
    while read -r _line; do
        case $_line in
            pid=*' 'started=*) _owner_pid=${_line#pid=} _owner_pid=${_owner_pid%% *} _owner_start=${_line##*=} ;;
            *) holder=$holder${holder:+$nl}$_line ;;
        esac
    done <"$state/lock"
    [ -n "$_owner_pid" ] && _started_at "$_owner_pid" && [ "$started_at" = "$_owner_start" ]
}

# _started_at PID: $started_at is when the kernel started it (field 22 of its stat; the name before may hold anything)
_started_at() {
    started_at=''
    [ -r "/proc/$1/stat" ] || return 1
    read -r started_at <"/proc/$1/stat" 2>/dev/null || return 1
    started_at=${started_at##*) }
    # shellcheck disable=SC2086 # fields
    set -- $started_at
    shift 19
    started_at=$1
}
