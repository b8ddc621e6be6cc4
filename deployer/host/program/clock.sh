# The host's clock: seconds since the epoch with milliseconds. Inspect asks for it, a process, and leaves the moment of boot to the
# others: so all acts of a rollout speak of one clock, even if it is set meanwhile.

clock_offset=''

# read_clock: $clock is now
read_clock() {
    if [ -z "$clock_offset" ]; then
        first_line "$run_of_all/clock"
        case $line in '' | *[!0-9]*) ask_clock ;; *) clock_offset=$line ;; esac
    fi
    read_uptime
    _now=$((clock_offset + uptime))
    clock=${_now%???}.${_now#"${_now%???}"}
}

# ask_clock: $clock_offset is the moment of boot, in milliseconds since the epoch
ask_clock() {
    _now=$(date +%s%N)
    case $_now in *[!0-9]*) _now=$(date +%s)000000000 ;; esac
    read_uptime
    clock_offset=$((${_now%??????} - uptime))
}

# leave_clock: the other acts read it from here
leave_clock() {
    ask_clock
    [ -d "$run_of_all" ] || mkdir -p "$run_of_all"
    printf '%s\n' "$clock_offset" >"$run_of_all/clock"
}

# read_uptime: $uptime is milliseconds since boot
read_uptime() {
    read -r _up _ </proc/uptime
    uptime=${_up%.*}${_up#*.}0
}
