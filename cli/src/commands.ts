// Every command, as one table. Help, usage errors and docs/cli.md follow from it.
import { verdicts } from '@countersign/contract/decision'
import { applicationCommands } from './applications/commands.ts'
import { type AnyCommand, defineCommand } from './command.ts'
import { gatewayCommands } from './gateway-config/commands.ts'
import { connectCommands } from './connect/commands.ts'
import { auditCommands } from './identity/audit-commands.ts'
import { factorCommands } from './identity/factor-commands.ts'
import { providerCommands } from './identity/provider-commands.ts'
import { sessionCommands } from './identity/session-commands.ts'
import { policyCommands } from './policies/commands.ts'

const json = { type: 'flag', meaning: 'answer in JSON' } as const
const dataDir = {
  type: 'text',
  value: 'dir',
  meaning: 'the data directory; else COUNTERSIGN_DATA_DIR, else `var`',
} as const

const up = defineCommand({
  noun: 'up',
  summary: 'start everything on this machine and keep it running',
  details: [
    'Starts the server and a gateway, enrols the gateway, builds the console where that is needed, and prints one link. A program that dies is started again. Ctrl-C stops everything in order; nothing that was acknowledged is lost, however it ends.',
    'With `--json` each line is an event: `progress`, `ready`, `died`, `stopping`, `stopped` or `failed`, with `at` in milliseconds since the epoch and `text` for people.',
  ],
  options: {
    'data-dir': dataDir,
    json,
    verbose: { type: 'flag', meaning: 'copy the logs of the programs to standard error' },
  },
  examples: [
    { line: 'countersign up', meaning: 'everything, with its data in `var`' },
    {
      line: 'COUNTERSIGN_GATEWAY_LISTEN=127.0.0.1:8400 countersign up --data-dir /srv/countersign',
      meaning: 'another place and another port',
    },
  ],
  run: async ({ options }, world) =>
    (await import('./up/up.ts')).up(
      { dataDir: options['data-dir'], json: options.json, verbose: options.verbose },
      world,
    ),
})

const serve = defineCommand({
  noun: 'serve',
  summary: 'run the server alone, in the foreground',
  details: [
    'For who has a supervisor already, such as systemd or a container. The log goes to standard error. When the server is ready it says how a gateway enrols, and, while nobody has set it up, prints the link for the first administrator.',
  ],
  options: { 'data-dir': dataDir, json },
  examples: [{ line: 'countersign serve', meaning: 'the server, with its data in `var`' }],
  run: async ({ options }, world) =>
    (await import('./alone.ts')).serve({ dataDir: options['data-dir'], json: options.json }, world),
})

const gateway = defineCommand({
  noun: 'gateway',
  summary: 'run a gateway alone, in the foreground',
  details: [
    'The first start needs a token from `countersign networks invite`; afterwards the gateway has a key of its own. It finds the server at COUNTERSIGN_SERVER_URL. The log goes to standard error.',
  ],
  options: {
    enrol: {
      type: 'text',
      value: 'token',
      meaning:
        'enrol with this single-use token; `-` reads it from standard input, where other users cannot see it',
    },
    'data-dir': dataDir,
    json,
  },
  examples: [
    {
      line: 'countersign networks invite --json | jq -r .token | countersign gateway --enrol -',
      meaning: 'the first start',
    },
    { line: 'countersign gateway', meaning: 'every later start' },
  ],
  run: async ({ options }, world) =>
    (await import('./alone.ts')).gateway(
      { dataDir: options['data-dir'], json: options.json, enrol: options.enrol },
      world,
    ),
})

const status = defineCommand({
  noun: 'status',
  summary: 'show how the server, its store, the gateways and the policies are',
  details: [
    'With `--json` the answer has `healthy`: whether the server is ready and every gateway was heard within a minute.',
  ],
  options: { 'data-dir': dataDir, json },
  examples: [
    { line: 'countersign status', meaning: 'at a glance' },
    {
      line: 'countersign status --json | jq -e .healthy',
      meaning: 'for a script: fails where something is wrong',
    },
  ],
  run: async ({ options }, world) =>
    (await import('./status/status.ts')).status(
      { dataDir: options['data-dir'], json: options.json },
      world,
    ),
})

const decisionsTail = defineCommand({
  noun: 'decisions',
  verb: 'tail',
  summary: 'follow decisions as they are made',
  details: [
    'Shows the last ones first, then each as it is recorded. When the server goes away it waits for it to come back, and shows what it missed.',
    'With `--json` each line is a decision.',
  ],
  options: {
    verdict: {
      type: 'choice',
      value: 'verdict',
      meaning: 'only decisions with this verdict',
      choices: verdicts,
    },
    principal: { type: 'text', value: 'id', meaning: 'only about this person or workload' },
    application: { type: 'text', value: 'id', meaning: 'only about this application' },
    own: { type: 'flag', meaning: 'also about Countersign itself' },
    last: {
      type: 'count',
      value: 'number',
      meaning: 'how many past decisions come first',
      default: 10,
      max: 500,
    },
    'data-dir': dataDir,
    json,
  },
  examples: [
    { line: 'countersign decisions tail', meaning: 'everything, live' },
    {
      line: 'countersign decisions tail --verdict deny --application payroll',
      meaning: 'who is refused at payroll',
    },
    {
      line: 'countersign decisions tail --json | jq -r .principal.id',
      meaning: 'for a script',
    },
  ],
  run: async ({ options }, world) =>
    (await import('./decisions/tail.ts')).tail(
      {
        dataDir: options['data-dir'],
        json: options.json,
        own: options.own,
        verdict: options.verdict,
        principal: options.principal,
        application: options.application,
        last: options.last,
      },
      world,
    ),
})

const decisionsShow = defineCommand({
  noun: 'decisions',
  verb: 'show',
  summary: 'show one decision: who, what, why, and the facts it rested on',
  arguments: [
    {
      name: 'decision',
      meaning: 'id of a decision, as the refusal page and `decisions tail` show it',
    },
  ],
  options: { 'data-dir': dataDir, json },
  examples: [
    {
      line: 'countersign decisions show dec_01kaqvj8t9f3m5w7x9z1b3d5g7',
      meaning: 'why was it refused?',
    },
  ],
  run: async ({ options, words: [decision = ''] }, world) =>
    (await import('./decisions/show.ts')).show(
      { decision, dataDir: options['data-dir'], json: options.json },
      world,
    ),
})

const networksInvite = defineCommand({
  noun: 'networks',
  verb: 'invite',
  summary: 'let one more gateway enrol',
  details: ['Prints a token that works once, within an hour.'],
  options: { 'data-dir': dataDir, json },
  examples: [{ line: 'countersign networks invite', meaning: 'a token, and how to use it' }],
  run: async ({ options }, world) =>
    (await import('./networks/invite.ts')).invite(
      { dataDir: options['data-dir'], json: options.json },
      world,
    ),
})

/** In the order in which help shows them. */
export const commands: readonly AnyCommand[] = [
  up,
  serve,
  gateway,
  ...gatewayCommands,
  status,
  decisionsTail,
  decisionsShow,
  networksInvite,
  ...applicationCommands,
  ...auditCommands,
  ...factorCommands,
  ...providerCommands,
  ...sessionCommands,
  ...connectCommands,
  ...policyCommands,
]
