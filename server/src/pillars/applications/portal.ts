// The applications someone can open: the same question a gateway would ask, put before they do.
import { ownApplication } from '@countersign/contract/actions'
import type { Verdict } from '@countersign/contract/decision'
import type { Application } from '@countersign/contract/documents'
import { uid } from '@countersign/contract/entities'
import type { Estate } from '@countersign/contract/estate'
import type { Subject } from '@countersign/contract/request'

export interface Visit {
  readonly subject: Subject
  /** The client's address. */
  readonly address: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

export interface Opening {
  readonly application: Application
  readonly url: string
  readonly verdict: Exclude<Verdict, 'deny'>
}

/** Published web applications that would be allowed now, or after a fresh sign-in, by name. */
export function openings(estate: Estate, visit: Visit, publicUrl: URL): readonly Opening[] {
  return estate
    .all('application')
    .flatMap((application): readonly Opening[] => {
      const [host] = application.hosts
      if (host === undefined || application.kind !== 'web' || application.id === ownApplication) {
        return []
      }
      const verdict = verdictOn(estate, visit, application.id, host)
      return verdict === 'deny' ? [] : [{ application, url: urlOf(host, publicUrl), verdict }]
    })
    .sort((left, right) => (left.application.name < right.application.name ? -1 : 1))
}

function verdictOn(
  estate: Estate,
  { subject, address, now }: Visit,
  id: string,
  host: string,
): Verdict {
  return estate.judge({
    subject,
    action: 'access',
    resource: uid('application', id),
    circumstances: { protocol: 'http', method: 'GET', host, path: '/', address },
    now,
  }).verdict
}

/** Applications are served by the same gateway as the console, so they share its scheme and port. */
export function urlOf(host: string, { protocol, port }: URL): string {
  return `${protocol}//${host}${port === '' ? '' : `:${port}`}/`
}
