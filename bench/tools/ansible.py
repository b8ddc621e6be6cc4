"""Ansible, tuned (pipelining, 20 forks, persistent connections, no facts): modules, or one script."""

from dataclasses import dataclass

from bench.tools.base import FILES, Stage, packing
from bench.venv import program


@dataclass(frozen=True, slots=True)
class Ansible:
    """An Ansible playbook: the file of `FILES`, and what to call it."""

    name: str = "Ansible"
    file: str = "ansible_deploy.yml"

    def prepare(self, stage: Stage) -> None:
        """Write inventory and settings."""
        python = "ansible_python_interpreter=/usr/bin/python3"
        become = "ansible_become=yes" if stage.user != "root" else ""
        lines = [f"{host.name} ansible_user={stage.user} {python} {become}\n" for host in stage.hosts]
        (stage.folder / "inventory.ini").write_text("".join(lines))
        defaults = f"[defaults]\nforks = {len(stage.hosts)}\ngathering = explicit\n"
        (stage.folder / "ansible.cfg").write_text(f"{defaults}[ssh_connection]\npipelining = True\n")

    def command(self, stage: Stage, release: str) -> tuple[list[str], dict[str, str]]:
        """Run the playbook. Connections persist within a deploy, not from one to the next."""
        ssh = f"-F {stage.fleet.ssh_config} -o KexAlgorithms=curve25519-sha256"
        ssh += " -o ControlMaster=auto -o ControlPersist=30s"
        environment = {
            **stage.variables, "RELEASE": release, "LC_ALL": "C.UTF-8", "ANSIBLE_SSH_ARGS": ssh,
            "ANSIBLE_CONFIG": str(stage.folder / "ansible.cfg"),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(stage.folder / f"ssh-{release}"),
        }  # fmt: skip
        words = ["-i", str(stage.folder / "inventory.ini"), str(FILES / self.file)]
        return packing(program("ansible-playbook"), *words), environment
