// The tier of an application: its number, and what it means one hover away.
import type { Tier } from '@countersign/contract/document-shapes'
import { Tag } from '#design/tag.tsx'

const meanings: Readonly<Record<Tier, string>> = {
  0: 'the organisation cannot lose it',
  1: 'its loss stops important work',
  2: 'its loss slows work down',
  3: 'its loss does little harm',
}

export function TierTag({ tier }: { readonly tier: Tier }) {
  return (
    <Tag
      tone={tier === 0 ? 'bad' : tier === 1 ? 'notice' : 'plain'}
      title={`Tier ${tier}: ${meanings[tier]}`}
    >
      Tier {tier}
    </Tag>
  )
}
