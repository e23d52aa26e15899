// Stores for tests: the embedded one in a directory of its own, or a database of a real server.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { silence } from '#log'
import { migrationsDirectory, readMigrations } from './migrate.store.ts'
import { openStore, type Store, type StoreAddress } from './store.ts'

export interface TestStore {
  readonly address: StoreAddress
  /** The store as it is open now. */
  store: Store
  /** Closes it and opens it again. */
  reopen(): Promise<Store>
  /** Closes it and removes its files. */
  remove(): Promise<void>
}

/** A directory that belongs to one test. */
export function newDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'cs-'))
}

export async function embeddedStore(): Promise<TestStore> {
  const directory = await newDirectory()
  await fillWithEmptyStore(directory)
  return open({ kind: 'embedded', directory }, () => rm(directory, { recursive: true }))
}

export function postgresStore(url: string): Promise<TestStore> {
  return open({ kind: 'postgres', url }, async () => {})
}

async function open(address: StoreAddress, clean: () => Promise<void>): Promise<TestStore> {
  const start = () => openStore({ address, log: silence, now: Date.now })
  const opened: TestStore = {
    address,
    store: await start(),
    async reopen() {
      await opened.store.close()
      return (opened.store = await start())
    },
    async remove() {
      await opened.store.close()
      await clean()
    },
  }
  return opened
}

/** Puts the files of an empty store into a directory. Copying takes a tenth of making them. */
export async function fillWithEmptyStore(directory: string): Promise<void> {
  const template = await templatePath()
  if (!existsSync(template)) {
    const making = await newDirectory()
    const store = await openStore({
      address: { kind: 'embedded', directory: making },
      log: silence,
      now: Date.now,
    })
    await store.close()
    // Of two test files that make it at once, one wins, and either will do.
    await rename(making, template).catch(() => rm(making, { recursive: true }))
  }
  await cp(template, directory, { recursive: true })
}

async function templatePath(): Promise<string> {
  const lock = await readFile(new URL('../../../package-lock.json', import.meta.url), 'utf8')
  const migrations = await readMigrations(migrationsDirectory)
  const digest = createHash('sha256')
    .update(lock)
    .update(JSON.stringify(migrations))
    .digest('hex')
    .slice(0, 16)
  return join(tmpdir(), `countersign-empty-store-${userInfo().uid}-${digest}`)
}
