// Real servers, each telling how it understands the requests on a connection.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '#tls/pebble.fake'
import { addressOf } from '#serving.process'
import { readAnswers } from './reader.fake.ts'

export const readerNames = ['node', 'nginx', 'caddy', 'haproxy'] as const
export type ReaderName = (typeof readerNames)[number]

/** The bytes of one request as they were forwarded, and what it is. */
export interface Forwarded {
  readonly bytes: string
  readonly method: string
  readonly target: string
}

export interface Reader {
  readonly port: number
  readonly stop: () => Promise<void>
}

const readHeader = 'x-read'

interface Program {
  readonly command: string
  readonly words: (directory: string) => readonly string[]
  readonly file: string
  readonly config: (port: number, directory: string) => string
}

const programs: Readonly<Record<Exclude<ReaderName, 'node'>, Program>> = {
  nginx: {
    command: 'nginx',
    words: (directory) => ['-e', 'stderr', '-p', directory, '-c', join(directory, 'nginx.conf')],
    file: 'nginx.conf',
    config: (port, directory) => {
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (name) => `${name}_temp_path ${directory}/${name};`,
      )
      return `daemon off; master_process off; pid ${directory}/nginx.pid; error_log stderr;
events {} http { access_log off; ${temporary.join(' ')} keepalive_requests 100000;
large_client_header_buffers 8 64k; server { listen 127.0.0.1:${port};
location / { add_header ${readHeader} "$request_method $request_uri" always; return 200 ok; } } }`
    },
  },
  caddy: {
    command: 'caddy',
    words: (directory) => [
      'run',
      '--config',
      join(directory, 'Caddyfile'),
      '--adapter',
      'caddyfile',
    ],
    file: 'Caddyfile',
    config: (port) => `{
	admin off
	auto_https off
}
:${port} {
	bind 127.0.0.1
	header ${readHeader} "{http.request.method} {http.request.orig_uri}"
	respond ok 200
}
`,
  },
  haproxy: {
    command: 'haproxy',
    words: (directory) => ['-db', '-f', join(directory, 'haproxy.cfg')],
    file: 'haproxy.cfg',
    config: (port) => `defaults
  mode http
  timeout client 5s
  timeout connect 5s
  timeout server 5s
frontend all
  bind 127.0.0.1:${port}
  http-request wait-for-body time 1s
  http-request return status 200 content-type text/plain string ok hdr ${readHeader} "%[method] %[pathq]"
`,
  },
}

/** Starts a server that accepts connections on loopback. */
export async function startReader(name: ReaderName): Promise<Reader> {
  if (name === 'node') return startNode()
  const { command, words, file, config } = programs[name]
  const directory = fs.mkdtempSync(join(tmpdir(), 'countersign-reader-'))
  const port = await freePort()
  fs.writeFileSync(join(directory, file), config(port, directory))
  const child = spawn(command, words(directory), {
    env: {
      PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
      HOME: directory,
      XDG_DATA_HOME: directory,
      XDG_CONFIG_HOME: directory,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const lines: string[] = []
  child.stderr.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
  const ended = once(child, 'close')
  while ((await answersTo(port, probe)) === '') {
    if (child.exitCode !== null) throw new Error(`${name} did not start: ${lines.join('')}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    port,
    async stop() {
      child.kill('SIGKILL')
      await ended
      fs.rmSync(directory, { recursive: true })
    },
  }
}

async function startNode(): Promise<Reader> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.setHeader(readHeader, `${request.method} ${request.url}`)
      response.end('ok')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: addressOf(server).port,
    async stop() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

export interface Reading {
  /** Requests that the server took for other ones than they are. */
  readonly misread: readonly { readonly sent: Forwarded; readonly read: string }[]
  /** Requests that it refused, or behind which it closed the connection. */
  readonly refused: readonly Forwarded[]
}

/** Sends requests behind each other on one connection, and again those behind a refusal. */
export async function readingOf(port: number, requests: readonly Forwarded[]): Promise<Reading> {
  const misread: { sent: Forwarded; read: string }[] = []
  const refused: Forwarded[] = []
  let left = requests
  while (left.length > 0) {
    const text = await answersTo(port, left.map(({ bytes }) => bytes).join('') + probe)
    const answers =
      readAnswers(
        text,
        left.map(({ method }) => method),
      ) ?? []
    const reads = answers.map(({ headers }) => headers.get(readHeader))
    let count = 0
    for (const [index, sent] of left.entries()) {
      const read = reads[index]
      if (read === undefined) {
        refused.push(sent)
        count = index + 1
        break
      }
      if (read !== `${sent.method} ${sent.target}`) misread.push({ sent, read })
      count = index + 1
    }
    if (
      count === left.length &&
      reads.length > left.length &&
      reads[left.length] !== 'GET /probe'
    ) {
      misread.push({ sent: left.at(-1) ?? endOf, read: reads[left.length] ?? 'nothing' })
    }
    left = left.slice(count)
  }
  return { misread, refused }
}

const probe = 'GET /probe HTTP/1.1\r\nHost: open.localhost\r\nConnection: close\r\n\r\n'
const endOf: Forwarded = { bytes: probe, method: 'GET', target: '/probe' }

/** Everything that comes back until the server closes the connection; nothing where none listens. */
async function answersTo(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const parts: Buffer[] = []
  socket.on('data', (part: Buffer) => parts.push(part))
  socket.on('error', () => {})
  socket.setTimeout(3_000, () => socket.destroy())
  socket.write(Buffer.from(bytes, 'latin1'))
  await new Promise((resolve) => socket.once('close', resolve))
  return Buffer.concat(parts).toString('latin1')
}
