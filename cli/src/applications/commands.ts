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

export const applicationCommands: readonly AnyCommand[] = [check, credential]
