# The way in: an act and its arguments.

main() {
    act=${1-}
    case $act in
        inspect | observe | stage | compare | unstage | activate | confirm | revert | hold | unhold | second | peek | dismiss | accepts | prune | mend | accepted | history | evidence) shift ;;
        *) printf 'sockdeploy: no such act: %s\n' "$act" >&2 && exit 2 ;;
    esac
    _find_token "$@"
    begin_answer
    read_arguments "$@"
    case $act in stage | unstage | activate | confirm | revert | hold | unhold | second | dismiss | prune | mend) take_turn ;; esac
    "act_$act"
}

# Without a token nobody could tell the answer from noise.
_find_token() {
    for _word; do
        case $_word in token=*) token=${_word#token=} ;; esac
    done
    case $token in '' | *[!A-Za-z0-9]*) printf 'sockdeploy: no token\n' >&2 && exit 2 ;; esac
}

main "$@"
