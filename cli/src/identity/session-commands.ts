// What an administrator does about sessions, about how often people prove who they are, and about
// accounts of the last resort, from a terminal.
import { type AnyCommand, defineCommand } from '#command'

const everyOption = {
  'data-dir': {
    type: 'text',
    value: 'dir',
    meaning: 'the data directory; else COUNTERSIGN_DATA_DIR, else `var`',
  },
  json: { type: 'flag', meaning: 'answer in JSON' },
} as const

const sessions = defineCommand({
  noun: 'identity',
  verb: 'sessions',
  summary: 'list who is signed in where, and end sessions',
  details: [
    'Ending a session ends it everywhere at once: cookies, tunnels, programs that were signed in from it, and whatever is open through a gateway.',
  ],
  arguments: [
    {
      name: 'list|end|end-all',
      meaning: 'what to do, then the session to end, or the person whose sessions to end',
      many: true,
    },
  ],
  options: {
    person: { type: 'text', value: 'id', meaning: 'list only the sessions of this person' },
    contested: { type: 'flag', meaning: 'list only those that were seen on two devices at once' },
    reason: { type: 'text', value: 'text', meaning: 'why it is ended; goes on record' },
    ...everyOption,
  },
  examples: [
    { line: 'countersign identity sessions list --person ada', meaning: 'where Ada is signed in' },
    {
      line: 'countersign identity sessions end ses_01kaqvj8t9f3m5w7x9z1b3d5g7 --reason "laptop lost"',
      meaning: 'one of them',
    },
    {
      line: 'countersign identity sessions end-all ada --reason "left today"',
      meaning: 'all of them',
    },
  ],
  run: async ({ options, words }, world) =>
    (await import('./sessions.ts')).sessions(
      {
        words,
        person: options.person,
        contested: options.contested,
        reason: options.reason,
        dataDir: options['data-dir'],
        json: options.json,
      },
      world,
    ),
})

const cadence = defineCommand({
  noun: 'identity',
  verb: 'cadence',
  summary: 'show or change how recent and how strong a sign-in must be, by tier',
  details: [
    'The table is kept as policies of the product’s own, which are part of every release: a change makes a release that binds at once, for open streams as well.',
    'An age is whole minutes up to an hour, or whole hours up to twelve. A strength is 1 for any sign-in, 2 for two factors, 3 for what cannot be phished, 4 for a key bound to hardware.',
  ],
  arguments: [
    {
      name: 'show|set|idle',
      meaning:
        'what to do; after `set` a tier and the age up to which a sign-in counts, such as `4h`; after `idle` how long a session may lie unused',
      many: true,
    },
  ],
  options: {
    strength: {
      type: 'choice',
      value: 'number',
      meaning: 'the least strength; as it was, unless said',
      choices: ['1', '2', '3', '4'],
    },
    ...everyOption,
  },
  examples: [
    { line: 'countersign identity cadence show', meaning: 'the table' },
    {
      line: 'countersign identity cadence set 1 2h --strength 2',
      meaning: 'tier 1 asks for two factors of the last two hours',
    },
    { line: 'countersign identity cadence idle 30min', meaning: 'when unused sessions end' },
  ],
  run: async ({ options, words }, world) =>
    (await import('./cadence.ts')).cadence(
      { words, strength: options.strength, dataDir: options['data-dir'], json: options.json },
      world,
    ),
})

const breakGlass = defineCommand({
  noun: 'identity',
  verb: 'break-glass',
  summary: 'list, make, drill and look into accounts of the last resort',
  details: [
    'Every sign-in with such an account is an alert, and a finding until somebody else says what it was about. `list` ends with code 8 where something is not as it should be.',
  ],
  arguments: [
    {
      name: 'list|add|remove|drill|acknowledge',
      meaning: 'what to do, then the account, or the use to acknowledge',
      many: true,
    },
  ],
  options: {
    'post-mortem': {
      type: 'text',
      value: 'text',
      meaning: 'what happened, and what follows from it',
    },
    ...everyOption,
  },
  examples: [
    { line: 'countersign identity break-glass list', meaning: 'the accounts and what is wrong' },
    { line: 'countersign identity break-glass add glass-1', meaning: 'one more' },
    {
      line: 'countersign identity break-glass drill glass-1',
      meaning: 'the next sign-in within a day is a drill',
    },
  ],
  run: async ({ options, words }, world) =>
    (await import('./break-glass.ts')).breakGlass(
      {
        words,
        postMortem: options['post-mortem'],
        dataDir: options['data-dir'],
        json: options.json,
      },
      world,
    ),
})

export const sessionCommands: readonly AnyCommand[] = [sessions, cadence, breakGlass]
