# Read from standard input by `sh -s -- inspect token=… key=value…`: leaves the program on the host and runs it from there.
set -u
umask 077
PATH=/usr/sbin:/usr/bin:/sbin:/bin
sum=@SHA256@
folder=/var/lib/sockdeploy/program
program=$folder/$sum

# The program itself is not there to answer: say in its words that it could not be stored.
refuse() {
    for word; do
        case $word in token=*) printf '%s\n' "${word#token=}" ;; esac
    done
    printf 'code=state\ndetail=cannot store the host program as %s\nend=failed\n' "$program"
    exit 1
}

store() {
    mkdir -p "$folder" && cat >"$folder/.$sum.$$" && chmod 0500 "$folder/.$sum.$$" && mv -f "$folder/.$sum.$$" "$program" && return
    rm -f "$folder/.$sum.$$"
    return 1
}

if [ ! -f "$program" ] || [ "$(sha256sum <"$program")" != "$sum  -" ]; then
    store <<'@@end of the host program@@' || refuse "$@"
@PROGRAM@
@@end of the host program@@
fi
exec /bin/sh "$program" "$@" </dev/null
