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
