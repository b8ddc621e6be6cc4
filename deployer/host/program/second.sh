# second: a release runs beside the live one in a runtime copy of the service's own unit, as a bridge (a second holder of
# the live sockets) or as a rehearsal (on private sockets). Its unit files are its record: gone with it, or at a reboot.

act_second() {
    make_state
    [ -d "$releases/$release" ] || fail not-staged "there is no $releases/$release"
    quiet_end=yes
    end_seconds "$kind" 10
    look
    listening && was_listening=yes || was_listening=no
    inode_before=$look_inode
    [ -z "$look_group" ] || [ ! -f "/sys/fs/cgroup$look_group/cgroup.procs" ] || _check_memory
    _write_second || _give_up_second state "cannot write the copy's unit files to $runtime_folder"
    _reload_under_second
    _start_second
    look
    say_look live
    succeed
}

act_peek() {
    _name_second "$kind"
    _look_at_second
    say_look second
    case $second_active in active | activating | reloading | deactivating) succeed ;; esac
    journalctl --sync 2>/dev/null || :
    _say_second_journal
    succeed
}

# _name_second KIND: $second_name and its unit; an instance's @ would make an instance of it, too
_name_second() {
    second_name=$service
    case $service in *@*) second_name=${service%%@*}:${service#*@} ;; esac
    second_name=sockdeploy-$second_name-$1
    second_unit=$second_name.service
    private_folder=/run/sockdeploy-rehearsal
}

# What the kernel cannot take back from the live one, shared pages counted once, is the least that a second will need.
_check_memory() {
    _needed=0 _free=''
    while read -r _pid; do
        [ -r "/proc/$_pid/smaps_rollup" ] || continue
        while read -r _key _value _; do
            case $_key in Pss_Anon: | Pss_Shmem:) _needed=$((_needed + _value)) ;; esac
        done <"/proc/$_pid/smaps_rollup"
    done <"/sys/fs/cgroup$look_group/cgroup.procs"
    while read -r _key _value _; do
        [ "$_key" != MemAvailable: ] || _free=$_value
    done </proc/meminfo
    [ "${_free:-$_needed}" -ge "$_needed" ] ||
        fail memory "a second instance needs about $((_needed / 1024)) MiB, as $service_unit does, and $((_free / 1024)) MiB are available"
}

# _write_second: the unit files from standard input, checked, into the runtime folder
_write_second() {
    litter=$state/second
    take_units "$litter"
    for _name in $unit_names; do
        case $_name in "$second_name".service | "$second_name".socket | "$second_name"-[0-9].socket) ;; *) return 1 ;; esac
    done
    _add_privates || return 1
    mkdir -p "$runtime_folder" || return 1
    for _name in $unit_names; do
        # 0644: whoever runs `systemctl cat` may read them, as with the live unit's.
        chmod 0644 "$litter/$_name" && mv -f "$litter/$_name" "$runtime_folder/$_name" || return 1
    done
}

# _add_privates: each private socket learns where it listens; $addresses are live=private, a line each
_add_privates() {
    addresses='' _count=0 _port=$((20000 + $$ % 10000))
    _wanted=$private
    while [ -n "$_wanted" ]; do
        _item=${_wanted%%"$nl"*}
        _wanted=${_wanted#*"$nl"}
        _count=$((_count + 1))
        _private_address "${_item#* }"
        printf 'ListenStream=%s\n' "$_address" >>"$litter/${_item%% *}" || return 1
        addresses=$addresses${_item#* }=$_address$nl
    done
}

# _private_address LIVE: $_address, of the same kind
_private_address() {
    case $1 in
        # An instance's `:` would end the path in a health URL.
        /*) _address=$private_folder/${second_name%%:*}
            case $second_name in *:*) _address=$_address~${second_name#*:} ;; esac
            _address=$_address-$_count.sock ;;
        @*) _address=@$second_name-$_count ;;
        *) _free_port
            _address=127.0.0.1:$_port
            case $1 in '[::]'*) ;; '['*) _address="[::1]:$_port" ;; esac ;;
    esac
}

# Below the ports that the kernel gives to outgoing connections; nobody has it, in whatever state.
_free_port() {
    _port=$((_port + 1))
    while grep -q -i ":$(printf '%04X' "$_port") " /proc/net/tcp /proc/net/tcp6 2>/dev/null; do
        _port=$((_port + 1))
    done
}

_reload_under_second() {
    reload || _give_up_second reload "systemd could not read its unit files again"
    look
    _same_listener || _give_up_second listener-lost "$listener_lost"
}

# The sockets first: a service that starts before its socket gets none.
_start_second() {
    read_clock
    began=$clock
    say began "$began"
    _sockets=''
    for _name in $unit_names; do
        case $_name in *.socket) _sockets="$_sockets $_name" ;; esac
    done
    # shellcheck disable=SC2086 # unit names
    [ -z "$_sockets" ] || _systemd_second start $_sockets || _not_started
    _systemd_second start "$second_unit" || _not_started
    _look_at_second
    # One whose condition is not met, or that ended at once, counts as started for systemctl.
    case $second_active in active | reloading) ;; *) _not_started ;; esac
    say started "$clock"
    say_look second
    [ -z "$addresses" ] || say_lines address "${addresses%"$nl"}"
}

# _systemd_second VERB UNIT…: as _systemd, which cancels the job of the service it finds: here that is the copy
_systemd_second() {
    _main_service=$service_unit _main_socket=$socket_unit
    service_unit=$second_unit socket_unit=''
    _systemd "$@"
    service_unit=$_main_service socket_unit=$_main_socket
    return "$started_by"
}

# _look_at_second: the look at the copy, for say_look second
_look_at_second() {
    _main_service=$service_unit _main_socket=$socket_unit _main_listener=$listener
    service_unit=$second_unit socket_unit='' listener=''
    look
    service_unit=$_main_service socket_unit=$_main_socket listener=$_main_listener
    second_active=$look_active
}

_not_started() {
    _look_at_second
    say started "$clock"
    say_look second
    journalctl --sync 2>/dev/null || :
    _say_second_journal
    [ "$started_by" -ne 124 ] || _give_up_second timeout "$second_unit had not started after $timeout seconds"
    _give_up_second start-failed "$second_unit did not start: ${_said:-it is $second_active at once}"
}

_say_second_journal() {
    say journal "$(journalctl -q --no-pager -o short-iso -n 20 --since "@$(stat -c %Y "$runtime_folder/$second_unit")" -u "$second_unit" 2>/dev/null | base64 -w 0)"
}

# _give_up_second CODE DETAIL: nothing of the copy stays
_give_up_second() {
    end_seconds "$kind" 5
    _check_listener || :
    say_look live
    fail "$1" "$2"
}
