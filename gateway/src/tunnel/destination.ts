// Where the tunnels of an application end. The answer comes from the application's document and
// from nothing that a client sent.
import type { Application } from '@countersign/contract/documents'

/** A host and port to open a connection to. */
export interface Destination {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string
  readonly port: number
}

/** The destination of an application of kind `tcp`; undefined where tunnels do not lead to it. */
export function destinationOf({
  kind,
  upstream,
}: Pick<Application, 'kind' | 'upstream'>): Destination | undefined {
  const [, name, port] =
    /^tcp:\/\/(\[[0-9a-f:.]+\]|[a-z0-9.-]+):(\d{1,5})$/.exec(upstream ?? '') ?? []
  return kind === 'tcp' && name !== undefined && port !== undefined && Number(port) <= 65_535
    ? { host: name.replace(/^\[|\]$/g, ''), port: Number(port) }
    : undefined
}

export function isSameDestination(
  left: Destination | undefined,
  right: Destination | undefined,
): boolean {
  return left?.host === right?.host && left?.port === right?.port
}
