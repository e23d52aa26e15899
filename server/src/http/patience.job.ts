// Waiting, but not for ever.

/** What a promise gives within `waitMs` milliseconds; `late` where it does not. It goes on all the same. */
export async function within<T>(waitMs: number, promise: Promise<T>): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), waitMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
