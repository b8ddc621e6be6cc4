"""sockdeploy: rolling releases to plain Linux hosts behind systemd sockets."""
