// A token in a file is worth as much as the file is private.
import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { Failure } from '#failure'
import { readSignIns, signInsFile, writeSignIns } from './sign-ins.file.ts'

let home: string
let file: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'countersign-sign-ins-'))
  file = signInsFile({ environment: { XDG_CONFIG_HOME: home } })
})
afterEach(() => rm(home, { recursive: true }))

const kept = {
  last: 'https://a.example',
  consoles: { 'https://a.example': { token: 'x'.repeat(43), endsAt: 1 } },
}

test('they lie where the XDG specification says', () => {
  const at = (environment: Readonly<Record<string, string>>) => signInsFile({ environment })
  assert.equal(at({ XDG_CONFIG_HOME: '/c' }), '/c/countersign/sign-ins.json')
  assert.equal(at({ HOME: '/h' }), '/h/.config/countersign/sign-ins.json')
  assert.equal(
    at({ HOME: '/h', XDG_CONFIG_HOME: 'relative' }),
    '/h/.config/countersign/sign-ins.json',
  )
})

test('they are written for their owner alone, and read back', async () => {
  await writeSignIns(file, kept)
  await writeSignIns(file, kept)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.equal((await stat(dirname(file))).mode & 0o777, 0o700)
  assert.deepEqual(await readSignIns(file), kept)
  assert.deepEqual(await readdir(dirname(file)), ['sign-ins.json'])
})

test('none are none', async () => {
  assert.deepEqual(await readSignIns(file), { consoles: {} })
})

test('they are not used where others of the machine could read them', async () => {
  await writeSignIns(file, kept)
  await chmod(file, 0o640)
  await assert.rejects(readSignIns(file), /other users of this machine may read/)
})

test('they are not read through a link, nor where they are something else', async () => {
  await writeSignIns(file, kept)
  const link = join(home, 'link')
  await symlink(file, link)
  await assert.rejects(readSignIns(link), Failure)
  await writeFile(file, 'not ours')
  await assert.rejects(readSignIns(file), /not what this command wrote/)
  await writeFile(file, JSON.stringify({ consoles: { a: { token: 'short', endsAt: 1 } } }))
  await assert.rejects(readSignIns(file), /not what this command wrote/)
})

test('what is told of a fault does not tell the token', async () => {
  await writeSignIns(file, kept)
  await writeFile(file, (await readFile(file, 'utf8')).slice(0, -10))
  await assert.rejects(readSignIns(file), (error) => !String(error).includes('xxxx'))
})
