// Timing: many short samples, so that what else the machine does falls into few of them.

export interface Row {
  readonly what: string
  readonly medianUs: number
  /** The range from the first to the last tenth of the samples. */
  readonly fromUs: number
  readonly toUs: number
}

/** Times `act`, `runs` at a time, after a warm-up of as many samples again. */
export async function time(
  what: string,
  { runs, samples }: { readonly runs: number; readonly samples: number },
  act: (run: number) => unknown,
): Promise<Row> {
  const times: number[] = []
  let run = 0
  for (let sample = -samples; sample < samples; sample += 1) {
    const started = process.hrtime.bigint()
    for (let count = 0; count < runs; count += 1) {
      const pending = act((run += 1))
      if (pending instanceof Promise) await pending
    }
    const elapsedUs = Number(process.hrtime.bigint() - started) / 1000 / runs
    if (sample >= 0) times.push(elapsedUs)
  }
  times.sort((left, right) => left - right)
  const quantile = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? 0
  return { what, medianUs: quantile(0.5), fromUs: quantile(0.1), toUs: quantile(0.9) }
}

/** What `act` gives, and how long it took once. */
export function once<T>(act: () => T): { readonly result: T; readonly ms: number } {
  const started = performance.now()
  const result = act()
  return { result, ms: performance.now() - started }
}

/** The items in turn, again and again. */
export function at<T>(items: readonly T[], run: number): T {
  const item = items[run % items.length]
  if (item === undefined) throw new RangeError('nothing to measure')
  return item
}
