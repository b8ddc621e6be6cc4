# The guard: while a release is being judged, no start or trigger limit may close the port. Runtime drop-ins, gone at reboot.
# The name sorts last among all drop-ins of a unit, wherever they are, so that it has the last word.

guard_name=zz-sockdeploy-guard.conf

# guard_stands: both drop-ins are there
guard_stands() {
    [ -f "$runtime_folder/$service_unit.d/$guard_name" ]
}

# needs_guard: the live limits can close the port (call after look)
needs_guard() {
    [ "$guard" = yes ] || return 1
    _block=$service_block
    property Restart && [ "$value" = always ] || return 0
    property StartLimitIntervalUSec && [ "$value" = 0 ] || return 0
    [ -n "$socket_unit" ] || return 1
    _block=$socket_block
    property TriggerLimitIntervalUSec && [ "$value" != 0 ]
}

# raise_guard: write the drop-ins; a reload makes them count
raise_guard() {
    _restart="Restart=always${nl}RestartSec=1${nl}RestartPreventExitStatus="
    # systemd refuses a oneshot unit that is always restarted.
    ! _is_oneshot || _restart=''
    _drop_in "$service_unit" "[Unit]${nl}StartLimitIntervalSec=0${nl}[Service]${nl}$_restart" || return 1
    [ -z "$socket_unit" ] || _drop_in "$socket_unit" "[Socket]${nl}TriggerLimitIntervalSec=0"
}

_drop_in() {
    mkdir -p "$runtime_folder/$1.d" && chmod 0755 "$runtime_folder/$1.d" && put "$runtime_folder/$1.d/$guard_name" "$2" && chmod 0644 "$runtime_folder/$1.d/$guard_name"
}

_is_oneshot() {
    _file=$service_unit
    case $service_unit in *@*) case " $unit_names " in *" $_file "*) ;; *) _file=${_file%%@*}@.service ;; esac ;; esac
    case " $unit_names " in
        *" $_file "*) grep -q '^[[:space:]]*Type[[:space:]]*=[[:space:]]*oneshot' "$state/units/$release/$_file" ;;
        *) _block=$service_block && property Type && [ "$value" = oneshot ] ;;
    esac
}

# lower_guard: remove the drop-ins; a reload makes that count
lower_guard() {
    for _name in $service_unit $socket_unit; do
        rm -f "$runtime_folder/$_name.d/$guard_name" || return 1
        rmdir "$runtime_folder/$_name.d" 2>/dev/null || :
    done
}
