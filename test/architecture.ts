// The architecture as a table: what may touch what, each row with its reason. `architecture.test.ts`
// holds every file of the repository against it; `conformance.ts` does the comparing.

/** Something the world can notice, or that makes a function answer differently tomorrow. */
export type Effect = keyof typeof effects

/**
 * How each effect shows itself in a file: by a module it imports, or by a global it uses. A row
 * `module#name` is about one export; it goes before the row of its module, and `*` is all of it.
 */
export const effects = {
  files: { modules: ['node:fs', 'node:fs/promises'], globals: [] },
  network: {
    modules: [
      'node:dgram',
      'node:dns',
      'node:dns/promises',
      'node:http',
      'node:http2',
      'node:https',
      'node:net',
      'node:tls',
      'undici',
      'ws',
    ],
    globals: ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'navigator.sendBeacon'],
  },
  serving: {
    modules: [
      '@fastify/static',
      'fastify',
      'fastify-plugin',
      'node:http#IncomingMessage',
      'node:http#Server',
      'node:http#ServerResponse',
      'node:http#createServer',
      'node:http2#performServerHandshake',
      'node:https#createServer',
      'node:tls#TLSSocket',
    ],
    globals: [],
  },
  sql: { modules: ['pg', 'kysely', '@electric-sql/pglite'], globals: [] },
  processes: {
    modules: ['node:child_process', 'node:cluster', 'node:process'],
    globals: ['process'],
  },
  threads: { modules: ['node:worker_threads'], globals: ['Worker', 'SharedWorker'] },
  timers: {
    modules: ['node:timers', 'node:timers/promises'],
    globals: ['setTimeout', 'setInterval', 'setImmediate', 'AbortSignal.timeout'],
  },
  clock: { modules: ['node:perf_hooks'], globals: ['Date.now', 'new Date', 'performance'] },
  chance: {
    modules: [
      'node:crypto#randomBytes',
      'node:crypto#randomFillSync',
      'node:crypto#randomInt',
      'node:crypto#randomUUID',
      'node:crypto#webcrypto',
      'node:crypto#generateKeyPair',
      'node:crypto#generateKeyPairSync',
      'node:crypto#*',
    ],
    globals: ['Math.random', 'crypto'],
  },
  terminal: {
    modules: ['node:readline', 'node:readline/promises', 'node:tty'],
    globals: ['console'],
  },
  loading: { modules: ['node:module', 'node:vm'], globals: [] },
} as const satisfies Record<
  string,
  { readonly modules: readonly string[]; readonly globals: readonly string[] }
>

type Direction = {
  /** The workspaces it may import. */
  readonly imports: readonly string[]
  /** The libraries it may import, where fewer than its package.json declares. */
  readonly libraries?: readonly string[]
  readonly because: string
}

/** Which package may know which. Types count: whoever knows a type breaks when it changes. */
export const directions: Readonly<Record<string, Direction>> = {
  policy: {
    imports: [],
    libraries: [],
    because: 'the engine runs anywhere and is published alone, so it brings nothing along',
  },
  contract: {
    imports: ['policy'],
    libraries: ['zod', 'node:crypto'],
    because: 'every program and the browser load it, so it must stay light',
  },
  authoring: {
    imports: ['policy'],
    because: 'it turns text into syntax and knows nothing of the domain',
  },
  gateway: {
    imports: ['contract', 'policy'],
    because: 'it must keep deciding when the control plane is gone, so it cannot contain it',
  },
  identity: {
    imports: [],
    because: 'it reads directories anywhere, with a server or without',
  },
  server: {
    imports: ['contract', 'policy', 'authoring'],
    because: 'it meets the other programs only through the contract',
  },
  cli: {
    imports: ['contract', 'policy', 'authoring', 'identity'],
    because: 'it speaks the published API and checks policies offline; programs it only starts',
  },
  console: {
    imports: ['contract'],
    because: 'it is one more client of the published API',
  },
  demo: {
    imports: ['contract', 'policy', 'authoring', 'identity', 'cli'],
    because:
      'it fills the system from outside, as an administrator would, and starts it as `up` does',
  },
  scenarios: {
    imports: ['contract', 'policy', 'authoring', 'gateway', 'server', 'cli', 'demo'],
    because: 'a story may look everywhere',
  },
}

type Permission = { readonly effects: readonly Effect[]; readonly because: string }

