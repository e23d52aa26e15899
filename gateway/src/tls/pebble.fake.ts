// Pebble: a real certificate authority for tests, that asks for proofs where it is told to.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { FakeAuthority } from './authority.fake.ts'

/** Both come with the same package. */
const programs = { authority: 'pebble', names: 'pebble-challtestsrv' } as const

export class Pebble {
  readonly directoryUrl: string
  readonly #programs: readonly ChildProcess[]
  readonly #folder: string
  readonly #managementPort: number
  readonly #believedBefore = getCACertificates('default')

  /** `tlsPort` is where it looks for proofs; every name leads to this machine. */
  static async begin(tlsPort: number): Promise<Pebble> {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-pebble-'))
    const authority = await FakeAuthority.begin('pebble')
    const { chain, key } = await authority.leaf({ hosts: ['localhost'] })
    writeFileSync(join(folder, 'cert.pem'), chain)
    writeFileSync(join(folder, 'key.pem'), key)
    writeFileSync(join(folder, 'authority.pem'), authority.certificate)
    const [port, managementPort, dnsPort, dnsManagementPort] = await Promise.all([
      freePort(),
      freePort(),
      freePort(),
      freePort(),
    ])
    const config = join(folder, 'config.json')
    writeFileSync(
      config,
      JSON.stringify({
        pebble: {
          listenAddress: `127.0.0.1:${port}`,
          managementListenAddress: `127.0.0.1:${managementPort}`,
          certificate: join(folder, 'cert.pem'),
          privateKey: join(folder, 'key.pem'),
          httpPort: 1,
          tlsPort,
          ocspResponderURL: '',
          externalAccountBindingRequired: false,
        },
      }),
    )
    const names = spawn(
      programs.names,
      [
        ['-defaultIPv6', ''],
        ['-http01', ''],
        ['-https01', ''],
        ['-tlsalpn01', ''],
        ['-dns01', `127.0.0.1:${dnsPort}`],
        ['-management', `127.0.0.1:${dnsManagementPort}`],
      ].flat(),
      { stdio: 'ignore' },
    )
    const pebble = spawn(
      programs.authority,
      ['-config', config, '-dnsserver', `127.0.0.1:${dnsPort}`],
      {
        stdio: 'ignore',
        env: { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_AUTHZREUSE: '0' },
      },
    )
    const it = new Pebble(folder, [pebble, names], { port, managementPort })
    setDefaultCACertificates([...it.#believedBefore, authority.certificate])
    await it.#ready()
    return it
  }

  private constructor(
    folder: string,
    programs: readonly ChildProcess[],
    ports: { readonly port: number; readonly managementPort: number },
  ) {
    this.#folder = folder
    this.#programs = programs
    this.#managementPort = ports.managementPort
    this.directoryUrl = `https://localhost:${ports.port}/dir`
  }

  /** Who vouches for its own address, as a file for `NODE_EXTRA_CA_CERTS`. */
  get authorityFile(): string {
    return join(this.#folder, 'authority.pem')
  }

  /** The authority that its certificates lead to, in PEM. */
  async root(): Promise<string> {
    return (await fetch(`https://localhost:${this.#managementPort}/roots/0`)).text()
  }

  async end(): Promise<void> {
    setDefaultCACertificates(this.#believedBefore)
    for (const program of this.#programs) {
      if (program.exitCode !== null) continue
      program.kill('SIGKILL')
      await once(program, 'exit')
    }
    rmSync(this.#folder, { recursive: true })
  }

  async #ready(): Promise<void> {
    for (;;) {
      try {
        await fetch(this.directoryUrl)
        return
      } catch (error) {
        if (this.#programs.some(({ exitCode }) => exitCode !== null)) throw error
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }
}

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP')
  return address.port
}
