# On a host, for the tools that run a shell there: install.sh SERVICE ROOT URL RELEASE ARCHIVE (- for standard input).
# Unpack, switch, restart, and wait until the service answers as the new release.
set -eu
service=$1 root=$2 url=$3 release=$4 archive=$5
mkdir -p "$root/releases/$release"
tar -xf "$archive" -C "$root/releases/$release"
echo "$release" >"$root/releases/$release/RELEASE"
ln -s "releases/$release" "$root/.current-$release"
mv -T "$root/.current-$release" "$root/current"
systemctl restart "$service"
tries=0
until curl -fsS -m 3 "$url" | grep -qF "\"release\": \"$release\""; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ]
    sleep 0.1
done
