# Part of inspect: who listens where, who holds it, and what that costs.

_say_listening() {
    _inodes=''
    # The kernel's own tables hold every connection, and it walks all of them to end its list; ss asks for what listens alone.
    _lines=$(ss -HltneO 2>/dev/null)
    if [ -n "$_lines" ]; then
        _inodes_of_ss
    else
        for _table in tcp tcp6; do
            _find_listening
        done
    fi
    [ -z "$_lines" ] || say_lines listening "${_lines%"$nl"}"
    case $nl$_block$nl$sibling_blocks in
        *"${nl}Listen=/"* | *"${nl}Listen=@"*)
            _lines=$(grep -F -e ' 00010000 ' /proc/net/unix | while read -r _line; do printf 'unix %s\n' "$_line"; done)
            _inodes_of_unix
            say_lines listening "$_lines" ;;
    esac
    _say_holders
}

_inodes_of_ss() {
    for _word in $_lines; do
        case $_word in ino:*) _inodes="$_inodes ${_word#ino:}" ;; esac
    done
}

_inodes_of_unix() {
    _rest=$_lines$nl
    while [ -n "$_rest" ]; do
        # shellcheck disable=SC2086 # columns
        set -- ${_rest%%"$nl"*}
        _inodes="$_inodes ${8-}"
        _rest=${_rest#*"$nl"}
    done
}

# Which sockets PID 1 has open, and on which ones the service's processes listen. A busy service has thousands of connections
# open, so that its list is only searched.
_say_holders() {
    [ -n "$sockets" ] || read_places
    say held "$sockets"
    _processes_of_service
    [ -n "$_list" ] || return 0
    # shellcheck disable=SC2086 # a folder each
    _lines=$(ls -ln $_list 2>/dev/null)
    _used=''
    for _inode in $_inodes; do
        case $_lines in *"socket:[$_inode]"*) _used="${_used}[$_inode]" ;; esac
    done
    say used "$_used"
}

# $_list: the open files of the service's main process and of its first others, a folder each
_processes_of_service() {
    _block=$service_block
    property ControlGroup
    _block=$socket_block
    _list='' _count=0
    [ "$look_pid" -eq 0 ] || _list=" /proc/$look_pid/fd"
    [ -n "$value" ] && [ -r "/sys/fs/cgroup$value/cgroup.procs" ] || return 0
    while read -r _line && [ "$_count" -lt 64 ]; do
        _list="$_list /proc/$_line/fd" _count=$((_count + 1))
    done <"/sys/fs/cgroup$value/cgroup.procs"
}

# What the service keeps from everyone else, in bytes, and what the host has left, in KiB.
_say_memory() {
    _block=$service_block
    property ControlGroup
    [ -n "$value" ] && [ -r "/sys/fs/cgroup$value/memory.stat" ] || return 0
    _used=0
    while read -r _key _line; do
        case $_key in anon | shmem) _used=$((_used + _line)) ;; esac
        [ "$_key" != shmem ] || break # the rest is long, and `read` asks the kernel for each byte
    done <"/sys/fs/cgroup$value/memory.stat"
    say memory_used "$_used"
    while read -r _key _line _; do
        [ "$_key" = MemAvailable: ] && say memory "$_line" && return
    done </proc/meminfo
}

# no: neither of the kernel's packet filters has a rule, as far as it can be seen
_say_firewall() {
    _lines=$(nft list ruleset 2>/dev/null || iptables-save 2>/dev/null)
    case $_lines in *' drop'* | *' reject'* | *'-j DROP'* | *'-j REJECT'* | *DROP*) say firewall yes ;; *) say firewall no ;; esac
}

_find_listening() {
    [ -r "/proc/net/$_table" ] || return 0
    while read -r _slot _local _remote _state _line; do
        case $_state in
            st) ;;
            0A)
                _lines="$_lines$_table $_slot $_local $_remote $_state $_line$nl"
                # shellcheck disable=SC2086 # columns
                set -- $_line
                _inodes="$_inodes $6" ;;
            *) return 0 ;;
        esac
    done <"/proc/net/$_table"
}
