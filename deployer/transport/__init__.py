"""The door to a host: commands, streams and forwarded connections over one connection per host.

`base` is all that the rest of the program knows. fabric is imported by `link` alone, paramiko by `link`, `wire`,
`keys`, `execution`, `channels`, `ssh` and `ssh_config`; the other modules know neither.
"""
