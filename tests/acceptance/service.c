/* The test service as a compiled program: answers every request on the socket that systemd passes with the id in RELEASE.
 * One request at a time. SIGTERM is let in only while it waits, so what was accepted is answered; what still waits in the
 * socket's queue is for the next process. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { LISTENER = 3, PATIENCE = 5 };

static volatile sig_atomic_t stopping;

static void stop(int number) { (void)number, stopping = 1; }

/* Read a request's head; 0 when none came. */
static int asked(int connection)
{
	static char head[8192];
	size_t held = 0;
	while (held < sizeof head - 1) {
		ssize_t got = read(connection, head + held, sizeof head - 1 - held);
		if (got <= 0)
			return 0;
		held += (size_t)got;
		head[held] = 0;
		if (strstr(head, "\r\n\r\n"))
			return 1;
	}
	return 0;
}

static void serve(int connection, const char *release)
{
	const struct timeval patience = {.tv_sec = PATIENCE};
	char body[256], answer[512];
	setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (asked(connection)) {
		snprintf(body, sizeof body, "{\"release\": \"%s\", \"status\": \"ok\", \"pid\": %d}", release, (int)getpid());
		int size = snprintf(answer, sizeof answer,
			"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Release: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
			release, strlen(body), body);
		if (write(connection, answer, (size_t)size) < 0)
			perror("write");
	}
	close(connection);
}

int main(void)
{
	char release[128] = "none";
	sigset_t held, open;
	FILE *file = fopen("RELEASE", "r");
	if (file && fgets(release, sizeof release, file))
		release[strcspn(release, "\n")] = 0;
	sigemptyset(&open);
	held = open;
	sigaddset(&held, SIGTERM);
	sigprocmask(SIG_BLOCK, &held, NULL);
	sigaction(SIGTERM, &(struct sigaction){.sa_handler = stop}, NULL);
	fcntl(LISTENER, F_SETFL, fcntl(LISTENER, F_GETFL) | O_NONBLOCK);
	while (!stopping) {
		struct pollfd listener = {.fd = LISTENER, .events = POLLIN};
		if (ppoll(&listener, 1, NULL, &open) != 1)
			continue;
		int connection = accept4(LISTENER, NULL, NULL, SOCK_CLOEXEC);
		if (connection >= 0)
			serve(connection, release);
	}
	return 0;
}
