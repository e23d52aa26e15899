// Reads a directory that answers LDAP. One connection, one page after the other; what the server
// refers elsewhere is not followed. A connection that breaks is made again, and what was already
// taken is not taken twice.
import { isIPv4 } from 'node:net'
import { Client, InvalidCredentialsError, NoSuchObjectError, ResultCodeError } from 'ldapts'
import type { Entry as FoundEntry } from 'ldapts'
import type { Bookmark, Reading } from '#reading'
import type { LdapSpec, ReadOptions } from '#source'
import { SourceError } from '#source-error'
import { directoryReader, wantedAttributes } from './directory.ts'
import type { Value } from './entry.ts'
import { dnKey } from './identifiers.ts'
import {
  AccessListControl,
  activeDirectorySearches,
  octetAttributes,
  plainSearches,
} from './searches.ts'
import type { Search } from './searches.ts'

const pageEntries = 500
const operationTimeoutMs = 120_000
const connectTimeoutMs = 15_000
const connectionsMax = 4
const rangesMax = 10_000

/** What the server says of itself. */
interface Server {
  readonly activeDirectory: boolean
  readonly base: string
  readonly configuration: string | undefined
  readonly name: string
  readonly highestChange: string | undefined
}

/** The reading of a live directory. Throws a `SourceError`. */
export async function readLdap(spec: LdapSpec, { now, onProgress }: ReadOptions): Promise<Reading> {
  const directory = directoryReader()
  const seen = new Set<string>()
  const taken = new Set<string>()
  let server: Server | undefined
  let latest = ''
  for (let connection = 1; ; connection++) {
    const client = await connected(spec)
    try {
      server ??= await serverOf(client, spec)
      await readAll(client, server)
      break
    } catch (error) {
      if (connection >= connectionsMax || !isCut(error)) throw asSourceError(spec.url, error)
    } finally {
      await client.unbind().catch(() => undefined)
    }
  }
  const bookmark = bookmarkOf(server, latest, spec.since)
  return directory.finish({ name: spec.url, readAt: now, seen, everything: true, bookmark })

  async function readAll(client: Client, found: Server): Promise<void> {
    for (const search of searchesOf(found, spec.since)) {
      const pages = client.searchPaginated(
        search.base,
        {
          scope: 'sub',
          filter: search.filter,
          attributes: [...search.attributes],
          explicitBufferAttributes: [...octetAttributes],
          paged: { pageSize: pageEntries },
          derefAliases: 'never',
        },
        search.accessLists ? new AccessListControl() : undefined,
      )
      try {
        for await (const { searchEntries } of pages) {
          for (const entry of searchEntries) await take(client, entry)
          onProgress?.({ entries: taken.size })
        }
      } catch (error) {
        if (!(search.optional && error instanceof NoSuchObjectError)) throw error
      }
    }
  }

  async function take(client: Client, found: FoundEntry): Promise<void> {
    const key = dnKey(found.dn)
    if (taken.has(key)) return
    const values = new Map<string, Value[]>()
    for (const [written, value] of Object.entries(found)) {
      if (written === 'dn') continue
      const [base = '', ...options] = written.split(';')
      const name = base.toLowerCase()
      const list = valuesOf(value)
      if (list.length > 0) seen.add(name)
      if (!wantedAttributes.has(name)) continue
      const range = options.find((it) => it.startsWith('range='))
      const all =
        range === undefined ? list : [...list, ...(await rest(client, found.dn, base, range))]
      values.set(name, [...(values.get(name) ?? []), ...all])
    }
    const modified = values.get('modifytimestamp')?.[0]
    if (typeof modified === 'string' && modified > latest) latest = modified
    taken.add(key)
    directory.take({ dn: found.dn, where: `${spec.url} ${found.dn}`, values, partial: [] })
  }
}

/** The further values of an attribute that the server gives in ranges. */
async function rest(client: Client, dn: string, name: string, first: string): Promise<Value[]> {
  const values: Value[] = []
  let range = first
  for (let count = 0; count < rangesMax && !range.endsWith('-*'); count++) {
    const start = Number(range.slice(range.lastIndexOf('-') + 1)) + 1
    const { searchEntries } = await client.search(dn, {
      scope: 'base',
      attributes: [`${name};range=${start}-*`],
    })
    const next = Object.entries(searchEntries[0] ?? {}).find(([it]) =>
      it.toLowerCase().startsWith(`${name.toLowerCase()};range=${start}-`),
    )
    if (next === undefined) break
    values.push(...valuesOf(next[1]))
    range = next[0]
  }
  return values
}

