// What an administrator does from a terminal about what people sign in with.
import { type AnyCommand, defineCommand } from '#command'

const everyOption = {
  'data-dir': {
    type: 'text',
    value: 'dir',
    meaning: 'the data directory; else COUNTERSIGN_DATA_DIR, else `var`',
  },
  json: { type: 'flag', meaning: 'answer in JSON' },
} as const

const enrol = defineCommand({
  noun: 'identity',
  verb: 'enrol',
  summary: 'issue, list, confirm or revoke links with which people register their first passkey',
  details: [
    'A link works once, for its person, and opens nothing else. Hand it over in a way that the account does not open: in person, by phone, by post.',
    'For somebody who is an administrator another administrator confirms it first, unless there is none who could sign in. Who has a passkey already and lost it needs a recovery, which is started and confirmed in the console.',
  ],
  arguments: [
    { name: 'issue|list|confirm|revoke', meaning: 'what to do' },
    { name: 'person-or-link', meaning: 'the id of a person, or of a link', many: true },
  ],
  options: {
    minutes: {
      type: 'count',
      value: 'number',
      meaning: 'how long a new link may be used, in minutes',
      default: 1_440,
      max: 10_080,
    },
    ...everyOption,
  },
  examples: [
    { line: 'countersign identity enrol issue ada', meaning: 'a link for Ada, good for a day' },
    {
      line: 'countersign identity enrol issue ada --minutes 15',
      meaning: 'while she stands at the desk',
    },
    {
      line: 'countersign identity enrol list',
      meaning: 'which links are open, and who issued them',
    },
  ],
  run: async ({ options, words }, world) =>
    (await import('./enrol.ts')).enrol(
      {
        words,
        validMinutes: options.minutes,
        dataDir: options['data-dir'],
        json: options.json,
      },
      world,
    ),
})

const factors = defineCommand({
  noun: 'identity',
  verb: 'factors',
  summary: 'show or change which factors count beyond passkeys, and for whom',
  details: [
    '`allow-key` and `forbid-key` take the AAGUID of a model of hardware key: a passkey on such a key that cannot leave it, certified by its maker, is the strongest factor. Give the root certificates of the maker with `--roots`; without them whoever forges a certificate can claim to be that model.',
    '`allow-codes` and `forbid-codes` take a group whose members may add a code from an app to a sign-in with a password. Codes can be phished; they are for people who cannot use a passkey.',
    '`recovery-wait` takes minutes: how long the link of a recovery stays closed after a second person confirmed it.',
  ],
  arguments: [
    {
      name: 'show|allow-key|forbid-key|allow-codes|forbid-codes|recovery-wait',
      meaning: 'what to do, and with what',
      many: true,
    },
  ],
  options: {
    roots: {
      type: 'text',
      value: 'file',
      meaning: 'with `allow-key`: certificates in PEM of the authorities that certify the model',
    },
    name: { type: 'text', value: 'name', meaning: 'with `allow-key`: what people call the model' },
    ...everyOption,
  },
  examples: [
    { line: 'countersign identity factors', meaning: 'what counts now' },
    {
      line: 'countersign identity factors allow-key 2fc0579f-8113-47ea-b116-bb5a8db9202a --name "YubiKey 5 NFC" --roots yubico.pem',
      meaning: 'a model of hardware key',
    },
    {
      line: 'countersign identity factors allow-codes field-crew',
      meaning: 'codes from an app, for those without a passkey',
    },
  ],
  run: async ({ options, words }, world) =>
    (await import('./factors.ts')).factors(
      {
        words,
        roots: options.roots,
        name: options.name,
        dataDir: options['data-dir'],
        json: options.json,
      },
      world,
    ),
})

export const factorCommands: readonly AnyCommand[] = [enrol, factors]
