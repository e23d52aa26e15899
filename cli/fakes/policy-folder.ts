// A folder of policies, and the command run in it.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { commands } from '#commands'
import { execute } from '#execute'
import type { World } from '#world'
import { testWorld } from './world.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface PolicyFolder extends AsyncDisposable {
  readonly path: string
  /** Runs `countersign policies ...` in the folder. */
  run(...words: string[]): Promise<Ran>
  /** As `run`, in a world that differs. */
  runIn(world: Partial<World>, ...words: string[]): Promise<Ran>
  write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void>
  read(path: string): Promise<string>
}

/** A new folder with these files; gone when disposed of. */
export async function policyFolder(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<PolicyFolder> {
  const path = await mkdtemp(join(tmpdir(), 'countersign-policies-'))
  const folder: PolicyFolder = {
    path,
    run: (...words) => folder.runIn({}, ...words),
    async runIn(given, ...words) {
      const world = testWorld({ ...given, directory: path })
      const code = await execute(['policies', ...words], { version: '0', commands }, world)
      return { code, ...world.written }
    },
    async write(more) {
      for (const [name, text] of Object.entries(more)) {
        await mkdir(dirname(join(path, name)), { recursive: true })
        await writeFile(join(path, name), text)
      }
    },
    read: (name) => readFile(join(path, name), 'utf8'),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
  await folder.write(files)
  return folder
}

/** A small estate: pay, who may see it, and the people of two departments. */
export const payroll = {
  'payroll.cedar': `// Who may see pay.
@id("finance-reads-payroll")
@owner("Finance")
@review("2027-01-31")
permit (
  principal in Group::"finance",
  action == Action::"read",
  resource == App::"payroll"
)
when { context.minutes < 60 && context.device.encrypted };

@id("no-contractors")
@owner("Finance")
@review("2027-01-31")
forbid (
  principal,
  action,
  resource == App::"payroll"
)
when { principal.contractor };
`,
  'app.cedarschema': `entity Group;
entity User in [Group] { contractor: Bool };
entity App;
action read, write appliesTo {
  principal: [User],
  resource: [App],
  context: { minutes: Long, device: { encrypted: Bool } },
};
`,
  'entities.json': `[
  { "uid": { "type": "User", "id": "ann" }, "attrs": { "contractor": false }, "parents": [{ "type": "Group", "id": "finance" }] },
  { "uid": { "type": "User", "id": "bob" }, "attrs": { "contractor": true }, "parents": [{ "type": "Group", "id": "finance" }] },
  { "uid": { "type": "User", "id": "cyd" }, "attrs": { "contractor": false }, "parents": [] },
  { "uid": { "type": "App", "id": "payroll" }, "attrs": {}, "parents": [] }
]
`,
} as const
