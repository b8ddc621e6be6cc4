# What a host can tell: its history, and the evidence of a failure.

act_history() {
    [ ! -f "$state/history" ] || say history "$(tail -n "$limit" "$state/history" | base64 -w 0)"
    succeed
}

# Connections that came from port $peer (four hex digits), wherever the kernel put them.
act_accepted() {
    say_lines accepted "$(grep -i -F -e ":$peer 01 " /proc/net/tcp /proc/net/tcp6 2>/dev/null)"
    succeed
}

act_evidence() {
    journalctl --sync 2>/dev/null || :
    look
    say_look after
    say_journal "${since:-0}" "$lines"
    succeed
}
