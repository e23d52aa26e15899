// Writes the generated organisation to files, for whoever wants to look at it or feed it elsewhere:
//   node demo/src/write/main.ts <folder> [--seed <text>] [--now <ISO 8601 time>]
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { generateOrganisation } from '#organisation/organisation'
import { demoSeed } from '#organisation/departments'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string', default: demoSeed }, now: { type: 'string' } },
})
const [folder] = positionals
const now = values.now === undefined ? Date.now() : Date.parse(values.now)
if (folder === undefined || positionals.length > 1 || Number.isNaN(now)) {
  console.error(
    'usage: node demo/src/write/main.ts <folder> [--seed <text>] [--now <ISO 8601 time>]',
  )
  process.exit(2)
}

const { documents, directory, personnel, groundTruth } = generateOrganisation({
  seed: values.seed,
  now,
})
const { accounts, groups, applications, baselines, domain } = directory
await mkdir(folder, { recursive: true })
await Promise.all([
  write('organisation.ndjson', ndjson(documents)),
  write(
    'directory.ndjson',
    ndjson([
      { kind: 'domain', domain, at: now },
      ...groups.map((group) => ({ kind: 'group', group })),
      ...baselines.map((baseline) => ({ kind: 'baseline', baseline })),
      ...applications.map((application) => ({ kind: 'application', application })),
      ...accounts.map((account) => ({ kind: 'account', account })),
    ]),
  ),
  write('personnel.ndjson', ndjson(personnel)),
  write('ground-truth.json', `${JSON.stringify(groundTruth, null, 2)}\n`),
])

async function write(name: string, text: string): Promise<void> {
  const path = join(folder ?? '', name)
  await writeFile(path, text)
  console.log(`${path}  ${text.length.toLocaleString('en')} characters`)
}

function ndjson(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('')
}
