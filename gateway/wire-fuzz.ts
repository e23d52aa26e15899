// `node gateway/wire-fuzz.ts [streams] [seed]`: sends that many streams of bytes through a real
// gateway on loopback, until what arrives is not what was sent, decided and recorded, and shows the
// smallest stream it can make of it. Exit code 0: no difference; 1: a difference.
import fc from 'fast-check'
import { assertSameUnderstanding, WireWorld } from './src/wire-fuzz/comparison.fake.ts'
import { hostileStreams } from './src/wire-fuzz/streams.fake.ts'

const BATCH_STREAMS = 1_000

const [streams = 10_000, firstSeed = 1] = process.argv.slice(2).map(Number)
if (!(streams > 0) || !Number.isSafeInteger(firstSeed)) {
  console.error('expected `node gateway/wire-fuzz.ts [streams] [seed]`, both whole numbers')
  process.exit(2)
}

let passed = 0
for (let seed = firstSeed; passed < streams && process.exitCode === undefined; seed += 1) {
  // A world keeps every record of what passed, so each batch begins with an empty one.
  const world = await WireWorld.begin()
  const { failed, counterexample, errorInstance, numRuns } = await fc.check(
    fc.asyncProperty(hostileStreams, async (stream) =>
      assertSameUnderstanding(await world.pass(stream)),
    ),
    { seed, numRuns: Math.min(BATCH_STREAMS, streams - passed) },
  )
  await world.end()
  passed += numRuns
  if (failed) {
    console.error(`seed ${seed}: ${JSON.stringify(counterexample)}\n`, errorInstance)
    process.exitCode = 1
  } else console.error(`${passed} streams, no difference`)
}
