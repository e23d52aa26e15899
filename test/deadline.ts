// Loaded into the process of every test file. Node bounds each test, but not the file: a server that
// was never closed, or a timer that never ends, would keep its process, and so the run, for ever.

import { isMainThread } from 'node:worker_threads'

const fileTimeoutMs = 300_000

// Programs that a test starts inherit the options of Node; only the file itself is meant.
const file = process.argv[1]
if (isMainThread && file?.endsWith('.test.ts')) {
  const timer = setTimeout(() => {
    const busy = process.getActiveResourcesInfo().join(', ')
    process.stderr.write(
      `\`${file}\` is still busy after ${fileTimeoutMs / 1000} s, and was ended; close what it opened (${busy})\n`,
    )
    process.exit(1)
  }, fileTimeoutMs)
  timer.unref()
}
