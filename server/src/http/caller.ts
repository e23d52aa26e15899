// Who calls, once it is proved: whoever holds the control socket, an enrolled gateway with its
// key, or a visitor for whom an enrolled gateway vouches.
import type { Subject } from '@countersign/contract/request'

export type Caller =
  | { readonly kind: 'operator' }
  | { readonly kind: 'gateway'; readonly id: string }
  | Visitor

export interface Visitor {
  readonly kind: 'visitor'
  readonly subject: Subject
  /** The session's id, while the session lives. */
  readonly sid?: string
  /** Thumbprint of the certificate that the gateway saw and believed, if there was one. */
  readonly certificate?: string
  /** The client's address as the gateway saw it. */
  readonly address: string
  /** The host name the visitor asked for, without port. */
  readonly host: string
}

/** The actor that the journal names for this caller, as `Person::"ada"`. */
export function actorOf(caller: Caller): string {
  switch (caller.kind) {
    case 'operator':
      return 'Workload::"operator"'
    case 'gateway':
      return `Gateway::${JSON.stringify(caller.id)}`
    case 'visitor':
      switch (caller.subject.kind) {
        case 'anonymous':
          return 'Anonymous::"anonymous"'
        case 'person':
          return `Person::${JSON.stringify(caller.subject.session.person)}`
        case 'workload':
          return `Workload::${JSON.stringify(caller.subject.id)}`
      }
  }
}
