// A web service on the socket that systemd passes, Node.js 18 or newer, no packages.
'use strict';

const { execFile } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');

const PASSED = 3; // the first descriptor that systemd passes
// sockdeploy writes the release's id beside the program; read once, it says what this process runs.
const RELEASE = fs.existsSync('RELEASE') ? fs.readFileSync('RELEASE', 'utf8').trim() : 'unknown';

let draining = false;

const answers = {
  '/': [200, 'text/plain; charset=utf-8', `hello from release ${RELEASE}\n`],
  '/healthz': [200, 'application/json', JSON.stringify({ release: RELEASE })],
};
const unknown = [404, 'text/plain; charset=utf-8', 'there is only / and /healthz\n'];

const server = http.createServer((request, response) => {
  const [status, type, body] = answers[request.url] ?? unknown;
  const headers = { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) };
  // The next request of this client belongs to the next process.
  if (draining) headers.Connection = 'close';
  response.writeHead(status, headers).end(body);
});

// Finish what was accepted; what still waits in the socket's queue is for the next process.
process.on('SIGTERM', () => {
  draining = true;
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});

if (process.env.LISTEN_PID !== String(process.pid)) {
  console.error('no socket was passed: start me from hello-node.socket, or with systemd-socket-activate');
  process.exit(1);
}
// Listening again sets the queue's length for everybody who shares it: Node.js would make it 511.
server.listen({ fd: PASSED, backlog: 4096 }, () => {
  if (process.env.NOTIFY_SOCKET) execFile('systemd-notify', ['--ready'], (error) => error && console.error(error.message));
});
