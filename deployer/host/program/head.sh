#!/bin/sh
# The host program of sockdeploy: run as root, one act per execution, `sh PROGRAM ACT token=… key=value…`.
# POSIX sh (dash, busybox); coreutils, tar, flock and systemctl. It keeps to global variables, because POSIX has no others:
# an underscore in front marks those that live within one function.
set -u
set -f # words are split on purpose in places; nothing is ever a pattern, except where globbing is switched on
LC_ALL=C
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
unset IFS
umask 077
nl='
'

# An act ends in time whoever is gone: timeout(1) runs it again in a process group of its own, and ends all of that.
# This stands first because a shell reads on only after exec failed: the rest of the program is parsed once.
# activate, revert, second and dismiss limit systemd's job by themselves: for them this is there in case the rest hangs.
limit_time() {
    [ "$1" != observe ] && [ -z "${SOCKDEPLOY_TIMED-}" ] || return 0
    _limit=60
    for _word; do
        case $_word in timeout=*[!0-9]*) ;; timeout=?*) _limit=${_word#timeout=} ;; esac
    done
    case $1 in activate | revert | second | dismiss) _limit=$((_limit + 30)) ;; esac
    SOCKDEPLOY_TIMED=yes
    export SOCKDEPLOY_TIMED
    exec timeout -k 10 "$_limit" /bin/sh "$0" "$@"
}

[ $# -eq 0 ] || limit_time "$@"
unset SOCKDEPLOY_TIMED
