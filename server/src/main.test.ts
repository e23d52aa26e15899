import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs'
import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { ImportLine } from '@countersign/contract/api/automation'
import { controlSocketName } from '#http/listen'
import { verifyJournal } from '#journal/journal.store'
import { silence } from '#log'
import { fillWithEmptyStore, newDirectory } from '#store/stores.fake'
import { openStore } from '#store/store'
import { ServerProcess } from './main.fake.ts'

const withoutSmallDisk = smallDiskMissing()

let dataDir: string
beforeEach(async () => {
  dataDir = await newDirectory()
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

const person = (id: string): ImportLine => ({
  kind: 'person',
  document: { id, name: `Person ${id}`, class: 'employee', active: true, groups: [] },
})

/** About 8 KiB. */
const large = (id: string): ImportLine => ({
  kind: 'person',
  document: {
    id,
    name: id,
    title: id.padEnd(2_000, id),
    department: id.padEnd(2_000, id),
    class: 'employee',
    active: true,
    groups: Array.from({ length: 30 }, (_, index) => `${id}-${index}`.padEnd(120, 'x')),
  },
})

/** Runs the program where it cannot start; gives what it says. */
async function refusal(environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const { code, stderr, stdout } = await new ServerProcess(dataDir, environment).ended
  assert.equal(code, 2, stderr || stdout)
  const lines = stderr.trimEnd().split('\n')
  assert.equal(lines.length, 1, stderr)
  return (lines[0] ?? '').replace(/^countersign server: /, '')
}

async function listening(): Promise<{ port: number; close: () => void }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    close: () => server.close(),
  }
}

describe('a server that cannot start says what to do next, in one line, and exits with 2', () => {
  test('where a setting is unknown', async () => {
    assert.match(
      await refusal({ COUNTERSIGN_PUBLIC_ULR: 'x' }),
      /unknown setting `COUNTERSIGN_PUBLIC_ULR`: remove it/,
    )
  })

  test('where a setting is wrong, without repeating a secret', async () => {
    assert.match(
      await refusal({ COUNTERSIGN_SERVER_LISTEN: 'here' }),
      /`COUNTERSIGN_SERVER_LISTEN` is `here`, expected `host:port`: correct it/,
    )
    const message = await refusal({ DATABASE_URL: 'mysql://ada:hunter2@x/y' })
    assert.match(message, /^DATABASE_URL is not a URL of the form/)
    assert.doesNotMatch(message, /hunter2/)
  })

  test('where its port is taken', async () => {
    const { port, close } = await listening()
    const listen = `127.0.0.1:${port}`
    const message = await refusal({ COUNTERSIGN_SERVER_LISTEN: listen })
    assert.equal(
      message,
      `\`${listen}\` is taken by another program: stop it, or set COUNTERSIGN_SERVER_LISTEN to a free port`,
    )
    close()
  })

  test('where its address is not of this machine', async () => {
    assert.match(
      await refusal({ COUNTERSIGN_SERVER_LISTEN: '192.0.2.1:7401' }),
      /cannot listen on `192\.0\.2\.1:7401` \(EADDRNOTAVAIL\): set/,
    )
  })

  test('where a file stands in the place of its data directory', async () => {
    const path = join(dataDir, 'file')
    await writeFile(path, '')
    assert.match(
      await refusal({ COUNTERSIGN_DATA_DIR: path }),
      /`.*file` is not a directory: move it away/,
    )
  })

  test('where its data directory has a path too long for a socket', async () => {
    const path = join(dataDir, 'x'.repeat(100))
    assert.match(
      await refusal({ COUNTERSIGN_DATA_DIR: path }),
      /is too long for a socket: set COUNTERSIGN_DATA_DIR/,
    )
  })

  test('where PostgreSQL does not answer', async () => {
    assert.match(
      await refusal({ DATABASE_URL: 'postgres://127.0.0.1:9/x' }),
      /^PostgreSQL at `127\.0\.0\.1:9\/x` does not answer .*: start it, or correct DATABASE_URL$/,
    )
  })

  test('where a migration was changed after it had been applied', async () => {
    const directory = join(dataDir, 'store')
    await fillWithEmptyStore(directory)
    const store = await openStore({
      address: { kind: 'embedded', directory },
      log: silence,
      now: Date.now,
    })
    await store.db
      .updateTable('migrations')
      .set({ digest: '0'.repeat(64) })
      .where('number', '=', 1)
      .execute()
    await store.close()
    assert.match(
      await refusal(),
      /^migration `1_foundations` was changed after it had been applied/,
    )
  })

  test('where the master key of its store is missing', async () => {
    const server = await ServerProcess.ready(dataDir)
    await server.kill('SIGTERM')
    await rm(join(dataDir, 'master.key'))
    assert.match(
      await refusal(),
      /master key `.*master\.key` is missing: restore it from your backup$/,
    )
  })

  test('where another server has the store', async () => {
    const server = await ServerProcess.ready(dataDir)
    assert.equal(
      await refusal(),
      `the store in \`${dataDir}\` is in use by process ${server.pid}: stop that server first, or set COUNTERSIGN_DATA_DIR to another directory`,
    )
    // The first one was not disturbed.
    assert.equal((await server.ask('GET', '/readyz')).status, 200)
    await server.kill('SIGTERM')
  })

  // Root may read and write everything, except on a disk that is mounted for reading alone.
  const asRoot = process.getuid?.() === 0
  test(
    'where its data directory is closed to it',
    { skip: asRoot && withoutSmallDisk },
    async () => {
      const path = join(dataDir, 'closed')
      await mkdir(path, { mode: 0o500 })
      if (asRoot) mount(path, '1m', 'ro')
      try {
        assert.match(
          await refusal({ COUNTERSIGN_DATA_DIR: asRoot ? path : join(path, 'inner') }),
          /cannot be read and written: give this user the directory/,
        )
      } finally {
        if (asRoot) execFileSync('/bin/umount', [path])
      }
    },
  )

  test(
    'where the disk is full, and starts once it is not',
    { skip: withoutSmallDisk },
    async () => {
      mount(dataDir, '8m')
      try {
        assert.match(await refusal(), diskFull)
        mount(dataDir, '200m', 'remount')
        const server = new ServerProcess(dataDir)
        await server.ready()
        assert.equal((await server.import([person('ada')])).status, 200)
        await server.kill('SIGTERM')
      } finally {
        execFileSync('/bin/umount', [dataDir])
      }
    },
  )
})

