// What Caddy and Traefik call forward auth: a GET with the original request in `X-Forwarded-`
// headers. The proxy must be set not to take these from the client.
import { secretHeader } from '@countersign/contract/external'
import type { RequestHead } from '#exchange'
import { required, take, type Told, told } from './told.ts'

const method = 'x-forwarded-method'
const uri = 'x-forwarded-uri'
const host = 'x-forwarded-host'
const client = 'x-forwarded-for'
const always = [secretHeader, method, uri, host, client, 'x-forwarded-proto']

/** The original request; `also` are further headers that this proxy sets by itself. */
export function readForwarded(request: RequestHead, also: readonly string[] = []): Told {
  const taken = take(request, [...always, ...also])
  return told({
    method: required(taken, method),
    target: required(taken, uri),
    authority: required(taken, host),
    address: required(taken, client),
    rawHeaders: taken.rawHeaders,
    headers: taken.headers,
  })
}
