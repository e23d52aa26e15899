// The embedded database computes on the thread that calls it, so it has a thread of its own and
// the server's event loop stays free. One question, one answer, in order.
import { fsyncSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import type { EmbeddedReply, EmbeddedRequest } from './embedded.store.ts'

const port = parentPort
if (!port) throw new Error('this file is the body of a worker; open the store instead')

// Without `-F`, which PGlite sets, so that a commit waits for the disk.
const startParameters = PGlite.defaultStartParams.filter((parameter) => parameter !== '-F')
const int8 = 20

const { directory } = workerData as { readonly directory: string }
let database: PGlite | undefined

try {
  database = await PGlite.create(directory, {
    startParams: startParameters,
    parsers: { [int8]: Number },
  })
  waitForTheDisk(database)
  port.postMessage({ kind: 'opened' } satisfies EmbeddedReply)
} catch (error) {
  port.postMessage({ kind: 'unusable', ...fieldsOf(error) } satisfies EmbeddedReply)
}

port.on('message', (request: EmbeddedRequest) => {
  void answer(request).then((reply) => port.postMessage(reply))
})

async function answer(request: EmbeddedRequest): Promise<EmbeddedReply> {
  const { call } = request
  try {
    if (!database) throw new Error('the embedded database did not open')
    if (request.kind === 'close') {
      await database.close()
      return { kind: 'answered', call, rows: [], affected: 0 }
    }
    const { sql, parameters } = request
    // Several statements in one text need the simple protocol, which has no parameters.
    const result =
      parameters.length === 0
        ? (await database.exec(sql)).at(-1)
        : await database.query(sql, [...parameters])
    return {
      kind: 'answered',
      call,
      rows: result?.rows ?? [],
      affected: result?.affectedRows ?? 0,
    }
  } catch (error) {
    return { kind: 'refused', call, ...fieldsOf(error) }
  }
}

// Emscripten's file system on Node has no `fsync` of its own: what PostgreSQL believes to be on
// the disk would only be in the kernel's memory, and a power cut could take it.
function waitForTheDisk(opened: PGlite): void {
  const files = opened.Module.NODEFS as object as { readonly stream_ops?: Record<string, unknown> }
  const operations = files.stream_ops
  if (!operations) throw new Error('the embedded database has no files to wait for')
  operations['fsync'] = (stream: { readonly nfd: number }) => {
    fsyncSync(stream.nfd)
    return 0
  }
}

function fieldsOf(error: unknown): {
  readonly message: string
  readonly code: string | undefined
  readonly constraint: string | undefined
} {
  const message = error instanceof Error ? error.message : String(error)
  const { code, constraint } = Object(error) as { code?: unknown; constraint?: unknown }
  return {
    message,
    code: typeof code === 'string' ? code : undefined,
    constraint: typeof constraint === 'string' ? constraint : undefined,
  }
}
