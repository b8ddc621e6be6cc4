# One ssh per host in the background: the program on the command line, the archive on standard input.
set -eu
script=$(cat "$INSTALL")
pids=''
for host in $HOSTS; do
    # shellcheck disable=SC2029 # the script is meant to travel as it is
    ssh -F "$SSH_CONFIG" -o KexAlgorithms=curve25519-sha256 -o BatchMode=yes "$SSH_USER@$host" \
        "$SUDO sh -c '$script' install '$SERVICE' '$ROOT' '$URL' '$RELEASE' -" <"$WORK/release.tar" &
    pids="$pids $!"
done
for pid in $pids; do
    wait "$pid"
done
