// What an administrator does about applications from a terminal.
import { type AnyCommand, defineCommand } from '#command'

const everyOption = {
  'data-dir': {
    type: 'text',
    value: 'dir',
    meaning: 'the data directory; else COUNTERSIGN_DATA_DIR, else `var`',
  },
  json: { type: 'flag', meaning: 'answer in JSON' },
} as const

const check = defineCommand({
  noun: 'applications',
  verb: 'check',
  summary: 'show whether an application is ready to be published, and what to do where it is not',
  details: [
    'Looks at its owner, its hosts, its address, whom the policies let in, whether those who have not signed in stay out, when the policies are reviewed, and what the application believes about who is there. Ends with code 8 where something is not right.',
    'Whether the application can be reached past the gateway cannot be seen from here: see to that yourself.',
  ],
  arguments: [{ name: 'application', meaning: 'the id of an application' }],
  options: everyOption,
  examples: [
    { line: 'countersign applications check payroll', meaning: 'before payroll is published' },
    {
      line: 'countersign applications check payroll --json | jq .checks',
      meaning: 'for a script',
    },
  ],
  run: async ({ options, words: [application = ''] }, world) =>
    (await import('./check.ts')).check(
      { application, dataDir: options['data-dir'], json: options.json },
      world,
    ),
})

const credential = defineCommand({
  noun: 'applications',
  verb: 'credential',
  summary: 'set, list or remove what gateways sign in to an application with',
  details: [
    'For applications that know no single sign-on: the gateway decides who gets in, and signs in for them. What kind of credential an application takes, and whether everyone shares it, is in its `upstreamCredential`.',
    'The secret is read from standard input, or typed unseen. It is never a word of the command line, and never shown again. It is good for the address that the application has now.',
  ],
  arguments: [
    { name: 'set|list|remove', meaning: 'what to do' },
    { name: 'application', meaning: 'the id of an application' },
  ],
  options: {
    person: {
      type: 'text',
      value: 'id',
      meaning: 'whose credential it is, where the application has one for each person',
    },
    user: {
      type: 'text',
      value: 'name',
      meaning: 'the user name at the application, where it takes name and password',
    },
    ...everyOption,
  },
  examples: [
    {
      line: 'cat password.txt | countersign applications credential set old-wiki --user robot',
      meaning: 'the account that everyone shares',
    },
    {
      line: 'countersign applications credential set payroll --person ada --user a.lovelace',
      meaning: 'the account of one person, typed unseen',
    },
    {
      line: 'countersign applications credential list payroll',
      meaning: 'whose credentials there are, and since when',
    },
  ],
  run: async ({ options, words: [verb = '', application = ''] }, world) =>
    (await import('./credential.ts')).credential(
      {
        verb,
        application,
        person: options.person,
        user: options.user,
        dataDir: options['data-dir'],
        json: options.json,
      },
      world,
    ),
})

const signOn = defineCommand({
  noun: 'applications',
  verb: 'sign-on',
  summary: 'let an application ask over OpenID Connect who someone is',
  details: [
    'Registers an application that has a sign-in of its own, and makes the secret with which it shows that it is itself. Its client id is its id. Policies decide at every sign-on and at every refresh whether the person may use it.',
    'A secret is printed once. A second one takes the place of the first within a day, so that it can be entered on the other side without haste.',
  ],
  arguments: [
    { name: 'register|secret|show|remove', meaning: 'what to do' },
    { name: 'application', meaning: 'the id of an application' },
  ],
  options: {
    redirect: {
      type: 'text',
      value: 'urls',
      meaning: 'where people go back to with a code, separated by commas; compared as text',
    },
    'after-sign-out': {
      type: 'text',
      value: 'urls',
      meaning: 'where people may go back to after signing out, separated by commas',
    },
    'session-ended': {
      type: 'text',
      value: 'url',
      meaning: 'where the application is told that a session has ended (back-channel logout)',
    },
    proof: {
      type: 'choice',
      value: 'how',
      choices: ['none', 'client_secret_basic', 'private_key_jwt'],
      meaning: 'how it shows that it is itself; a secret unless said, or a key where `--keys` is',
    },
    keys: {
      type: 'text',
      value: 'url',
      meaning: 'where it publishes its public keys, for `private_key_jwt`',
    },
    scopes: {
      type: 'text',
      value: 'names',
      meaning: 'what it may learn besides a stable name: profile, email, groups; all unless said',
    },
    refresh: { type: 'flag', meaning: 'let it refresh; policies are asked each time' },
    device: { type: 'flag', meaning: 'let devices without a browser sign people on' },
    'require-par': { type: 'flag', meaning: 'take only requests that it pushed first' },
    'require-dpop': {
      type: 'flag',
      meaning: 'give only tokens that are bound to a key of its own',
    },
    ...everyOption,
  },
  examples: [
    {
      line: 'countersign applications sign-on register wiki --redirect https://wiki.example.org/callback --refresh',
      meaning: 'then make its secret',
    },
    {
      line: 'countersign applications sign-on secret wiki',
      meaning: 'shown once; run it again to rotate',
    },
  ],
  run: async ({ options, words: [verb = '', application = ''] }, world) => {
    const { 'data-dir': dataDir, ...said } = options
    return (await import('./sign-on.ts')).signOn({ verb, application, dataDir, ...said }, world)
  },
})

const coverage = defineCommand({
  noun: 'applications',
  verb: 'coverage',
  summary: 'show which applications people sign on to, by what, and which nobody covers',
  details: [
    'Compares the inventory with what really stands before each application: a gateway, OpenID Connect or SAML. Sign-ins are sessions that were let in, from the decision log. Ends with code 8 where something is in use and signed on nowhere.',
  ],
  options: {
    days: {
      type: 'count',
      value: 'days',
      default: 30,
      max: 90,
      meaning: 'how far back sign-ins are counted',
    },
    ...everyOption,
  },
  examples: [
    { line: 'countersign applications coverage', meaning: 'of the last 30 days' },
    {
      line: 'countersign applications coverage --json | jq .applications',
      meaning: 'for a report',
    },
  ],
  run: async ({ options }, world) =>
    (await import('./coverage.ts')).coverage(
      { days: options.days, dataDir: options['data-dir'], json: options.json },
      world,
    ),
})

export const applicationCommands: readonly AnyCommand[] = [check, credential, signOn, coverage]
