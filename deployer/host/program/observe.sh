# observe: holds the lock and prints a line per change, for as long as somebody is there. Standard input is the heartbeat:
# its end, or $silence seconds without a line, means that the tool is gone. With lock=no it only looks on: it holds nothing,
# leaves whatever it finds as it is, and no act hands it anything.
#
# Two processes: this shell holds the lock and reads lines; the watch looks. `read` has no time limit in POSIX, so the watch
# also minds the silence. They meet in a runtime folder, in files that are written and read without a process.

act_observe() {
    if [ "$lock" = yes ]; then
        take_lock
        sweep_leftovers
        run=$run_of_all/$service~$$ pace=calm
    else
        run=$run_of_all/$service@$$ pace=now
    fi
    mkdir -p "$run" || fail state "cannot make $run"
    litter=$run
    main=$$ lines_read=0 asks='' watch=''
    trap _stop_watch EXIT
    _say_standing
    _begin_watch "$pace"
    _obey
    succeed
}

_say_standing() {
    read_current
    say current "$current_release"
    [ "$lock" = no ] || ! read_pending || say pending "$pending_release"
    say_hold
    read_opens
    say opens "$opens"
    read_clock
    say clock "$clock"
    # What the last good activation of this service was like here.
    # shellcheck disable=SC2016 # sed's own $
    [ ! -f "$state/history" ] || say last "$(sed -n '/ outcome=confirmed /h;${x;p;}' "$state/history")"
    say locked "$lock"
}

_obey() {
    while _heard && read -r _line; do
        lines_read=$((lines_read + 1))
        case $_line in
            look) _begin_watch now ;;
            receipt)
                say_listener </dev/null
                [ -f "$state/switched" ] || _begin_watch alert ;;
            'ask '*)
                # shellcheck disable=SC2086 # words
                ask ${_line#ask } </dev/null &
                _remember_ask $! ;;
            'trust '*)
                # shellcheck disable=SC2086 # words
                trust ${_line#trust } ;;
            'journal '*)
                # shellcheck disable=SC2086 # words
                journal ${_line#journal } </dev/null &
                _remember_ask $! ;;
            end) return ;;
        esac
    done
}

# _remember_ask PID: beside those that still run
_remember_ask() {
    _running_asks
    asks="$asks $1"
}

# $asks becomes those that are still ours: the number of one that has ended may be another process's by now.
_running_asks() {
    _still=''
    for _pid in $asks; do
        read -r _ _ _ _parent _ 2>/dev/null <"/proc/$_pid/stat" || continue
        [ "$_parent" != "$main" ] || _still="$_still $_pid"
    done
    asks=$_still
}

_heard() {
    printf '%s\n' "$lines_read" >"$run/heard"
}

# _begin_watch PACE: instead of the one that is there
_begin_watch() {
    [ -z "$watch" ] || kill "$watch" 2>/dev/null
    # A shell that was forked just now loses signals for which it still has the traps of its parent.
    trap - TERM INT
    watch "$1" </dev/null &
    watch=$!
    trap 'fail silence "no line for $silence seconds: whoever started this is gone"' TERM INT
}

# Nothing may outlive this shell and keep its channel open.
_stop_watch() {
    _running_asks
    # shellcheck disable=SC2086 # process ids
    kill $watch $asks 2>/dev/null
    rm -rf "$run"
}

# watch PACE: nobody asks how a release is that is not touched, and idle hosts are many: so it looks from the switch on, or when
# that is asked for. `calm`: until then it minds the silence alone. `alert`: an activation is about to begin. `now`: look.
# Then it is a cheap look each pause, and a full one when that shows a difference, and after $full milliseconds.
watch() {
    trap - EXIT TERM INT
    drop_lock
    pace=$1 pauses='' heard_last='' words_last='' looked_at=0 counted_at=0
    look_words='' look_active='' look_pid=0 look_group='' cheap_last=$tcp_inodes # as a receipt has just counted them
    _seconds "$interval" && quick=$seconds
    _seconds $((interval * 4)) && calm=$seconds
    read_uptime
    heard_at=$uptime look_due=0
    while [ -d "/proc/$main" ]; do
        read_uptime
        _listen_for_silence
        _follow
        _pause
    done
    # Killed: nobody else is left to tidy up.
    rm -rf "$run"
}

