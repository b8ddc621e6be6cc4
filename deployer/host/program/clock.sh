# The host's clock: seconds since the epoch with milliseconds, one process for the first reading and none for the others.

clock_offset=''

# read_clock: $clock is now
read_clock() {
    read -r _up _ </proc/uptime
    _up=${_up%.*}${_up#*.}0
    if [ -z "$clock_offset" ]; then
        _now=$(date +%s%N)
        case $_now in *[!0-9]*) _now=$(date +%s)000000000 ;; esac
        clock_offset=$((${_now%??????} - _up))
    fi
    _now=$((clock_offset + _up))
    clock=${_now%???}.${_now#"${_now%???}"}
}

# read_uptime: $uptime is milliseconds since boot
read_uptime() {
    read -r _up _ </proc/uptime
    uptime=${_up%.*}${_up#*.}0
}
