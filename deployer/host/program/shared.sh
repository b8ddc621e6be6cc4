# What outlives a release: root/shared, linked into each. With a / at the end an entry is a folder that is created.

link_shared() {
    IFS=$nl
    for _entry in $shared; do
        _share "${_entry%/}"
        case $_entry in */) _shared_folder "$root/shared/${_entry%/}" "$owner" ;; *) _shared_folder "$root/shared/$_entry/.." '' ;; esac
    done
    unset IFS
}

# _share ENTRY: a relative link in the release, in place of whatever the artifact has there
_share() {
    _folder=$tree
    _up=../..
    _rest=$1
    while :; do
        case $_rest in */*) ;; *) break ;; esac
        _folder=$_folder/${_rest%%/*}
        _rest=${_rest#*/}
        _up=../$_up
        [ ! -L "$_folder" ] || fail shared "the artifact has a link at ${_folder#"$tree"/}, where the shared $1 needs a folder"
        [ -d "$_folder" ] || mkdir "$_folder" || fail shared "the artifact has no room for the shared $1 at ${_folder#"$tree"/}"
    done
    { rm -rf "${_folder:?}/$_rest" && ln -s "$_up/shared/$1" "$_folder/$_rest"; } || fail shared "cannot link the shared $1"
}

# _shared_folder PATH OWNER: what is there, links of the host's owner included, stays as it is
_shared_folder() {
    _path=${1%/*/..}
    [ "$_path" != "$1" ] || _path=$1
    [ ! -e "$_path" ] && [ ! -L "$_path" ] || return 0
    make_folder "$_path"
    [ -z "$2" ] || chown -h "$2" "$_path" || fail owner "cannot give $_path to $2"
}
