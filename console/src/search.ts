// What an address may carry besides its path. Whatever it is, it was typed by somebody.
import { verdicts, type Verdict } from '@countersign/contract/decision'

export interface ListSearch {
  readonly search?: string
  /** The id of the row that is open. */
  readonly selected?: string
}

export interface DecisionSearch {
  readonly verdict?: Verdict
  readonly principal?: string
  readonly application?: string
  /** `1` includes decisions about Countersign itself. */
  readonly own?: '1'
}

export type Unchecked = Readonly<Record<string, unknown>>

export function listSearch({ search, selected }: Unchecked): ListSearch {
  return { ...text('search', search), ...text('selected', selected) }
}

export function decisionSearch({
  verdict,
  principal,
  application,
  own,
}: Unchecked): DecisionSearch {
  const known = verdicts.find((one) => one === verdict)
  return {
    ...(known ? { verdict: known } : {}),
    ...text('principal', principal),
    ...text('application', application),
    ...(String(own) === '1' ? { own: '1' } : {}),
  }
}

/** A search text; the router reads digits as numbers, and an id may be all digits. */
export function text<K extends string>(name: K, value: unknown): { readonly [P in K]?: string } {
  const isText = typeof value === 'string' || typeof value === 'number'
  return isText && value !== '' ? ({ [name]: String(value) } as { [P in K]: string }) : {}
}
