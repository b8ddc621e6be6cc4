# inspect: every fact that a decision needs, and no decision.

inspect_properties=Id,LoadState,LoadError,ActiveState,SubState,Result,UnitFileState,FragmentPath,DropInPaths,NeedDaemonReload,InvocationID,Job,BindsTo
inspect_properties=$inspect_properties,Type,MainPID,NRestarts,ExecStart,WorkingDirectory,RootDirectory,ControlGroup,TimeoutStopUSec,TimeoutStartUSec
inspect_properties=$inspect_properties,Restart,RestartUSec,StartLimitIntervalUSec,StartLimitBurst,NonBlocking,RuntimeDirectory
inspect_properties=$inspect_properties,Listen,Accept,Triggers,BindIPv6Only,Backlog,ReusePort,FreeBind,Transparent,BindToDevice,SocketUser,SocketGroup
inspect_properties=$inspect_properties,SocketMode,SocketProtocol,NoDelay,KeepAlive,KeepAliveTimeUSec,KeepAliveIntervalUSec,KeepAliveProbes,DeferAcceptUSec
inspect_properties=$inspect_properties,Priority,ReceiveBuffer,SendBuffer,IPTOS,IPTTL,Mark,TCPCongestion,PassCredentials,PassSecurity,PassPacketInfo
inspect_properties=$inspect_properties,FlushPending,RemoveOnStop,Symlinks,TriggerLimitIntervalUSec,TriggerLimitBurst,FileDescriptorName,TriggeredBy,User,Group
inspect_properties=$inspect_properties,InactiveEnterTimestampMonotonic,InactiveExitTimestampMonotonic
sibling_properties=Listen,FileDescriptorName,Backlog,SocketUser,SocketGroup,SocketMode,NoDelay,KeepAlive
# What only advice is made of.
advice_properties=RestartMode,NoNewPrivileges,PrivateTmp,ProtectSystem,ProtectHome,StateChangeTimestampMonotonic,ActiveEnterTimestampMonotonic

act_inspect() {
    _say_host
    _say_tools
    _say_current
    _say_release
    _say_records
    say_aside
    say_unused
    _say_lock
    _say_places
    _say_units
    _say_unit_files
    succeed
}

_say_host() {
    leave_clock
    read_clock
    say clock "$clock"
    say uptime "$uptime"
    first_line /proc/sys/kernel/random/boot_id
    say boot "$line"
    _say_uid
    say ssh_uid "${SUDO_UID:-0}"
    say ssh_user "${SUDO_USER:-root}"
}

_say_uid() {
    while read -r _key _uid _; do
        [ "$_key" != Uid: ] || { say uid "$_uid" && return; }
    done </proc/self/status
}

# Without the tools in the first list nothing below works, so they are asked for first.
_say_tools() {
    _missing=''
    for _tool in tar sha256sum flock systemctl base64 timeout stat readlink; do
        command -v "$_tool" >/dev/null || _missing="$_missing $_tool"
    done
    [ -z "$_missing" ] || fail tool "the host lacks$_missing"
    _found=''
    for _tool in curl gzip ss journalctl haproxy; do
        ! command -v "$_tool" >/dev/null || _found="$_found $_tool"
    done
    say tools "$_found"
}

_say_current() {
    read_current
    say current_kind "$current_kind"
    say current_link "$current_link"
    say current "$current_release"
    [ -n "$current_release" ] || return 0
    first_line "$state/digests/$current_release"
    say current_digest "$line"
}

_say_release() {
    [ -n "$release" ] || return 0
    first_line "$state/digests/$release"
    if [ ! -e "$releases/$release" ] && [ ! -L "$releases/$release" ]; then
        say staged no
    elif [ -n "$line" ] && [ "$line" = "${digest:-$line}" ]; then
        say staged yes
    else
        say staged other
    fi
    say staged_digest "$line"
}

_say_records() {
    ! pending_there || _say_pending
    say_hold
    set +f
    for _file in "$state"/good/*; do
        first_line "$_file"
        [ -z "$line" ] || say good "release=${_file##*/} $line"
    done
    set -f
}

_say_pending() {
    load_pending || {
        say damaged pending
        return
    }
    for _key in $pending_keys; do
        eval "say pending.$_key \"\$pending_$_key\""
    done
}

_say_lock() {
    lock_holder || return 0
    say locked yes
    say_lines holder "$holder"
}

