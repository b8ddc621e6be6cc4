# The pending activation: written before anything is switched, forgotten when confirmed or reverted.
#   pending    what to go back to      switched   exists once `current` may point to the new release
#   way_back/  the unit files that were replaced       open       until when the port was open, while it is closed for a move

pending_rollout='' pending_release='' pending_digest='' pending_way_back='' pending_link='' pending_answer='' pending_first=no
pending_socket_started=no pending_socket_enabled=no pending_service_enabled=no pending_installed='' pending_guard=no pending_since=''
pending_active=no pending_alone=''

pending_keys='rollout release digest way_back link answer first socket_started socket_enabled service_enabled installed guard since active alone'

# read_pending: the record into $pending_…; fails when there is none, and ends the act when it cannot be read
read_pending() {
    pending_there || return 1
    load_pending || fail pending-damaged "$state/pending cannot be read: nobody knows what to go back to"
}

pending_there() {
    [ -e "$state/pending" ] || [ -L "$state/pending" ]
}

# load_pending: as read_pending, and fails when the record cannot be one
load_pending() {
    [ -f "$state/pending" ] || return 1
    while read -r _line; do
        _key=${_line%%=*}
        case $_key in *[!a-z_]* | "$_line") return 1 ;; esac
        case " $pending_keys " in *" $_key "*) ;; *) return 1 ;; esac
        decode "${_line#*=}" || return 1
        eval "pending_$_key=\$decoded"
    done <"$state/pending"
    _name "$pending_release" 100 && { [ -z "$pending_way_back" ] || _name "$pending_way_back" 100; }
}

# write_pending: $pending_… into the record, on disk before anything is switched
write_pending() {
    _record=''
    for _key in $pending_keys; do
        eval "encode \"\$pending_$_key\""
        _record=$_record$_key=$encoded$nl
    done
    put "$state/pending" "${_record%"$nl"}" && sync "$state/pending" "$state"
}

# shellcheck disable=SC2034 # write_pending reads them all, by name
# begin_pending: a way back from here to there; one that a dead run left is kept, with another release in it
begin_pending() {
    pending_rollout=$rollout pending_release=$release
    first_line "$state/digests/$release"
    pending_digest=$line
    [ -z "$pending_since" ] || return 0
    pending_since=$clock pending_way_back=$current_release pending_link=$current_link pending_answer=$answer
    pending_alone=$alone
    [ "$current_kind" = link ] || pending_first=yes
    [ "$pending_first" = no ] && [ -z "$alone" ] || _note_standing
}

# On a first deploy, or when a service moves behind its socket, everything that gets started or enabled here is stopped and
# disabled again by a revert, and a service that ran is started again.
_note_standing() {
    [ "$look_active" != active ] || pending_active=yes
    [ -z "$socket_unit" ] || [ "$look_socket" = active ] || pending_socket_started=yes
    [ -z "$socket_unit" ] || _enabled "$socket_block" || pending_socket_enabled=yes
    _enabled "$service_block" || pending_service_enabled=yes
}

_enabled() {
    _block=$1
    property UnitFileState
    case $value in enabled | enabled-runtime | static | alias | indirect | generated) return 0 ;; *) return 1 ;; esac
}

forget_pending() {
    rm -rf "$state/pending" "$state/switched" "$state/way_back" "$state/open"
}