_follow() {
    if [ "$lock" = yes ] && [ -f "$state/switched" ]; then
        [ "$pace" = switched ] || pauses='0.2 0.3 0.5 0.8 '
        # The act that has systemd work tells its end: before that only the listener matters.
        [ "$pace" != alert ] || look_due=$((uptime + 2 * full))
        pace=switched
    elif [ "$pace" = switched ]; then
        pace=now
    fi
    case $pace in switched | now) _look_if_needed ;; esac
}

# Every pause is a process. After the switch nobody accepts for a while, and the queue only grows: the longer that takes, the less
# a late count is off. Systemd may call a service up that does not accept yet, so that the counts go on.
_pause() {
    case $pace in alert | switched) _pause=$quick ;; *) _pause=$calm ;; esac
    if [ "$pace" = switched ] && [ -n "$pauses" ]; then
        _pause=${pauses%% *} pauses=${pauses#* }
    elif [ "$pace" = switched ] && [ -z "$look_words" ]; then
        _pause=1
    fi
    # With its output closed it cannot keep the channel open after the end.
    sleep "$_pause" >/dev/null 2>&1
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
    first_line "$run/heard"
    if [ "$line" != "$heard_last" ]; then
        heard_last=$line heard_at=$uptime
    elif [ $((uptime - heard_at)) -gt $((silence * 1000)) ]; then
        kill -TERM "$main"
        sleep 2
        kill -KILL "$main" 2>/dev/null
        exit 0
    fi
}

_look_if_needed() {
    _read_handed || {
        [ "$uptime" -ge "$look_due" ] || _something_new || return 0
        look
        looked_at=$uptime counted_at=$uptime
        _remember_cheap
    }
    look_due=$((uptime + full))
    # systemd may close the port of a service that is down without any process changing.
    case $look_active in failed | inactive) look_due=$((uptime + 1000)) ;; esac
    [ "$look_words" != "$words_last" ] || return 0
    words_last=$look_words
    printf 'unit %s clock=%s\n' "$look_words" "$clock"
}

# hand_look: the watch of this service need not look again at what an act has just looked at
hand_look() {
    read_uptime
    set +f
    for _folder in "$run_of_all/$service~"*; do
        [ ! -d "$_folder" ] ||
            printf '%s\n' "$uptime $clock $queue $look_pid $look_active" "$tcp_inodes" "$look_group" "$look_words" >"$_folder/look"
    done
    set -f
}

# _read_handed: what an act has looked at since the last look here
_read_handed() {
    [ -f "$run/look" ] && read -r _at _rest <"$run/look" && [ "$_at" -gt "$looked_at" ] || return 1
    { read -r looked_at clock queue look_pid look_active && read -r tcp_inodes && read -r look_group && read -r look_words; } <"$run/look"
    counted_at=$looked_at
    _note_queue
    cheap_last=''
    [ "$look_pid" -eq 0 ] || cheap_last=alive
    [ -z "$look_group" ] || cheap_last=$cheap_last,group
    cheap_last=$cheap_last$tcp_inodes
}

# The cheap look makes no process: is the main process there, is the unit's control group, is the listener the same.
_something_new() {
    _cheap_look
    [ "$cheap" != "$cheap_last" ]
}

_remember_cheap() {
    _cheap_look
    cheap_last=$cheap
}

_cheap_look() {
    cheap=''
    [ "$look_pid" -gt 0 ] && [ -d "/proc/$look_pid" ] && cheap=alive
    [ -n "$look_group" ] && [ -d "/sys/fs/cgroup$look_group" ] && cheap=$cheap,group
    # The kernel walks the table of all connections to end its list: two milliseconds where there is much memory. So a service
    # that has come up is counted once a second. Its list of unix sockets is long and in no order.
    [ -n "$look_words" ] && [ $((uptime - counted_at)) -lt 1000 ] || { find_inodes tcp && counted_at=$uptime; }
    _note_queue
    cheap=$cheap$tcp_inodes
}