# Whoever may write to a folder on the way to the releases could swap what root is about to unpack and run.
_say_places() {
    _list=''
    _parents_of "$releases"
    _real=$releases
    if [ -n "$_linked" ]; then
        _real=$(readlink -f "$releases")
        _parents_of "$_real"
    fi
    say real_releases "$_real"
    IFS=$nl
    # shellcheck disable=SC2086 # one path per line
    for _line in $(stat -L -c '%u %a %n' $_list 2>/dev/null); do
        say folder "$_line"
    done
    unset IFS
    _place=$root
    while [ ! -d "$_place" ]; do
        _place=${_place%/*}
        _place=${_place:-/}
    done
    _say_room "$_place"
}

_parents_of() {
    _path=$1
    _linked=''
    while [ -n "$_path" ]; do
        [ ! -L "$_path" ] || _linked=yes
        _list=$_path$nl$_list
        _path=${_path%/*}
    done
    _list=/$nl$_list
}

_say_room() {
    IFS=$nl
    for _line in $(stat -f -c '%a %S %d %n' "$1" "$state_of_all"); do
        say disk "$_line"
    done
    unset IFS
    # The kernel answers for root as well: not on a read-only mount, not in an immutable folder.
    if [ -w "$1" ]; then say writable ''; else say writable "$1 cannot be written, not even by root"; fi
    [ -z "$owner" ] || { id -u "${owner%%:*}" >/dev/null 2>&1 && say owner yes; } || say owner no
}

_say_units() {
    say service_unit "$service_unit"
    say socket_unit "$socket_unit"
    if [ "$thorough" = yes ]; then inspect_properties=$inspect_properties,$advice_properties; fi
    show_units "$inspect_properties"
    say_lines show "$service_block"
    [ -z "$socket_unit" ] || { printf 'show=\n' && say_lines show "$socket_block"; }
    _block=$service_block
    _say_texts service
    _say_runs
    property MainPID
    look_pid=${value:-0}
    _look_process
    say cwd "$look_cwd"
    say exe "$look_exe"
    _say_systemd
    [ -n "$socket_unit" ] || return 0
    _block=$socket_block
    _say_texts socket
    [ "$thorough" = no ] || _say_changes
    _say_siblings
    _say_listening
    _say_memory
    [ "$thorough" = no ] || _say_firewall
}

# Other sockets that the service is given.
_say_siblings() {
    _block=$service_block
    property TriggeredBy
    _units=''
    for _unit in $value; do
        case $_unit in "$socket_unit") ;; *.socket) _units="$_units $_unit" ;; esac
    done
    _block=$socket_block sibling_blocks=''
    [ -n "$_units" ] || return 0
    # shellcheck disable=SC2086 # unit names
    sibling_blocks=$(systemctl show -p "Id,$sibling_properties" $_units)
    say_lines sibling "$sibling_blocks"
}

# The library that every part of systemd loads carries its version in its name; asking systemctl is a process.
_say_systemd() {
    set +f
    for _file in /usr/lib/*/systemd/libsystemd-shared-*.so /usr/lib/systemd/libsystemd-shared-*.so; do
        [ -e "$_file" ] && break
    done
    set -f
    if [ -e "$_file" ]; then
        _version=${_file##*libsystemd-shared-}
        _version="systemd ${_version%.so}"
    else
        _version=$(systemctl --version)
    fi
    say systemd "${_version%%"$nl"*}"
}

# Where links lead: a unit may run a release by another name than $current.
_say_runs() {
    case $_block in *"$current"*) return 0 ;; esac
    property ExecStart
    _path=${value#*path=}
    property WorkingDirectory
    for _path in "${_path%% *}" "${value#[!/]}"; do
        case $_path in /*) say runs "$(readlink -f "$_path")" ;; esac
    done
}

# _say_texts KIND: what is on disk of the unit in $_block, in the order systemd reads it
_say_texts() {
    property FragmentPath
    _files=$value
    property DropInPaths
    _files="$_files $value"
    # Those that systemd has not read yet are not among its own.
    property Id
    set +f
    for _file in /etc/systemd/system/"$value".d/*.conf /run/systemd/system/"$value".d/*.conf; do
        case " $_files " in *" $_file "*) ;; *) _files="$_files $_file" ;; esac
    done
    set -f
    for _file in $_files; do
        [ -f "$_file" ] || continue
        say "$1_file" "$_file"
        _text=''
        while IFS= read -r _line || [ -n "$_line" ]; do
            _text=$_text$nl$_line
        done <"$_file"
        [ -z "$_text" ] || say_lines "$1_line" "${_text#"$nl"}"
    done
}

# When the files of the socket were last changed, in the order of its texts: seconds since the epoch, and the path.
_say_changes() {
    IFS=$nl
    # shellcheck disable=SC2086 # no spaces in their names
    for _line in $(unset IFS && stat -L -c '%Y %n' $_files 2>/dev/null); do
        say socket_changed "$_line"
    done
    unset IFS
}

# same, differs, absent (nowhere), foreign (only in a folder that packages or the runtime own)
_say_unit_files() {
    for _item in $unit; do
        _name=${_item%:*}
        _status=absent
        for _folder in /usr/lib/systemd/system /lib/systemd/system /usr/local/lib/systemd/system "$runtime_folder"; do
            [ ! -e "$_folder/$_name" ] || _status="foreign $_folder/$_name"
        done
        if [ -L "$units_folder/$_name" ]; then
            _status="foreign $(readlink "$units_folder/$_name")"
        elif [ -f "$units_folder/$_name" ]; then
            _status=differs
            [ "$(sha256sum <"$units_folder/$_name")" != "${_item##*:}  -" ] || _status=same
        fi
        say unit "$_name $_status"
    done
}
