// The world of a real process.
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { askHidden } from './hidden-input.process.ts'
import { coloured, plain } from './paint.ts'
import type { Output, World } from './world.ts'

const inputMaxBytes = 64 * 1024

/** This process as a `World`. `home` is the folder that holds the programs. */
export function processWorld(home: string): World {
  stopWithParent()
  return {
    environment: process.env,
    directory: process.cwd(),
    home,
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    readInput,
    readSecret: (prompt) => (process.stdin.isTTY ? askHidden(prompt) : readInput()),
    clock: {
      now: () => Date.now(),
      wait: async (ms, signal) => {
        try {
          await setTimeout(ms, undefined, signal ? { signal } : {})
        } catch {
          // Aborted: the wait is over.
        }
      },
    },
    timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
    onStop(listener) {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, listener)
    },
  }
}

async function readInput(): Promise<string> {
  let text = ''
  process.stdin.setEncoding('utf8')
  process.stdin.on('data', (chunk: string) => {
    text += chunk
    if (text.length > inputMaxBytes) process.stdin.destroy()
  })
  await once(process.stdin, 'close')
  return text
}

function outputOf(stream: NodeJS.WriteStream): Output {
  // Whoever reads may have had enough, as `head` has. That is no failure, and nobody is left to tell.
  stream.on('error', (error) => {
    if ('code' in error && error.code === 'EPIPE') process.exit()
    throw error
  })
  return {
    write: (text) => void stream.write(text),
    paint: wantsColours(stream) ? coloured : plain,
    isTerminal: stream.isTTY && process.env['TERM'] !== 'dumb',
  }
}

/** Colours for a terminal, unless someone said otherwise (https://no-color.org). */
function wantsColours(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR: none, TERM: terminal } = process.env
  return stream.isTTY && (none === undefined || none === '') && terminal !== 'dumb'
}

/** A parent that started us with a channel wants us to stop with it, also when it is killed. */
function stopWithParent(): void {
  if (!process.channel) return
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  process.channel.unref()
}
