"""What runs on a host: the acts of the host program, how they are called, and what their answers mean. No I/O here.

program = load_program()
act = Inspect(service="myapp", root="/srv/myapp", ...)
sent = call(act, program, token=token, sudo=True)
outcome = answer(act, transport.run(sent.command, stdin=sent.stdin, timeout=30), token)   # Inspection | Failure
"""
