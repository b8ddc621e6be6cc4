# journal: one reading of the service's journal while the watch goes on: what is new since the last one, and holds a line that
# a pattern of grep -E finds.

# journal NUMBER INVOCATION SINCE PROXY CURSOR PATTERNS: of the start INVOCATION, and of the unit PROXY (none: -), behind CURSOR,
# which another answer told; the first time (CURSOR: -) since SINCE, the host's clock (the start itself: 0). PATTERNS is one to a
# line. Nothing is remembered here, so that an answer which came too late, or never, is given once more.
journal() {
    trap - EXIT INT TERM
    drop_lock
    number=$1 invocation=$2 since=$3 proxy=$4 behind=$5 most=65536
    case $number$invocation$since in *[!A-Za-z0-9.]*) exit 0 ;; esac
    [ "$proxy" = - ] || _unit_name "$proxy" || exit 0
    decode "$6" && patterns=$decoded || exit 0
    cursor=$run/$number.cursor
    case $behind in - | *[!A-Za-z0-9=\;]*) ;; *) printf '%s\n' "$behind" >"$cursor" ;; esac
    set -- "_SYSTEMD_INVOCATION_ID=$invocation" + "INVOCATION_ID=$invocation" "UNIT=$service_unit"
    [ "$proxy" = - ] || set -- "$@" + "_SYSTEMD_UNIT=$proxy"
    # One reading may be all there is before a host counts as healthy: what was said by then has to be in it.
    [ -f "$cursor" ] || timeout 5 journalctl --sync >/dev/null 2>&1
    if [ "$since" = 0 ] || [ -f "$cursor" ] || _begin_at_since "$@"; then
        _find_lines "$@"
        _say_lines_found
    else
        encode_word "journalctl: $too_slow"
        printf 'journal id=%s found=0 error=%s\n' "$number" "$encoded"
    fi
    set +f
    rm -f "$run/$number".*
}

# Services may have a journal of their own (LogNamespace=). A host whose disk is slow must not keep a reading for ever: all of it
# ends within the 35 seconds that the answer is waited for.
too_slow='it took longer than 14 seconds'
_journalctl() {
    timeout 14 journalctl -q --no-pager -o cat --namespace='*' "$@"
}

# journalctl takes a time or a cursor, not both: where the time was, the last line before it says. That one must be among
# what is looked for: after any other, the first line would be skipped (seen with systemd 252). The cursor is the last line
# of what is printed. Backwards, because -n with --until gives nothing otherwise (systemd 252 too).
_begin_at_since() {
    _line=$({ _journalctl -r --until="@$since" -n 1 --show-cursor "$@" || echo "exit $?"; } 2>/dev/null | tail -n 1 2>/dev/null)
    case $_line in
        '-- cursor: '*) printf '%s\n' "${_line#-- cursor: }" >"$cursor" ;;
        'exit 124') return 1 ;;
    esac
}

# 1000 lines that should not be there are enough to know, and their beginnings to see why. A reading that goes on after the
# watch has ended must not keep its channel open.
_find_lines() {
    {
        _journalctl --cursor-file="$cursor" "$@"
        echo $? >"$run/$number.read"
    } 2>"$run/$number.error" </dev/null | {
        grep -a -E -m 1000 -e "$patterns" 2>"$run/$number.refused"
        echo $? >"$run/$number.grep"
    } | cut -b 1-400 >"$run/$number.all" 2>/dev/null
}

_say_lines_found() {
    found=0 error=''
    first_line "$run/$number.grep"
    if [ "$line" = 2 ]; then
        first_line "$run/$number.refused"
        error=${line:-grep: exit 2}
    elif [ -s "$run/$number.all" ]; then
        found=$(wc -l <"$run/$number.all")
        head -n 20 "$run/$number.all" >"$run/$number.lines"
        _pieces lines
    else
        _why_nothing
    fi
    encode_word "$error"
    first_line "$cursor"
    printf 'journal id=%s found=%s error=%s cursor=%s\n' "$number" "$found" "$encoded" "$line"
}

# Nothing found counts only when there was something to look at: at least what systemd itself says of a start. Without any
# line, and without a word about it, journalctl of systemd 252 ends with 1.
_why_nothing() {
    first_line "$run/$number.read"
    _status=$line
    first_line "$run/$number.error"
    case $_status in
        0 | 1) [ -n "$line" ] || [ -s "$cursor" ] || { _silent && return; } ;;
        124) line=$too_slow ;;
    esac
    [ "$_status" = 0 ] || error="journalctl: exit ${_status:-unknown}${line:+: $line}"
}

# A unit may be told to keep the lines of a start to itself, systemd's own among them.
_silent() {
    case $(systemctl show -P LogLevelMax "$service_unit" 2>/dev/null) in
        [0-5]) ;;
        *) error='the journal has no line of this start, not even one of systemd' ;;
    esac
}
