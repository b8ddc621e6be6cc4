"""What is inside a base tree: packages, masked units, files and users. A change here makes a new base."""

SUITES = ("bookworm", "trixie")

PACKAGES = (
    "systemd",
    "systemd-sysv",
    "dbus",
    "openssh-server",
    "iproute2",
    "procps",
    "sudo",
    "curl",
    "ca-certificates",
    "python3",
    "gunicorn",
    "nodejs",
    "busybox",
    "zstd",
)

# Timers that would start work of their own under a test, and consoles that a container does not have.
MASKED = (
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "fstrim.timer",
    "console-getty.service",
    "getty.target",
    "systemd-logind.service",
    "systemd-networkd-wait-online.service",
)

# root, two people (with and without sudo) and an account that services run as.
USERS = (
    ("useradd", "--create-home", "--shell", "/bin/bash", "deploy"),
    ("useradd", "--create-home", "--shell", "/bin/bash", "nosudo"),
    ("useradd", "--system", "--shell", "/usr/sbin/nologin", "app"),
)

SSH_USERS = {"root": "/root", "deploy": "/home/deploy", "nosudo": "/home/nosudo"}

# Manual pages and translations are left out: they double the time to unpack.
DPKG_CONFIG = """\
force-unsafe-io
path-exclude=/usr/share/man/*
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/locale/*
"""

# VERBOSE writes a line per login and per execution: tests count them.
SSHD_CONFIG = """\
LogLevel VERBOSE
UseDNS no
PermitRootLogin prohibit-password
PasswordAuthentication no
HostKey /etc/ssh/ssh_host_ed25519_key
"""

JOURNALD_CONFIG = """\
[Journal]
Storage=volatile
RateLimitIntervalSec=0
"""

# path -> (mode, text), before packages are unpacked and after.
FILES_FIRST = {"etc/dpkg/dpkg.cfg.d/fleet": (0o644, DPKG_CONFIG)}
FILES = {
    "etc/sudoers.d/deploy": (0o440, "deploy ALL=(ALL:ALL) NOPASSWD:ALL\n"),
    "etc/ssh/sshd_config.d/50-fleet.conf": (0o644, SSHD_CONFIG),
    "etc/systemd/journald.conf.d/fleet.conf": (0o644, JOURNALD_CONFIG),
    "etc/resolv.conf": (0o644, "# no name server: hosts have no way out\n"),
}

# Made when a package is installed, or by the first boot: each host gets its own.
REMOVED = (
    "etc/machine-id",
    "var/lib/dbus/machine-id",
    "etc/ssh/ssh_host_*",
    "var/cache/apt/archives/*.deb",
    "var/lib/apt/lists/*",
)

# All that decides what is in a base, besides suite and packages.
RECIPE = repr((MASKED, USERS, FILES_FIRST, FILES, REMOVED))
