# ask: one HTTP question from this host, by curl, while the watch goes on. Header values may be secret: never in an argument.

# ask NUMBER LIMIT URL [header=…]… [most=BYTES] [ca=NAME] [to=HOST:PORT]: `to` is where the URL's name is looked for, NAME
# the authorities to trust, as `trust` has put them down
ask() {
    trap - EXIT INT
    drop_lock
    trap 'kill "$curl" 2>/dev/null; exit 0' TERM
    number=$1 limit=$2
    case $number$limit in *[!A-Za-z0-9.]*) exit 0 ;; esac
    decode "$3" && url=$decoded || exit 0
    shift 3
    headers='' most=65536 ca='' to=''
    for _word; do
        case $_word in
            most=*[!0-9]*) exit 0 ;;
            most=*) most=${_word#most=} ;;
            ca=*[!A-Za-z0-9=]*) exit 0 ;;
            ca=*) ca=$run/${_word#ca=}.pem ;;
            to=*) decode "${_word#to=}" && to=$decoded ;;
            *) decode "${_word#header=}" && headers=$headers$decoded$nl ;;
        esac
    done
    _split_unix
    _curl
    _say_parts
    set +f
    rm -f "$run/$number".*
}

# trust NAME BASE64: keeps authorities that curl is to trust
trust() {
    case $1 in *[!A-Za-z0-9]*) return 0 ;; esac
    printf '%s' "$2" | base64 -d >"$run/$1.pem" 2>/dev/null
}

# unix:/path.sock:/healthz is a path and an URL
_split_unix() {
    unix=''
    case $url in unix:*) ;; *) return 0 ;; esac
    unix=${url#unix:}
    url=http://localhost${unix#*:}
    unix=${unix%%:*}
}

_curl() {
    # Twice what is kept, in blocks of 512 bytes: a body without end must not fill the memory that /run is.
    ulimit -f $((most / 256))
    trap '' XFSZ
    printf '%s' "$headers" | curl -q -s -S -g -A sockdeploy --noproxy '*' --proto =http,https -m "$limit" ${unix:+--unix-socket "$unix"} \
        ${ca:+--cacert "$ca"} ${to:+--connect-to "::$to"} \
        -H @- -D "$run/$number.head" -o "$run/$number.body" -w '%{http_code} %{time_total} %{ssl_verify_result}' "$url" >"$run/$number.stat" 2>"$run/$number.error" &
    curl=$!
    wait "$curl"
    curl_exit=$?
}

_say_parts() {
    status=0 took=0 verify=0
    read -r status took verify <"$run/$number.stat" 2>/dev/null
    # 23: the size limit ended the transfer; what came before is an answer all the same.
    [ "$curl_exit" -ne 23 ] || [ ! -s "$run/$number.body" ] || curl_exit=0
    for _part in head body; do
        [ ! -s "$run/$number.$_part" ] || _pieces "$_part"
    done
    first_line "$run/$number.error"
    encode_word "$line"
    printf 'answer id=%s exit=%s status=%s seconds=%s verify=%s error=%s\n' "$number" "$curl_exit" "${status#00}" "$took" "$verify" "$encoded"
}

# Lines of at most 4096 bytes reach the reader whole, whoever else prints meanwhile.
_pieces() {
    head -c "$most" "$run/$number.$1" | base64 -w 3000 | while read -r _piece || [ -n "$_piece" ]; do
        printf 'part id=%s of=%s data=%s\n' "$number" "$1" "$_piece"
    done
}
