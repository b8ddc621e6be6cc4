# Answers: the token, key=value lines, and end=ok or end=failed as the last line.

litter='' # removed however the act ends

# say KEY VALUE
say() {
    encode "$2"
    printf '%s=%s\n' "$1" "$encoded"
}

# say_lines KEY TEXT: one line of the answer for each line of TEXT
say_lines() {
    _lines=$2$nl
    while [ -n "$_lines" ]; do
        say "$1" "${_lines%%"$nl"*}"
        _lines=${_lines#*"$nl"}
    done
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
    trap 'fail timeout "$act was ended from outside or took longer than ${timeout:-its} seconds"' TERM INT
    trap '[ -z "$litter" ] || rm -rf "$litter"' EXIT
    printf '%s\n' "$token"
}
