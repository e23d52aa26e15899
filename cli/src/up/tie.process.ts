// Loaded before a program that `countersign up` starts (`node --import`), so that the program needs
// to know nothing about it: when its parent dies, however suddenly, the channel between them closes,
// and the program stops. Otherwise it would hold its ports and its data directory with nobody in
// charge.
import { isMainThread } from 'node:worker_threads'

const stopTimeoutMs = 5_000

// Worker threads load this as well; the channel belongs to the main one.
if (isMainThread && process.channel) {
  process.once('disconnect', () => {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), stopTimeoutMs).unref()
    process.kill(process.pid, 'SIGTERM')
  })
  // A listener would keep a program alive that has finished its work.
  process.channel.unref()
}
