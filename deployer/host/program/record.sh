# What is kept on a host, and where. Everything is written beside its place and renamed into it.

state_of_all=/var/lib/sockdeploy
units_folder=/etc/systemd/system
runtime_folder=/run/systemd/system
run_of_all=/run/sockdeploy

_paths() {
    service_unit=$service.service
    socket_unit=''
    [ "$socket" = none ] || socket_unit=$socket
    state=$state_of_all/$service
    current=$root/current
    releases=$root/releases
}

# make_state: the folders of the service's state
make_state() {
    [ -d "$state/digests" ] && [ -d "$state/good" ] && [ -d "$state/units" ] && return
    mkdir -p "$state/digests" "$state/good" "$state/units" || fail state "cannot make $state"
}

# put FILE TEXT: FILE becomes TEXT, at once or not at all
put() {
    printf '%s\n' "$2" 2>/dev/null >"$1.new" && mv -f "$1.new" "$1" && return
    rm -f "$1.new"
    return 1
}

# names_in FOLDER: $names are the files in it, a word each; none when there is no such folder
names_in() {
    names=''
    set +f
    for _file in "$1"/*; do
        [ ! -e "$_file" ] && [ ! -L "$_file" ] || names="$names ${_file##*/}"
    done
    set -f
}

# first_line FILE: $line is its first line, empty when there is no such file
first_line() {
    line=''
    [ ! -f "$1" ] || read -r line <"$1" || :
}

# remember_ended: appends $history to the host's history, once
remember_ended() {
    [ -n "$history" ] || return 0
    [ ! -f "$state/history" ] || [ "$(tail -n 1 "$state/history")" != "$history" ] || return 0
    printf '%s\n' "$history" >>"$state/history"
}
