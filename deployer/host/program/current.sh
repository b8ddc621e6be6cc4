# The link `current`: read, and replaced by rename(2) only.

# read_current: $current_kind (link, none, other), $current_link (its text), $current_release (the release it names)
read_current() {
    current_kind=none current_link='' current_release=''
    if [ -L "$current" ]; then
        current_kind='link'
        current_link=$(readlink "$current")
        _release_of "$current_link"
    elif [ -e "$current" ]; then
        current_kind=other
    fi
}

_release_of() {
    _link=${1%/}
    case $_link in
        releases/* | ./releases/* | "$releases"/*) _link=${_link##*releases/} ;;
        *) return ;;
    esac
    ! _name "$_link" 100 || current_release=$_link
}

# point_current LINK: `current` becomes a link with that text
point_current() {
    ln -s "$1" "$root/.current-$token" && mv -fT "$root/.current-$token" "$current"
}
