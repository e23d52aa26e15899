// The commands of people, for the applications that no browser opens.
import { type AnyCommand, defineCommand } from '#command'

const json = { type: 'flag', meaning: 'tell what happens in JSON' } as const
const consoleOption = {
  type: 'text',
  value: 'url',
  meaning: 'the address of the console; else the one signed in at last',
} as const

const connect = defineCommand({
  noun: 'connect',
  summary: 'reach an application that is no website: a shell, a desktop, a database',
  details: [
    'Opens a port on this machine, and makes each connection to it a tunnel through the gateway to the one place where the application is. Each is decided on its own, and again whenever something changes; when it is ended, you are told why.',
    'The first time, it shows an address and a code: open the address in a browser where you are signed in, compare the code, and approve. The token is kept in `countersign/sign-ins.json` under XDG_CONFIG_HOME or `~/.config`, for you alone, and opens tunnels only.',
    'With `--json` standard error carries an event in each line: `sign-in`, `signed-in`, `listening`, `opened`, `closed`, `cut` or `refused`.',
  ],
  arguments: [{ name: 'application', meaning: 'the id or host of an application, or `host:port`' }],
  options: {
    listen: {
      type: 'text',
      value: 'address',
      meaning: 'where to listen: a port, or host and port; else a free port of 127.0.0.1',
    },
    stdio: {
      type: 'flag',
      meaning: 'one tunnel through standard input and output, as `ssh` wants it of a ProxyCommand',
    },
    expose: {
      type: 'flag',
      meaning: 'allow `--listen` beyond this machine; whoever reaches the port acts as you',
    },
    'sign-in': { type: 'flag', meaning: 'sign in anew first' },
    console: consoleOption,
    json,
  },
  examples: [
    {
      line: 'countersign connect ward-database --listen 5432',
      meaning: 'then `psql -h 127.0.0.1`',
    },
    {
      line: 'countersign connect --stdio maintenance.example.org:22',
      meaning: 'what `ssh -o ProxyCommand="countersign connect --stdio %h:%p"` runs for a shell',
    },
  ],
  run: async ({ options, words: [application = ''] }, world) =>
    (await import('./connect.ts')).connect(
      {
        application,
        console: options.console,
        listen: options.listen,
        stdio: options.stdio,
        expose: options.expose,
        signIn: options['sign-in'],
        json: options.json,
      },
      world,
    ),
})

const signout = defineCommand({
  noun: 'signout',
  summary: 'end the sign-in of `countersign connect` at the server, and forget its token',
  options: { console: consoleOption, json: { type: 'flag', meaning: 'answer in JSON' } },
  examples: [{ line: 'countersign signout', meaning: 'open tunnels end with it' }],
  run: async ({ options }, world) =>
    (await import('./sign-out.ts')).signOut(
      { console: options.console, json: options.json },
      world,
    ),
})

export const connectCommands: readonly AnyCommand[] = [connect, signout]
