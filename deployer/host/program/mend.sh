# mend: drop-ins that `check --fix` showed and somebody agreed to. They are read by a reload; no unit is restarted.

mend_name=zz-sockdeploy-check.conf # sorts behind a user's own, before the guard

act_mend() {
    make_state
    ! lock_holder || _locked
    look
    inode_before=$look_inode
    litter=$state/mends
    take_units "$litter"
    for _name in $unit_names; do
        case $_name in "$service_unit" | "$socket_unit") ;; *) fail argument "$_name is no unit of this service" ;; esac
    done
    for _name in $unit_names; do
        _put_mend "$_name" || fail state "cannot write $units_folder/$_name.d/$mend_name"
    done
    reload || fail reload "systemctl daemon-reload failed"
    look
    say_look after
    [ "$look_inode" = "$inode_before" ] && [ "$look_held" = yes ] ||
        fail listener-lost "systemd let go of the listener when it read its unit files again: its files differ from what it held"
    succeed
}

_put_mend() {
    mkdir -p "$units_folder/$1.d" && chmod 0755 "$units_folder/$1.d" && chmod 0644 "$litter/$1" &&
        cp "$litter/$1" "$units_folder/$1.d/$mend_name.new" && chmod 0644 "$units_folder/$1.d/$mend_name.new" &&
        mv -fT "$units_folder/$1.d/$mend_name.new" "$units_folder/$1.d/$mend_name"
}