/** Names in modules of effects that have none: constants, and questions about a text. */
export const harmlessNames: Readonly<Record<string, readonly string[]>> = {
  'node:fs': ['constants'],
  'node:http': ['METHODS', 'STATUS_CODES'],
  'node:http2': ['constants'],
  'node:net': ['BlockList', 'isIP', 'isIPv4', 'isIPv6'],
  'node:tls': ['createSecureContext'],
}

/** What the suffix of a file permits: `posture.store.ts` has the suffix `store`. */
export const suffixes: Readonly<Record<string, Permission>> = {
  '': {
    effects: [],
    because: 'rules answer the same for the same question, so they can be read and tested alone',
  },
  store: { effects: ['sql'], because: 'SQL lives where it can be found' },
  routes: { effects: ['serving'], because: 'HTTP is translated at one edge' },
  job: { effects: ['timers'], because: 'what runs by itself must be easy to list' },
  client: {
    effects: ['network', 'timers'],
    because: 'a call to another program may hang, so it may also set its deadline',
  },
  file: { effects: ['files'], because: 'what is kept on disk must be easy to list' },
  worker: {
    effects: ['threads', 'processes', 'loading'],
    because: 'it is the entry of a thread and speaks to the thread that started it',
  },
  process: {
    effects: ['processes', 'terminal', 'timers', 'clock', 'files', 'network', 'threads', 'loading'],
    because: 'it is a process or keeps one, and a process is an edge on all its sides',
  },
}

/** The file that wires a program together, and may do everything that takes. Nobody imports it. */
export const wiring = 'main.ts'

type Folder = Permission & { readonly path: string }

/** Folders and files whose whole purpose is an effect, so that the suffix would only repeat it. */
export const folders: readonly Folder[] = [
  {
    path: 'authoring/src/quarantine',
    effects: ['threads', 'timers', 'loading'],
    because: 'it keeps the foreign engine in a thread that it may throw away at any moment',
  },
  {
    path: 'gateway/src/enrolment/key.file.ts',
    effects: ['chance'],
    because: 'a private key is made where it is kept, so that it never travels',
  },
  {
    path: 'gateway/src/feed/live-estate.ts',
    effects: ['timers'],
    because: 'whoever waits for a position of the journal waits only so long',
  },
  {
    path: 'gateway/src/refusal/form-body.ts',
    effects: ['timers'],
    because: 'it waits for the rest of a form, and only so long',
  },
  {
    path: 'gateway/src/streams/',
    effects: ['timers'],
    because: 'it holds connections open, and each has its deadline',
  },
  {
    path: 'gateway/src/tls/own-authority.file.ts',
    effects: ['chance'],
    because: 'private keys are made where they are kept, so that they never travel',
  },
  {
    path: 'gateway/src/upstream/http1/',
    effects: ['timers', 'clock'],
    because: 'a clock that only measures says when a connection has been idle for too long',
  },
  {
    path: 'gateway/src/upstream/',
    effects: ['timers'],
    because: 'it carries bodies of any length, and a stalled one must end',
  },
  {
    path: 'server/src/http/',
    effects: ['serving', 'network', 'files', 'processes'],
    because: 'it is the listener: addresses, a socket file and who holds it',
  },
  {
    path: 'server/src/store/',
    effects: ['sql', 'files', 'threads', 'timers'],
    because: 'it owns the database: its files, its thread and its patience',
  },
]

/** Globals that no file of the product may use, not even the one that wires. */
export const forbiddenGlobals: Readonly<Record<string, string>> = {
  'Math.random':
    '`Math.random` is not for secrets, and nobody can tell which value becomes one; use `node:crypto`',
  eval: '`eval` runs text as code; compile to closures instead',
  Function: '`Function` runs text as code; compile to closures instead',
}

/** Modules longer than this are listed below with their reason. */
export const moduleMaxLines = 320

type LongModule = { readonly path: string; readonly because: string }

export const longModules: readonly LongModule[] = [
  {
    path: 'contract/src/problems.ts',
    because: 'one table of all problems, read from top to bottom and printed as one page',
  },
]

/** Names that say nothing about what is inside. Whole words of a file or folder name. */
export const emptyNames: readonly string[] = [
  'common',
  'handler',
  'handlers',
  'helper',
  'helpers',
  'manager',
  'managers',
  'misc',
  'util',
  'utilities',
  'utils',
]

/** As `emptyNames`, but only when they are the whole name: `shared-signals` is a protocol. */
export const emptyWholeNames: readonly string[] = ['index', 'lib', 'shared']
