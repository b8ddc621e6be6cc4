# The lists by which a host finds out what its live release lacks of another: in one file a line for each that is wanted,
# `mode size time ./path`, and then a line for each, `SHA256 *./path`. Where a tool for this is missing, nothing is there.

# receive_lists FILE: from standard input, of $attributes and of $sums bytes, or of $packed bytes as gzip packs them
receive_lists() {
    if [ -n "$packed" ]; then head -c "$packed" | gzip -d >"$1"; else head -c $((attributes + sums)) >"$1"; fi
}

# find_alike FILE: $names are the files below here that look like those wanted, a line each; fails when there are none. A name with
# a newline could pass for another.
find_alike() {
    names=$(find . -xdev -type f ! -path "*$nl*" -printf '%m %s %Ts %p\n' |
        awk 'NR == FNR { wanted[$0]; next } $0 in wanted { sub(/^[^ ]* [^ ]* [^ ]* /, ""); print }' "$1" -)
    [ -n "$names" ]
}

# with_names COMMAND…: with $names behind it. Where a command line has no room for them it takes xargs, a process more.
with_names() {
    [ ${#names} -lt 50000 ] || { printf '%s\n' "$names" | xargs -d '\n' "$@"; return; }
    IFS=$nl
    # shellcheck disable=SC2086 # a name each
    "$@" $names
    unset IFS
}

# hash_names: `SHA256 *name` for each of $names
hash_names() {
    if is_openssl_quicker "${size:-9000000}"; then with_names openssl dgst -sha256 -r; else with_names sha256sum -b; fi
}

# is_openssl_quicker BYTES: it uses what the processor has for hashing, which coreutils may not: a third of the time. But it takes
# longer to begin.
is_openssl_quicker() {
    [ "$1" -gt 2000000 ] && command -v openssl >/dev/null
}

# say_lacking FILE: of what is wanted the sums that are not on standard input; whoever asked may answer then
say_lacking() {
    {
        awk 'NR == FNR { if (length($1) == 64) { sum[NR] = $0; at[$0] = NR } last = NR; next }
            $0 in at { delete sum[at[$0]] }
            END { for (number = 1; number <= last; number++) if (number in sum) print sum[number] }' "$1" - ||
            tail -c "$sums" "$1"
    } 2>/dev/null && printf 'send=yes\n'
}
