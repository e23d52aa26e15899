// What the demonstration says while it starts: one line for each step, with how long it took. On
// a terminal the line of the step under way is rewritten; elsewhere only finished steps appear.

export interface Terminal {
  readonly isTerminal: boolean
  readonly write: (text: string) => void
}

export interface Steps {
  /** Runs a step under a name. `work` may rename it; the last name stays. */
  run<T>(name: string, work: (rename: (name: string) => void) => Promise<T>): Promise<T>
  /** Says something between steps. */
  say(text: string): void
}

const durationColumn = 72

/** Steps that are written to a terminal or a file, timed by a clock in milliseconds. */
export function stepsOn(terminal: Terminal, clock: () => number): Steps {
  const { isTerminal, write } = terminal
  const styled = (code: string, text: string): string =>
    isTerminal ? `\u001B[${code}m${text}\u001B[0m` : text
  // A line that is being rewritten, so that whoever speaks meanwhile begins a clean one.
  let pending = ''
  const clear = (): void => {
    if (pending !== '') write('\r\u001B[2K')
  }
  const show = (name: string): void => {
    if (!isTerminal) return
    clear()
    pending = `  ${styled('2', '·')} ${styled('2', name.slice(0, durationColumn + 6))}`
    write(pending)
  }
  const finish = (mark: string, name: string, tookMs: number): void => {
    clear()
    pending = ''
    const took = durationText(tookMs)
    write(`  ${mark} ${name.padEnd(durationColumn)} ${styled('2', took.padStart(7))}\n`)
  }
  return {
    async run(first, work) {
      let name = first
      const from = clock()
      show(name)
      try {
        const result = await work((next) => {
          name = next
          show(next)
        })
        finish(styled('32', '✓'), name, clock() - from)
        return result
      } catch (error) {
        finish(styled('31', '✗'), name, clock() - from)
        throw error
      }
    },
    say(text) {
      clear()
      write(`${text}\n`)
      if (pending !== '') write(pending)
    },
  }
}

/** `0.4 s`, `12.0 s`, `2 min`. */
export function durationText(ms: number): string {
  return ms < 100_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`
}
