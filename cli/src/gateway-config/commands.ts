// The row of `gateway config`.
import { proxies } from '@countersign/contract/external'
import { type AnyCommand, defineCommand } from '#command'
import { Failure } from '#failure'

const config = defineCommand({
  noun: 'gateway',
  verb: 'config',
  summary: 'configure another proxy, such as nginx or Envoy, to ask the gateway',
  details: [
    'Reads the applications from the running server and prints a whole configuration for the proxy. It holds the secret with which the proxy shows itself to the gateway, so keep it as one. docs/external-authorisation.md goes through it step by step.',
    'With `--check` nothing is generated: the known ways around a proxy are tried against the address, as a visitor who is not signed in. The exit code is 8 where one is open.',
  ],
  arguments: [{ name: 'proxy', meaning: `name of the proxy: ${proxies.join(', ')}` }],
  options: {
    application: { type: 'text', value: 'id', meaning: 'only this application, and the console' },
    listen: {
      type: 'text',
      value: 'address',
      meaning:
        'where clients reach the proxy, a port or `host:port`; 443 with a certificate and for Caddy and Traefik, else 127.0.0.1:8080',
    },
    certificate: {
      type: 'text',
      value: 'path',
      meaning: 'the certificate with its chain that the proxy shows, in PEM, as an absolute path',
    },
    key: { type: 'text', value: 'path', meaning: 'the key of the certificate' },
    gateway: {
      type: 'text',
      value: 'host:port',
      meaning:
        'where the proxy reaches the gateway itself; else COUNTERSIGN_GATEWAY_LISTEN, else 127.0.0.1:7400',
    },
    external: {
      type: 'text',
      value: 'host:port',
      meaning:
        'where the proxy asks the gateway; else COUNTERSIGN_GATEWAY_EXTERNAL_LISTEN, else 127.0.0.1:7403',
    },
    'secret-file': {
      type: 'text',
      value: 'path',
      meaning:
        'a file with the secret that the proxy shows, `-` for standard input; else COUNTERSIGN_GATEWAY_EXTERNAL_SECRET',
    },
    output: {
      type: 'text',
      value: 'dir',
      meaning: 'write the files into this folder, for their owner alone',
    },
    check: {
      type: 'text',
      value: 'url',
      meaning: 'try the known ways around the proxy that runs there',
    },
    'data-dir': {
      type: 'text',
      value: 'dir',
      meaning: 'the data directory; else COUNTERSIGN_DATA_DIR, else `var`',
    },
  },
  examples: [
    {
      line: 'countersign gateway config nginx --application payroll --output /etc/nginx/conf.d',
      meaning: 'nginx asks about one application',
    },
    {
      line: 'countersign gateway config caddy --output /etc/caddy',
      meaning: 'Caddy asks about all of them, and obtains certificates itself',
    },
    {
      line: 'countersign gateway config nginx --check https://payroll.example.com',
      meaning: 'is there a way around it?',
    },
  ],
  run: async ({ options, words: [word = ''] }, world) => {
    const proxy = proxies.find((it) => it === word)
    if (proxy === undefined) {
      throw new Failure('usage', 'there is no adapter for that proxy', `use ${proxies.join(', ')}`)
    }
    if (options.check !== undefined) {
      return (await import('./check.ts')).check(options.check, world)
    }
    return (await import('./config.ts')).config(
      {
        proxy,
        dataDir: options['data-dir'],
        application: options.application,
        listen: options.listen,
        certificate: options.certificate,
        key: options.key,
        gateway: options.gateway,
        external: options.external,
        secretFile: options['secret-file'],
        output: options.output,
      },
      world,
    )
  },
})

export const gatewayCommands: readonly AnyCommand[] = [config]