describe('a running server', () => {
  test('keeps its directory, key and socket to this user', async () => {
    const server = await ServerProcess.ready(dataDir)
    const modes = await Promise.all(
      ['.', 'master.key', controlSocketName].map(
        async (name) => (await stat(join(dataDir, name))).mode & 0o777,
      ),
    )
    assert.deepEqual(modes, [0o700, 0o600, 0o600])
    await server.kill('SIGTERM')
  })

  test('stops on SIGTERM and on SIGINT, and leaves no socket behind', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const server = await ServerProcess.ready(dataDir)
      const { code, stdout } = await server.kill(signal)
      assert.equal(code, 0)
      assert.match(stdout, /the server has stopped/)
      assert.equal(existsSync(join(dataDir, controlSocketName)), false)
    }
  })

  test('answers what is under way before it stops', async () => {
    const server = await ServerProcess.ready(dataDir)
    const lines = Array.from({ length: 2_000 }, (_, index) => person(`p${index}`))
    const answer = server.import(lines)
    // The request is on its way before the signal is, on a connection that is already open.
    await server.ask('GET', '/healthz')
    const ended = server.kill('SIGTERM')
    assert.equal((await answer).status, 200)
    assert.equal((await ended).code, 0)
  })

  test(
    'whose disk fills up says so, and loses nothing it had acknowledged',
    { skip: withoutSmallDisk },
    async () => {
      mount(dataDir, '72m')
      try {
        const server = await ServerProcess.ready(dataDir)
        const acknowledged: string[] = []
        for (let round = 0; ; round++) {
          const ids = Array.from({ length: 400 }, (_, index) => `r${round}-${index}`)
          const answer = await server.import(ids.map(large)).catch(() => undefined)
          if (answer?.status !== 200) {
            assert.ok(answer === undefined || answer.status === 503, JSON.stringify(answer?.json))
            break
          }
          acknowledged.push(...ids)
        }
        // Either the database said so and goes on, or it had to stop; then the program names the reason.
        const answers = await server.ask('GET', '/healthz').then(
          () => true,
          () => false,
        )
        const { code, stderr } = await (answers ? server.kill('SIGTERM') : server.ended)
        if (!answers) assert.equal(code, 2, stderr)
        if (!answers) assert.match(stderr.trimEnd(), diskFull)

        mount(dataDir, '400m', 'remount')
        const again = await ServerProcess.ready(dataDir)
        const missing = new Set(acknowledged).difference(new Set(await again.people()))
        assert.deepEqual(missing, new Set())
        await again.kill('SIGTERM')
      } finally {
        execFileSync('/bin/umount', [dataDir])
      }
    },
  )

  test('that was killed at any moment has lost nothing it had acknowledged', async () => {
    const acknowledged: string[] = []
    const rounds = 4
    for (let round = 0; round < rounds; round++) {
      // A dead server's socket file is in the way each time but the first.
      const server = await ServerProcess.ready(dataDir)
      assert.deepEqual(new Set(acknowledged).difference(new Set(await server.people())), new Set())
      const writing = (async () => {
        for (let index = 0; ; index++) {
          const id = `r${round}-${index}`
          const answer = await server.import([person(id)]).catch(() => undefined)
          if (answer?.status !== 200) return
          acknowledged.push(id)
          if (index === 5 + 3 * round) {
            // In the middle of whatever the next writes are doing.
            for (let more = 0; more < 3; more++)
              void server.import([person(`${id}-${more}`)]).catch(() => {})
            void server.kill('SIGKILL')
          }
        }
      })()
      await writing
      assert.equal((await server.ended).signal, 'SIGKILL')
    }
    const store = await openStore({
      address: { kind: 'embedded', directory: join(dataDir, 'store') },
      log: silence,
      now: Date.now,
    })
    assert.ok(acknowledged.length >= 24)
    assert.equal(await verifyJournal(store.db), undefined)
    const rows = await store.db
      .selectFrom('documents')
      .select('id')
      .where('kind', '=', 'person')
      .execute()
    assert.deepEqual(new Set(acknowledged).difference(new Set(rows.map(({ id }) => id))), new Set())
    await store.close()
  })
})

const diskFull = /the disk that holds `.*` is full: free some space and start again$/

function mount(directory: string, size: string, ...options: readonly string[]): void {
  const settings = [`size=${size}`, ...options].join(',')
  execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', settings, 'tmpfs', directory])
}

/** A disk small enough to fill takes the right to mount one. */
function smallDiskMissing(): false | string {
  const reason = 'needs root on Linux, to mount a small disk'
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return reason
  const probe = mkdtempSync(join(tmpdir(), 'cs-'))
  try {
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe], {
      stdio: 'ignore',
    })
    execFileSync('/bin/umount', [probe])
    return false
  } catch {
    return reason
  } finally {
    rmdirSync(probe)
  }
}
