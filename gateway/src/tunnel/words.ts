// Why, in words for a terminal: what `countersign connect` prints of a refusal and of a cut.
import type { DecisionRecord } from '@countersign/contract/decision'
import type { Release } from '@countersign/contract/documents'
import { actText } from '@countersign/contract/remedies'
import type { TunnelWords } from '@countersign/contract/tunnel'
import { type Reason, reasonsOf } from '#refusal/reasons'

/** The reasons of a refusal and what would turn it, each a sentence of its own. */
export function wordsOf(record: DecisionRecord, release: Release | undefined): TunnelWords {
  return {
    reasons: reasonsOf(record, release).map(reasonText),
    nextSteps: (record.remedies?.found ?? []).map((acts) => acts.map(actText).join(' ')),
  }
}

function reasonText({ kind, title, observed }: Reason): string {
  const seen = observed.length === 0 ? '' : ` (${observed.join('; ')})`
  switch (kind) {
    case 'forbidden':
      return `“${title}” forbids this${seen}.`
    case 'condition':
      return `“${title}” would allow this, but asks for something that is not so${seen}.`
    case 'somebody-else':
      return `“${title}” allows this to others, not to you.`
    case 'error':
      return `“${title}” could not be evaluated, so it allows nothing.`
  }
}
