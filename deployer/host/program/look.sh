# A full look at the service, its main process and its listeners: $look_* variables.

look_properties=Id,LoadState,ActiveState,SubState,Result,MainPID,InvocationID,NRestarts,Job,ControlGroup,Type,Restart,StateChangeTimestampMonotonic
look_properties=$look_properties,StartLimitIntervalUSec,TriggerLimitIntervalUSec,UnitFileState,LoadError
look_properties=$look_properties,ActiveExitTimestampMonotonic,InactiveEnterTimestampMonotonic
look_properties=$look_properties,InactiveExitTimestampMonotonic,ActiveEnterTimestampMonotonic,Backlog

look_known_process='' look_known=0 look_changed='' queue=0 sockets='' tcp_inodes=''

look() {
    sockets=''
    show_units "$look_properties"
    _block=$service_block
    property LoadState && look_load=$value
    property ActiveState && look_active=$value
    property StateChangeTimestampMonotonic && look_changed=$value
    property SubState && look_sub=$value
    property Result && look_result=$value
    property MainPID && look_pid=${value:-0}
    property InvocationID && look_invocation=$value
    property NRestarts && look_restarts=${value:-0}
    property Job && look_job=${value#0}
    property ControlGroup && look_group=$value
    _block=$socket_block
    property ActiveState && look_socket=$value
    property LoadState && look_socket_load=$value
    _look_process
    _look_listeners
    _words_of_look
    read_clock
}

# show_units PROPERTIES: $service_block and $socket_block, each line of them `Key=value`, from one call. What a shell cuts off
# the front of a long text (${text#*…}) takes it a time that grows with the square of the length: so texts are split.
show_units() {
    # shellcheck disable=SC2086 # no word at all when there is no socket
    shown=$(systemctl show -p "$1" "$service_unit" $socket_unit 2>/dev/null)
    service_block=${shown%%"$nl$nl"*}
    socket_block=''
    [ -n "$socket_unit" ] || return 0
    IFS=$nl
    # shellcheck disable=SC2086 # one property per line
    set -- $service_block
    _count=$#
    # shellcheck disable=SC2086 # one property per line
    set -- $shown
    shift "$_count"
    socket_block="$*"
    unset IFS
}

# property KEY: $value is what $_block says of it
property() {
    value=''
    IFS=$nl
    for _property in $_block; do
        case $_property in "$1="*) value=${_property#*=} && break ;; esac
    done
    unset IFS
}

_look_process() {
    # A process of its own each time would be dear: one that two looks saw is past its exec, until it is reloaded.
    [ "$look_pid,$look_changed" = "$look_known_process" ] || { look_known_process=$look_pid,$look_changed look_known=0; }
    look_known=$((look_known + 1))
    [ "$look_known" -le 2 ] || return 0
    look_cwd='' look_exe=''
    [ "$look_pid" -gt 0 ] || return 0
    read_places "$look_pid"
}

# is-active says `active` for a socket that PID 1 has let go of: only its open files prove that it listens. $look_main says
# whether $socket_unit does, $look_lost names the others that do not.
_look_listeners() {
    look_inode='' look_held=yes look_main=yes look_lost=''
    [ -n "$socket_unit" ] || return 0
    [ -n "$sockets" ] || read_places
    find_inodes
    look_inode=$inodes
    _rest=$inodes, _forms=$listener
    while [ "$_rest" != , ] && [ -n "$_rest" ]; do
        case $sockets in *"[${_rest%%,*}]"*) ;; *) _note_lost "${_forms%%"$nl"*}" ;; esac
        _rest=${_rest#*,} _forms=${_forms#*"$nl"}
    done
}

# fail_silent [WHEN]: names the units that do not listen (call after look)
fail_silent() {
    _silent=${look_lost# }
    [ "$look_socket,$look_main" = active,yes ] && [ -n "$_silent" ] || _silent=$socket_unit$look_lost
    fail listener-lost "$_silent does not listen${1:+ $1}"
}

_note_lost() {
    look_held=no
    case $1 in tcp:* | tcp6:* | unix:*) look_main=no && return ;; esac
    case "$look_lost " in *" ${1%%=*} "*) ;; *) look_lost="$look_lost ${1%%=*}" ;; esac
}

