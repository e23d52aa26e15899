// The audit of a directory, from a terminal and without a server.
import { type AnyCommand, defineCommand } from '#command'

const auditCommand = defineCommand({
  noun: 'identity',
  verb: 'audit',
  summary: 'say what is wrong with the accounts of a directory, without a server',
  details: [
    'Reads an LDIF, CSV or JSON file, a folder of exports, a BloodHound zip, or a directory that answers LDAP, and says what is wrong: seven headline figures, then findings by severity, each with what was seen, what to do, who does it, how to undo it and how to test again. What the source does not say is listed as such, and counts as nothing. docs/identity-audit.md has the checks.',
    'A directory is named by its URL, `ldaps://` or `ldap://`, with `--bind-dn`, and the password in a file that `--password-file` names or in COUNTERSIGN_LDAP_PASSWORD. Nothing is changed in it.',
    'A secret that is found is never shown, only where it is. A report names people and their faults: a file that `--output` makes is for its owner alone. It ends with code 8 where there are findings.',
  ],
  arguments: [
    { name: 'source', meaning: 'files, folders or URLs; several make one picture', many: true },
  ],
  options: {
    personnel: {
      type: 'text',
      value: 'file',
      meaning: 'the personnel records, as CSV or JSON: who works here, as what, until when',
    },
    format: {
      type: 'choice',
      value: 'format',
      choices: ['text', 'json', 'csv', 'sarif', 'html'],
      meaning: 'the form of the report; `text` unless said',
    },
    output: { type: 'text', value: 'file', meaning: 'write the report there' },
    compare: {
      type: 'text',
      value: 'file',
      meaning: 'an earlier report as JSON: show what is new, gone, moved, and how many stayed',
    },
    'bind-dn': { type: 'text', value: 'dn', meaning: 'as whom to ask a directory' },
    'password-file': {
      type: 'text',
      value: 'file',
      meaning: 'a file that holds the password; else COUNTERSIGN_LDAP_PASSWORD',
    },
    base: { type: 'text', value: 'dn', meaning: 'where to search from; else as the server says' },
    'ca-file': {
      type: 'text',
      value: 'file',
      meaning: 'certificates that may vouch for the server, as PEM',
    },
    all: { type: 'flag', meaning: 'list every finding in the text, not only the first of each' },
    json: { type: 'flag', meaning: 'answer in JSON, as `--format json` does' },
  },
  examples: [
    {
      line: 'countersign identity audit directory.ldif --personnel people.csv',
      meaning: 'a directory against the people who work here',
    },
    {
      line: 'countersign identity audit ldaps://dc1.example.org --bind-dn reader@example.org --password-file /run/secrets/ldap --format html --output audit.html',
      meaning: 'a live directory, as a page',
    },
    {
      line: 'countersign identity audit directory.ldif --format json --output march.json --compare february.json',
      meaning: 'this month, and what moved since the last',
    },
  ],
  run: async ({ options, words }, world) =>
    (await import('./audit.ts')).identityAudit(
      {
        sources: words,
        personnel: options.personnel,
        format: options.json ? 'json' : (options.format ?? 'text'),
        output: options.output,
        compare: options.compare,
        bindDn: options['bind-dn'],
        passwordFile: options['password-file'],
        base: options.base,
        authorities: options['ca-file'],
        all: options.all,
      },
      world,
    ),
})

export const auditCommands: readonly AnyCommand[] = [auditCommand]
