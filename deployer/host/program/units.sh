# Unit files: brought along, kept per release, installed and taken back.

# receive_units: the files named by $unit, from standard input, into the state of $release; none named: what is there from
# the last time. $unit_names are their names, a word each. Fails before anything is replaced.
receive_units() {
    unit_names=''
    if [ -z "$unit" ]; then
        _recall_units
        return
    fi
    take_units "$state/incoming"
    rm -rf "$state/units/$release"
    mv -T "$_incoming" "$state/units/$release" || fail state "cannot write $state/units/$release"
}

# take_units FOLDER: the files named by $unit, from standard input, into a new folder; $unit_names are their names
take_units() {
    unit_names=''
    _incoming=$1
    rm -rf "$_incoming"
    mkdir -p "$_incoming" || fail state "cannot make $_incoming"
    while read -r _name _text; do
        case $unit in "$_name":* | *"$nl$_name":*) ;; *) fail argument "a unit file came along that was not named: $_name" ;; esac
        printf '%s' "$_text" | base64 -d >"$_incoming/$_name" || fail state "cannot write $_incoming/$_name"
    done
    _check_units
}

_check_units() {
    _sums=''
    for _item in $unit; do
        _sums="$_sums${_item##*:}  $_incoming/${_item%:*}$nl"
        unit_names="$unit_names ${_item%:*}"
    done
    printf '%s' "$_sums" | sha256sum -c --status 2>/dev/null || {
        rm -rf "$_incoming"
        fail argument "the unit files did not arrive as they were sent"
    }
}

_recall_units() {
    names_in "$state/units/$release"
    unit_names=$names
}

# differing_units: $differing are those of $unit_names that are not on the host as they should be
differing_units() {
    differing=''
    for _name in $unit_names; do
        _same_file "$state/units/$release/$_name" "$units_folder/$_name" || differing="$differing $_name"
    done
}

_same_file() {
    [ -f "$2" ] && [ ! -L "$2" ] || return 1
    [ "$(sha256sum <"$1")" = "$(sha256sum <"$2")" ]
}

# save_units: what now stands where $unit_names will be goes into the way back, unless it is there already; names of
# which there was none go to $pending_installed.
save_units() {
    _saved=$state/way_back
    [ -z "$unit_names" ] || [ -d "$_saved" ] || mkdir -p "$_saved" || return 1
    for _name in $unit_names; do
        case " $pending_installed " in *" $_name "*) continue ;; esac
        if [ -e "$_saved/$_name" ] || [ -L "$_saved/$_name" ]; then
            continue
        elif [ -e "$units_folder/$_name" ] || [ -L "$units_folder/$_name" ]; then
            { cp -pP "$units_folder/$_name" "$_saved/.new" && mv -fT "$_saved/.new" "$_saved/$_name"; } || return 1
        else
            pending_installed="$pending_installed $_name"
        fi
    done
}

# install_units: $differing into place
install_units() {
    for _name in $differing; do
        install -m 0644 "$state/units/$release/$_name" "$units_folder/.$_name.new" &&
            mv -fT "$units_folder/.$_name.new" "$units_folder/$_name" || return 1
    done
}

# restore_units: what save_units kept back into place, what was not there before away; $restored says whether any
restore_units() {
    restored=no
    for _name in $pending_installed; do
        rm -f "$units_folder/$_name" "$units_folder/.$_name.new" || return 1
        restored=yes
    done
    names_in "$state/way_back"
    for _name in $names; do
        { cp -pP "$state/way_back/$_name" "$units_folder/.$_name.new" && mv -fT "$units_folder/.$_name.new" "$units_folder/$_name"; } || return 1
        restored=yes
    done
}
