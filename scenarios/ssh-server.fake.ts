// A real OpenSSH server on a port of loopback, with keys of its own, and a client that trusts it.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

export interface SshServer extends AsyncDisposable {
  readonly port: number
  /** The arguments with which `ssh` reaches it through this command, up to the words to run. */
  clientArguments(host: string, proxyCommand: string): readonly string[]
}

const run = promisify(execFile)
/** Servers lie where not every user looks, and `sshd` wants its own path. */
const path = `${process.env['PATH'] ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`

export async function startSshServer(): Promise<SshServer> {
  const directory = await mkdtemp(join(tmpdir(), 'countersign-ssh-'))
  const at = (name: string): string => join(directory, name)
  for (const name of ['host', 'user']) {
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', at(name)])
  }
  await run('cp', [at('user.pub'), at('authorized')])
  await chmod(at('authorized'), 0o600)
  await makePrivilegeSeparationDirectory()
  const port = await freePort()
  await writeFile(
    at('config'),
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${at('host')}`,
      `AuthorizedKeysFile ${at('authorized')}`,
      'PidFile none',
      'UsePAM no',
      'StrictModes no',
      'PasswordAuthentication no',
      'PermitRootLogin yes',
      'PrintMotd no',
      '',
    ].join('\n'),
  )
  const { stdout: sshd } = await run('which', ['sshd'], { env: { ...process.env, PATH: path } })
  const server = spawn(sshd.trim(), ['-D', '-e', '-f', at('config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  await new Promise<void>((resolve, reject) => {
    server.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('Server listening')) resolve()
    })
    server.once('exit', () => reject(new Error(`sshd did not start: ${said}`)))
  })
  return {
    port,
    clientArguments: (host, proxyCommand) => [
      '-F',
      'none',
      '-o',
      `ProxyCommand=${proxyCommand}`,
      '-o',
      `IdentityFile=${at('user')}`,
      '-o',
      'IdentitiesOnly=yes',
      '-o',
      'StrictHostKeyChecking=accept-new',
      '-o',
      `UserKnownHostsFile=${at('known')}`,
      '-o',
      'BatchMode=yes',
      '-p',
      String(port),
      `${userInfo().username}@${host}`,
    ],
    async [Symbol.asyncDispose]() {
      if (server.exitCode === null && server.signalCode === null) {
        server.kill()
        await once(server, 'exit')
      }
      await rm(directory, { recursive: true })
    },
  }
}

// Where it runs as root, OpenSSH wants an empty directory that its package makes at boot. It stays:
// each connection goes through it, also those of another test file at the same moment.
async function makePrivilegeSeparationDirectory(): Promise<void> {
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
