// `countersign gateway config`: the configuration with which another proxy asks the gateway.
import { api } from '@countersign/contract/api'
import type { Application } from '@countersign/contract/documents'
import type { ProxyKind } from '@countersign/contract/external'
import { type ConfigFile, configFiles } from '@countersign/contract/proxy-config/files'
import { type Plan, PlanFault, planOf } from '@countersign/contract/proxy-config/plan'
import { settings } from '@countersign/contract/settings'
import { resolve } from 'node:path'
import { withControl } from '#control.client'
import type { ExitName } from '#exit'
import { Failure } from '#failure'
import type { World } from '#world'
import { readSecret, writeFiles } from './files.file.ts'

export interface ConfigRequest {
  readonly proxy: ProxyKind
  readonly dataDir: string | undefined
  /** The id of the only application wanted. */
  readonly application: string | undefined
  readonly listen: string | undefined
  readonly certificate: string | undefined
  readonly key: string | undefined
  readonly gateway: string | undefined
  readonly external: string | undefined
  readonly secretFile: string | undefined
  /** A folder to write the files into; else the only file goes to standard output. */
  readonly output: string | undefined
}

/** Prints or writes the configuration. Throws `Failure` where a value does not fit into it. */
export async function config(request: ConfigRequest, world: World): Promise<ExitName> {
  const directory = request.output === undefined ? '' : resolve(world.directory, request.output)
  const all = await applicationsOf(request.dataDir, world)
  const { application, proxy } = request
  const wanted = all.filter(
    ({ id }) => application === undefined || id === application || id === 'countersign',
  )
  if (application !== undefined && !wanted.some(({ id }) => id === application)) {
    throw new Failure(
      'notFound',
      `there is no application \`${application.replace(/[^\w.@:+/=~-]/g, '?')}\``,
      'see the console for the ids of applications',
    )
  }
  const files = await fitting(async () => {
    const plan = planOf({
      ...addresses(request, world),
      applications: wanted.filter((one) => one.id === application || isServed(one)),
      secret: await secretOf(request, world),
    })
    advise(plan, wanted, proxy, world)
    return configFiles(proxy, plan, directory)
  })
  await put(files, request.output === undefined ? undefined : directory, world)
  return 'ok'
}

/** In the inventory alone are those without a host or an address; tunnels are the gateway's own. */
function isServed({ hosts, upstream, kind }: Application): boolean {
  return hosts.length > 0 && upstream !== undefined && kind !== 'tcp'
}

function addresses(request: ConfigRequest, { environment }: World) {
  const { proxy, certificate, key } = request
  const obtains = proxy === 'caddy' || proxy === 'traefik'
  return {
    listen: request.listen ?? (certificate !== undefined || obtains ? '443' : '127.0.0.1:8080'),
    certificate,
    key,
    gateway: request.gateway ?? reached(environment[settings.gatewayListen.env], '127.0.0.1:7400'),
    external:
      request.external ??
      reached(environment[settings.gatewayExternalListen.env], '127.0.0.1:7403'),
  }
}

// An address that means every interface is reached at home.
function reached(address: string | undefined, fallback: string): string {
  return (address || fallback).replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:')
}

async function secretOf({ secretFile }: ConfigRequest, world: World): Promise<string> {
  const given =
    secretFile === undefined
      ? world.environment[settings.gatewayExternalSecret.env]
      : secretFile === '-'
        ? await world.readInput()
        : await readSecret(resolve(world.directory, secretFile))
  if (given !== undefined && given.trim() !== '') return given.trim()
  throw new Failure(
    'usage',
    'there is no secret for the proxy to show',
    `make one with \`openssl rand -hex 32\`, set ${settings.gatewayExternalSecret.env} to it for the gateway and for this command, or name a file with \`--secret-file\``,
  )
}

async function applicationsOf(dataDir: string | undefined, world: World): Promise<Application[]> {
  return withControl(dataDir, world, async ({ client }, signal) => {
    const found: Application[] = []
    let after: string | undefined
    for (let page = 0; page < pagesMaxCount; page++) {
      const { items, next } = await client.call(
        api.applications.applications,
        { query: { limit: pageItems, ...(after === undefined ? {} : { after }) } },
        { signal },
      )
      found.push(...items)
      if (next === undefined) return found
      after = next
    }
    throw new Failure('usage', 'there are too many applications', 'choose one with `--application`')
  })
}

const pageItems = 500
const pagesMaxCount = 40
/** Names in one line of advice. */
const shownMaxCount = 10

function advise(plan: Plan, wanted: readonly Application[], proxy: ProxyKind, world: World): void {
  const left = wanted.filter((one) => !isServed(one)).map(({ id }) => id)
  if (left.length > 0) {
    const more = left.length > shownMaxCount ? ` and ${left.length - shownMaxCount} more` : ''
    world.stderr.write(
      `Left out, because a proxy cannot serve them: ${left.slice(0, shownMaxCount).join(', ')}${more}.\n`,
    )
  }
  const isPlain = !plan.tls && plan.listen.port !== 443
  if (isPlain && plan.sites.some(({ hosts }) => hosts.some((host) => !isLocal(host)))) {
    world.stderr.write(
      'Without TLS browsers keep a session only at names below `localhost`: give `--certificate` and `--key`.\n',
    )
  }
  if (plan.consoleHosts.length === 0) {
    world.stderr.write('The console has no host name of its own here, so sign-ins go elsewhere.\n')
  }
  if (proxy === 'envoy' || proxy === 'traefik') {
    world.stderr.write(`The configuration of ${proxy} is not tested with the program itself.\n`)
  }
}

function isLocal(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost')
}

async function fitting<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof PlanFault ? new Failure('usage', error.message, error.remedy) : error
  }
}

async function put(
  files: readonly ConfigFile[],
  directory: string | undefined,
  world: World,
): Promise<void> {
  const [only] = files
  if (directory !== undefined) {
    for (const path of await writeFiles(files, directory)) world.stderr.write(`wrote ${path}\n`)
  } else if (files.length === 1 && only) {
    world.stdout.write(only.text)
  } else {
    throw new Failure(
      'usage',
      `this configuration has ${files.length} files`,
      'name a folder for them with `--output`',
    )
  }
}
