# Answers: the token, key=value lines, and end=ok or end=failed as the last line.

litter='' # removed however the act ends

# say KEY VALUE
say() {
    encode "$2"
    printf '%s=%s\n' "$1" "$encoded"
}

# say_lines KEY TEXT: one line of the answer for each line of TEXT
say_lines() {
    case $2 in
        *[!"$nl "-~]* | *[%\\]* | "$nl"* | *"$nl" | *"$nl$nl"*) _say_odd_lines "$@" ;;
        *)
            IFS=$nl
            # shellcheck disable=SC2059,SC2086 # printf prints each line as the first, all at once
            printf "$1=%s\n" $2
            unset IFS ;;
    esac
}

# With something to encode in them, or empty ones between them. Printed at once, too: every write wakes sshd, and costs a packet.
_say_odd_lines() {
    _lines=$2$nl
    _told=''
    while [ -n "$_lines" ]; do
        encode "${_lines%%"$nl"*}"
        _told=$_told$1=$encoded$nl
        _lines=${_lines#*"$nl"}
    done
    printf '%s' "$_told"
}

succeed() {
    printf 'end=ok\n'
    exit 0
}

# fail CODE DETAIL
fail() {
    say code "$1"
    say detail "$2"
    printf 'end=failed\n'
    exit 1
}

# Whoever asked may be gone: an act is carried to its end all the same, so writing to nobody must not kill it.
begin_answer() {
    trap '' PIPE HUP
    # timeout(1) tells the shell first, then its whole group: what cleans up must not be ended by that.
    trap 'trap "" TERM INT; fail timeout "$act was ended from outside or took longer than ${timeout:-its} seconds"' TERM INT
    trap '[ -z "$litter" ] || rm -rf "$litter"' EXIT
    printf '%s\n' "$token"
}