# read_places [PID]: $sockets are the inodes of all sockets that PID 1 holds, each in brackets, and $look_cwd and $look_exe
# where that process runs and what; from one call
read_places() {
    sockets=''
    IFS=$nl
    for _place in $(set +f && readlink ${1:+"/proc/$1/cwd"} ${1:+"/proc/$1/exe"} ${1:+/proc/self} /proc/1/fd/*); do
        case $_place in
            'socket:['*) sockets=$sockets${_place#socket:} ;;
            *[!0-9]*) [ $# -eq 0 ] || { look_exe=$_place && look_cwd=${look_cwd:-$_place}; } ;;
            *) set -- ;; # what /proc/self leads to: behind it comes what PID 1 holds
        esac
    done
    unset IFS
}

# find_inodes: $inodes are the listening sockets of $listener, joined by commas, 0 where nothing listens; $queue is how many
# TCP connections wait there to be accepted. An item of $listener is where $socket_unit listens, or UNIT=WHERE for another
# socket of the service. $tcp_inodes are those of TCP; `find_inodes tcp` looks for them alone, and makes no process.
find_inodes() {
    inodes='' tcp_inodes='' queue=0
    _forms=$listener
    while [ -n "$_forms" ]; do
        _form=${_forms%%"$nl"*}
        _forms=${_forms#*"$nl"}
        inode=0
        case $_form in tcp:* | tcp6:* | unix:*) ;; *) _form=${_form#*=} ;; esac
        case $_form in
            tcp:*) _find_tcp /proc/net/tcp "${_form#*:}" ;;
            tcp6:*) _find_tcp /proc/net/tcp6 "${_form#*:}" ;;
            unix:*) [ -n "${1-}" ] || _find_unix "${_form#*:}" ;;
        esac
        case $_form in tcp*) tcp_inodes=$tcp_inodes,$inode ;; esac
        inodes=${inodes:+$inodes,}$inode
    done
}

# The kernel lists listening sockets (0A) first: the rest, which may be long, need not be read.
_find_tcp() {
    [ -r "$1" ] || return 0
    while read -r _ _local _ _state _queues _ _ _ _ _inode _; do
        case $_state in st) ;; 0A) [ "$_local" != "$2" ] || { inode=$_inode queue=$((queue + 0x${_queues#*:})) && return; } ;; *) return 0 ;; esac
    done <"$1"
}

_find_unix() {
    _sockets=$(grep -F -e " 00010000 " /proc/net/unix)$nl
    while [ -n "$_sockets" ]; do
        _line=${_sockets%%"$nl"*}
        _sockets=${_sockets#*"$nl"}
        case $_line in *" $1") ;; *) continue ;; esac
        # shellcheck disable=SC2086 # columns
        set -- "$1" $_line
        inode=$8
    done
}

# say_look PREFIX: the look as facts
say_look() {
    for _word in $look_words "clock=$clock"; do
        printf '%s.%s\n' "$1" "$_word"
    done
}

# say_times SINCE: when systemd changed the states of the service, in microseconds since boot, and for how long it had the
# socket closed since then (the host's clock), after a look
say_times() {
    closed=0.000
    _block=$service_block
    property ActiveExitTimestampMonotonic && say times.left "$value"
    property InactiveEnterTimestampMonotonic && say times.stopped "$value"
    property InactiveExitTimestampMonotonic && say times.starting "$value"
    property ActiveEnterTimestampMonotonic && say times.up "$value"
    [ -n "$socket_unit" ] || return 0
    _block=$socket_block
    property InvocationID && say socket.invocation "$value"
    property Result && say socket.result "$value"
    property Backlog && _backlog=$value
    # The kernel gives this file in one piece or not at all: `read`, byte by byte, would get its first digit.
    _most=$(cat /proc/sys/net/core/somaxconn)
    [ "${_most:-0}" -ge "${_backlog:-0}" ] || _backlog=$_most
    say socket.backlog "$_backlog"
    _closed_for "$1"
    say closed "$closed"
}

# _closed_for SINCE: $closed is seconds with milliseconds
_closed_for() {
    property InactiveEnterTimestampMonotonic && _shut=$((${value:-0} / 1000))
    property ActiveEnterTimestampMonotonic && _opened=$((${value:-0} / 1000))
    _shut_for=0
    [ $((_shut + clock_offset)) -le "${1%.*}${1#*.}" ] || [ "$_opened" -le "$_shut" ] || _shut_for=$((_opened - _shut))
    [ -z "$shut_for" ] || _shut_for=$shut_for # measured by the act itself
    _seconds "$_shut_for"
    closed=$seconds
}

# The look as words on one line, without its time: two looks that saw the same have the same words.
_words_of_look() {
    look_words="active=$look_active sub=$look_sub result=$look_result pid=$look_pid invocation=$look_invocation"
    look_words="$look_words nrestarts=$look_restarts inode=$look_inode held=$look_held socket=$look_socket job=$look_job"
    encode_word "$look_cwd"
    look_words="$look_words cwd=$encoded"
    encode_word "$look_exe"
    look_words="$look_words exe=$encoded"
}

# listening: the socket is active, and PID 1 holds every listener
listening() {
    [ "$look_socket" = active ] && held
}

# held: PID 1 holds every listener
held() {
    [ "$look_held" = yes ] && [ -n "$look_inode" ]
}
