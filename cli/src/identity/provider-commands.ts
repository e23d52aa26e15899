// What an administrator does about identity providers elsewhere, from a terminal.
import { type AnyCommand, defineCommand } from '#command'

const everyOption = {
  'data-dir': {
    type: 'text',
    value: 'dir',
    meaning: 'the data directory; else COUNTERSIGN_DATA_DIR, else `var`',
  },
  json: { type: 'flag', meaning: 'answer in JSON' },
} as const

const provider = defineCommand({
  noun: 'identity',
  verb: 'provider',
  summary: 'set through which identity providers elsewhere people sign in',
  details: [
    '`add` sets a provider, also one that is there already. An OpenID provider takes its issuer and what it gave us: a client id and a secret, which is read from standard input or typed unseen. With `--client-authentication private-key` there is no secret: a key of ours is made, and its public half is shown.',
    'What its `amr` or `acr` is worth here, and everything about SAML, stands in a JSON file that `--from` names; options go before it. docs/sign-in.md shows one.',
    '`check` asks the provider what it offers, and ends with code 8 where it cannot be used. `remove` ends every session that came through it.',
  ],
  arguments: [
    {
      name: 'add|list|show|check|remove',
      meaning: 'what to do, then the id of the provider',
      many: true,
    },
  ],
  options: {
    from: { type: 'text', value: 'file', meaning: 'its settings in JSON' },
    name: { type: 'text', value: 'text', meaning: 'what people see who choose among providers' },
    issuer: { type: 'text', value: 'url', meaning: 'where an OpenID provider is' },
    'client-id': { type: 'text', value: 'id', meaning: 'our name there' },
    'client-authentication': {
      type: 'choice',
      value: 'how',
      choices: ['secret-basic', 'secret-post', 'private-key', 'none'],
      meaning: 'how we show that we are the client; `secret-basic` unless said',
    },
    domains: {
      type: 'text',
      value: 'domains',
      meaning: 'the domains of addresses for which it is the authority, separated by commas',
    },
    contact: {
      type: 'text',
      value: 'text',
      meaning: 'whom people ask whom it knows and who are not known here',
    },
    'keep-secret': { type: 'flag', meaning: 'leave the client secret as it is' },
    'new-key': { type: 'flag', meaning: 'make a new key of ours in place of the one there is' },
    ...everyOption,
  },
  examples: [
    {
      line: 'countersign identity provider add office --name "Office account" --issuer https://login.example.org --client-id countersign --domains example.org',
      meaning: 'asks for the client secret',
    },
    {
      line: 'countersign identity provider add office --from office.json --keep-secret',
      meaning: 'everything else that can be set',
    },
    { line: 'countersign identity provider check office', meaning: 'is it set up right?' },
  ],
  run: async ({ options, words }, world) =>
    (await import('./provider.ts')).provider(
      {
        words,
        from: options.from,
        name: options.name,
        issuer: options.issuer,
        clientId: options['client-id'],
        clientAuthentication: options['client-authentication'],
        domains: options.domains,
        contact: options.contact,
        keepSecret: options['keep-secret'],
        newKey: options['new-key'],
        dataDir: options['data-dir'],
        json: options.json,
      },
      world,
    ),
})

const unmatched = defineCommand({
  noun: 'identity',
  verb: 'unmatched',
  summary: 'decide about people whom an identity provider knows and who are not known here',
  details: [
    'Who signed in at a provider and is nobody here was let in nowhere, and was told a reference. `link` says which person they are; `dismiss` decides that nothing is to be done. `missing` lists people here who never came through the provider of their domain.',
  ],
  arguments: [
    {
      name: 'list|missing|link|dismiss',
      meaning: 'what to do, then the reference, then the person to link to',
      many: true,
    },
  ],
  options: {
    reason: { type: 'text', value: 'text', meaning: 'why they stay unknown; goes on record' },
    all: { type: 'flag', meaning: 'list also who was dismissed' },
    ...everyOption,
  },
  examples: [
    { line: 'countersign identity unmatched list', meaning: 'who waits' },
    { line: 'countersign identity unmatched link 3F2A-91C0-77DE ada', meaning: 'it is Ada' },
    {
      line: 'countersign identity unmatched dismiss 3F2A-91C0-77DE --reason "left in spring"',
      meaning: 'nobody we know',
    },
  ],
  run: async ({ options, words }, world) =>
    (await import('./unmatched.ts')).unmatched(
      {
        words,
        reason: options.reason,
        all: options.all,
        dataDir: options['data-dir'],
        json: options.json,
      },
      world,
    ),
})

export const providerCommands: readonly AnyCommand[] = [provider, unmatched]
