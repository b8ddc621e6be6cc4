# What a host can tell: its history, and the evidence of a failure.

act_history() {
    [ ! -f "$state/history" ] || say history "$(tail -n "$limit" "$state/history" | base64 -w 0)"
    succeed
}

act_evidence() {
    journalctl --sync 2>/dev/null || :
    look
    say_look after
    say_journal "${since:-0}" "$lines"
    succeed
}
