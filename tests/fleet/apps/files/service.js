// The same service for node; /slow/SECONDS is answered late. On SIGTERM it takes no more, tells kept connections to close, and ends when all are done.
'use strict'
const fs = require('fs')
const http = require('http')
const os = require('os')

const text = (name, otherwise) => fs.existsSync(name) ? fs.readFileSync(name, 'utf8').trim() : otherwise
const release = text('RELEASE', 'none')
const onlyOn = text('ONLY_ON', '').split(/\s+/).filter(Boolean)
let [mode, argument = ''] = text('MODE', 'ok').split(/\s+/)
if (onlyOn.length && !onlyOn.includes(os.hostname())) mode = 'ok'
const began = Date.now()
let stopping = false

const server = http.createServer((request, response) => {
  if (mode === 'hang') return
  const age = (Date.now() - began) / 1000
  let status = 200
  if (mode === 'fail500' || (mode === 'late500' && age >= Number(argument))) status = 500
  if (mode === 'unready' && age < Number(argument)) status = 503
  if (mode === 'redirect') { status = 302; response.setHeader('Location', '/elsewhere') }
  const shown = mode === 'wrong-release' ? argument : release
  const body = JSON.stringify({ release: shown, status: status === 200 ? 'ok' : 'bad', pid: process.pid })
  const slow = /^\/slow\/(\d+)/.exec(request.url)
  if (slow) { setTimeout(() => finish(response, status, shown, body), Number(slow[1]) * 1000); return }
  finish(response, status, shown, body)
})

function finish (response, status, shown, body) {
  if (stopping) response.setHeader('Connection', 'close')
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), 'X-Release': shown })
  response.end(body)
}

process.on('SIGTERM', () => {
  stopping = true
  server.close(() => process.exit(0))
  server.closeIdleConnections()
})

if (mode === 'exit') process.exit(Number(argument || 0))
setTimeout(() => server.listen({ fd: 3 }, () => {
  if (mode === 'exit-after-ready') process.exit(Number(argument || 0))
}), mode === 'slow' ? Number(argument) * 1000 : 0)
