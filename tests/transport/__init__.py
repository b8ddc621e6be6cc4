"""The transport: plain values first, then a real sshd on loopback."""
