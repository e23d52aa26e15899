// One of the threads of a long run: tries the batches that it is sent, one after the other.
import { parentPort } from 'node:worker_threads'
import { runBatch } from './campaign.ts'
import type { Batch } from './campaign.ts'

parentPort?.on('message', (batch: Batch) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(runBatch(batch))
})
