// `node gateway/wire-fuzz.ts [streams] [seed]`: sends that many streams of bytes through a real
// gateway on loopback, and as many to it as proxies ask, until what arrives is not what was sent,
// decided and recorded, and shows the smallest stream it can make of it. Exit code 0: no
// difference; 1: a difference.
import fc from 'fast-check'
import { assertSameUnderstanding, WireWorld } from './src/wire-fuzz/comparison.fake.ts'
import { assertOwnAnswers, QuestionWorld } from './src/wire-fuzz/questions.fake.ts'
import { hostileQuestions, hostileStreams, type SentStream } from './src/wire-fuzz/streams.fake.ts'

const BATCH_STREAMS = 1_000

const [streams = 10_000, firstSeed = 1] = process.argv.slice(2).map(Number)
if (!(streams > 0) || !Number.isSafeInteger(firstSeed)) {
  console.error('expected `node gateway/wire-fuzz.ts [streams] [seed]`, both whole numbers')
  process.exit(2)
}

interface Fuzzed {
  /** Throws where a stream is understood in two ways. */
  readonly check: (stream: SentStream) => Promise<void>
  readonly end: () => Promise<void>
}

const rounds = [
  {
    what: 'requests',
    streams: hostileStreams,
    begin: async (): Promise<Fuzzed> => {
      const world = await WireWorld.begin()
      return {
        check: async (stream) => assertSameUnderstanding(await world.pass(stream)),
        end: () => world.end(),
      }
    },
  },
  {
    what: 'questions of a proxy',
    streams: hostileQuestions,
    begin: async (): Promise<Fuzzed> => {
      const world = await QuestionWorld.begin()
      return {
        check: async (stream) => assertOwnAnswers(await world.pass(stream)),
        end: () => world.end(),
      }
    },
  },
] as const

for (const { what, streams: arbitrary, begin } of rounds) {
  let passed = 0
  for (let seed = firstSeed; passed < streams && process.exitCode === undefined; seed += 1) {
    // A world keeps every record of what passed, so each batch begins with an empty one.
    const world = await begin()
    const { failed, counterexample, errorInstance, numRuns } = await fc.check(
      fc.asyncProperty(arbitrary, (stream) => world.check(stream)),
      { seed, numRuns: Math.min(BATCH_STREAMS, streams - passed) },
    )
    await world.end()
    passed += numRuns
    if (failed) {
      console.error(`${what}, seed ${seed}: ${JSON.stringify(counterexample)}\n`, errorInstance)
      process.exitCode = 1
    } else console.error(`${passed} streams of ${what}, no difference`)
  }
}
