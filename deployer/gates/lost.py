"""Which listener was lost, where a service has several, and what it means that one is exchanged."""

EXCHANGED = "in between the port was closed, and what waited in the queue was reset"


def which_lost(before: str, now: str, addresses: tuple[str, ...]) -> str:
    """Name the addresses whose inode is another one, in brackets after a space; "" when there is only one address.

    Inodes are joined by commas, in the order of the addresses.
    """
    were, are = before.split(","), now.split(",")
    if len(addresses) < 2 or not len(were) == len(are) == len(addresses):
        return ""
    other = [at for at, was, is_now in zip(addresses, were, are, strict=True) if was != is_now]
    return f" ({', '.join(other)})" if other else ""
