# observe: holds the lock and prints a line per change, for as long as somebody is there. Standard input is the heartbeat:
# its end, or $silence seconds without a line, means that the tool is gone.
#
# Two processes: this shell holds the lock and reads lines; the watch looks. `read` has no time limit in POSIX, so the watch
# also minds the silence. They meet in a runtime folder, in files that are written and read without a process.

act_observe() {
    take_lock
    sweep_leftovers
    run=/run/sockdeploy/$service~$$
    mkdir -p "$run" || fail state "cannot make $run"
    litter=$run
    main=$$ lines_read=0 looks_asked=0 asks='' watch=''
    trap _stop_watch EXIT
    trap 'fail silence "no line for $silence seconds: whoever started this is gone"' TERM INT
    _say_standing
    watch </dev/null &
    watch=$!
    _obey
    succeed
}

_say_standing() {
    read_current
    say current "$current_release"
    ! read_pending || say pending "$pending_release"
    read_opens
    say opens "$opens"
    read_clock
    say clock "$clock"
    # What the last good activation of this service was like here.
    # shellcheck disable=SC2016 # sed's own $
    [ ! -f "$state/history" ] || say last "$(sed -n '/ outcome=confirmed /h;${x;p;}' "$state/history")"
    say locked yes
}

_obey() {
    while _heard && read -r _line; do
        lines_read=$((lines_read + 1))
        case $_line in
            look) looks_asked=$((looks_asked + 1)) ;;
            receipt) say_listener </dev/null ;;
            'ask '*)
                # shellcheck disable=SC2086 # words
                ask ${_line#ask } </dev/null &
                asks="$asks $!" ;;
            end) return ;;
        esac
    done
}

_heard() {
    printf '%s %s\n' "$lines_read" "$looks_asked" >"$run/heard"
}

# Nothing may outlive this shell and keep its channel open.
_stop_watch() {
    # shellcheck disable=SC2086 # process ids; most have ended long ago
    kill $watch $asks 2>/dev/null
    rm -rf "$run"
}

# watch: a cheap look every $interval milliseconds, every four times that when there is nothing to wait for; a full
# one when that shows a difference, and after $full milliseconds.
watch() {
    trap - EXIT TERM INT
    drop_lock
    heard_last='' heard_at=0 asked_last=0 words_last='' look_due=0
    _seconds "$interval" && quick=$seconds
    _seconds $((interval * 2)) && patient=$seconds
    _seconds $((interval * 4)) && calm=$seconds
    read_uptime
    heard_at=$uptime
    while [ -d "/proc/$main" ]; do
        read_uptime
        _listen_for_silence
        _look_if_needed
        _pause
    done
    # Killed: nobody else is left to tidy up.
    rm -rf "$run"
}

# Every pause is a process, and on a fleet of idle hosts those are all there is to pay for: quick only while a release that
# is live proves itself. While systemd works on the unit, the act that has it work tells its end.
_pause() {
    if [ ! -f "$state/switched" ]; then
        _sleep "$calm"
    elif ! _under_way; then
        _sleep "$quick"
    else
        # Nobody accepts now: how long the queue grows, and whether it is still there.
        for _ in 1 2; do
            _sleep "$patient"
            find_inodes
            _note_queue
            [ "$inodes" = "$look_inode" ] || return 0
        done
    fi
}

# With its output closed it cannot keep the channel open after the end.
_sleep() {
    sleep "$1" >/dev/null 2>&1
}

# Keep the longest queue since it was last asked for.
_note_queue() {
    [ "$queue" -gt 0 ] || return 0
    first_line "$run/queue"
    [ "${line:-0}" -ge "$queue" ] || printf '%s\n' "$queue" >"$run/queue"
}

_seconds() {
    seconds=000$1
    seconds=$(($1 / 1000)).${seconds#"${seconds%???}"}
}

_listen_for_silence() {
    read -r _count _asked <"$run/heard" 2>/dev/null || return 0
    [ "$_asked" = "$asked_last" ] || { asked_last=$_asked words_last='' look_due=0; }
    if [ "$_count" != "$heard_last" ]; then
        heard_last=$_count heard_at=$uptime
    elif [ $((uptime - heard_at)) -gt $((silence * 1000)) ]; then
        kill -TERM "$main"
        sleep 2
        kill -KILL "$main" 2>/dev/null
        exit 0
    fi
}

_look_if_needed() {
    [ "$uptime" -lt "$look_due" ] && _nothing_new && return
    look
    look_due=$((uptime + full))
    # systemd may close the port of a service that is down without any process changing.
    case $look_active in failed | inactive) look_due=$((uptime + 1000)) ;; esac
    [ -n "$look_group" ] && group_folder=/sys/fs/cgroup$look_group || group_folder=''
    _remember_cheap
    [ "$look_words" != "$words_last" ] || return 0
    words_last=$look_words
    printf 'unit %s clock=%s\n' "$look_words" "$clock"
}

# While systemd works on the unit its words change without any process changing.
_under_way() {
    case $look_active in activating | deactivating | reloading | refreshing) return 0 ;; esac
    [ -n "$look_job" ]
}

# The cheap look makes no process: is the main process there, is the unit's control group, is the listener the same.
_nothing_new() {
    _cheap_look
    [ "$cheap" = "$cheap_last" ]
}

_remember_cheap() {
    _cheap_look
    cheap_last=$cheap
}

_cheap_look() {
    cheap=''
    [ "$look_pid" -gt 0 ] && [ -d "/proc/$look_pid" ] && cheap=alive
    [ -n "$group_folder" ] && [ -d "$group_folder" ] && cheap=$cheap,group
    case $listener in unix:*) return 0 ;; esac # the kernel's list of unix sockets is long and in no order
    find_inodes
    _note_queue
    cheap=$cheap,$inodes
}