function valuesOf(value: FoundEntry[string]): Value[] {
  return [value].flat().filter((it) => it.length > 0)
}

async function connected(spec: LdapSpec): Promise<Client> {
  const url = urlOf(spec)
  const tlsOptions = {
    servername: isIPv4(url.hostname) || url.hostname.startsWith('[') ? '' : url.hostname,
    ...(spec.authorities !== undefined && { ca: spec.authorities }),
  }
  const client = new Client({
    url: `${url.protocol}//${url.host}`,
    timeout: operationTimeoutMs,
    connectTimeout: connectTimeoutMs,
    strictDN: false,
    ...(url.protocol === 'ldaps:' && { tlsOptions }),
  })
  try {
    if (url.protocol === 'ldap:' && spec.plain !== true) await client.startTLS(tlsOptions)
    await client.bind(spec.bindDn, await spec.password())
    return client
  } catch (error) {
    await client.unbind().catch(() => undefined)
    throw asSourceError(spec.url, error)
  }
}

/** The address, refused where the password would travel for all to read. */
function urlOf({ url, plain }: LdapSpec): URL {
  const parsed = URL.parse(url)
  if (parsed === null || !['ldap:', 'ldaps:'].includes(parsed.protocol) || parsed.username !== '') {
    throw new SourceError(
      url.replace(/\/\/.*@/, '//'),
      'this is no address of a directory',
      'write it as `ldaps://host`',
    )
  }
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(parsed.hostname)
  if (plain === true && !local) {
    throw new SourceError(
      url,
      'the password would be sent in the clear',
      'use `ldaps://`, or `ldap://` with StartTLS',
    )
  }
  return parsed
}

async function serverOf(client: Client, spec: LdapSpec): Promise<Server> {
  const { searchEntries } = await client.search('', {
    scope: 'base',
    filter: '(objectClass=*)',
    attributes: ['*', '+'],
  })
  const root = searchEntries[0]
  const first = (name: string): string | undefined => {
    const value = root === undefined ? undefined : valuesOf(root[name] ?? [])[0]
    return typeof value === 'string' ? value : undefined
  }
  const base = spec.base ?? first('defaultNamingContext') ?? first('namingContexts')
  if (base === undefined) {
    throw new SourceError(
      spec.url,
      'the directory names no place to search from',
      'name one as its base',
    )
  }
  const highestChange = first('highestCommittedUSN')
  return {
    activeDirectory: highestChange !== undefined,
    base,
    configuration: first('configurationNamingContext'),
    name: first('dnsHostName') ?? spec.url,
    highestChange,
  }
}

function searchesOf(server: Server, since: Bookmark | undefined): readonly Search[] {
  if (!server.activeDirectory) {
    return plainSearches(server.base, since?.kind === 'modified' ? since.until : undefined)
  }
  if (since !== undefined && (since.kind !== 'usn' || since.server !== server.name)) {
    throw new SourceError(
      server.name,
      'the bookmark is of another server, whose count of changes means nothing here',
      'read the whole directory once, and continue from the new bookmark',
    )
  }
  return activeDirectorySearches(server.base, server.configuration, since?.highest)
}

function bookmarkOf(
  server: Server,
  latest: string,
  since: Bookmark | undefined,
): Bookmark | undefined {
  if (server.highestChange !== undefined) {
    // What changed while we read is read again next time, which does no harm.
    return { kind: 'usn', server: server.name, highest: server.highestChange }
  }
  return latest === '' ? since : { kind: 'modified', until: latest }
}

/** Whether the connection broke, rather than the server saying no. */
function isCut(error: unknown): boolean {
  return !(error instanceof ResultCodeError) && !(error instanceof SourceError)
}

function asSourceError(url: string, error: unknown): unknown {
  if (error instanceof SourceError) return error
  if (error instanceof InvalidCredentialsError) {
    return new SourceError(url, 'the directory refuses the name or the password', 'check both')
  }
  if (error instanceof ResultCodeError) {
    const what = `the directory answers \`${error.name}\``
    return new SourceError(
      url,
      what,
      'check the base, the rights of the account and the encryption',
      { cause: error },
    )
  }
  if (!(error instanceof Error)) return error
  const what = `the directory cannot be reached: ${error.message}`
  const remedy = 'check the address, the network and which authorities vouch for its certificate'
  return new SourceError(url, what, remedy, { cause: error, unreachable: true })
}
