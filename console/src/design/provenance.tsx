// How a fact is known, as a badge: the more it proves, the more solid it looks.
import type { Provenance } from '@countersign/contract/facts'
import { IconClipboardCheck, IconMessage2, IconShieldCheckFilled } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { provenanceWords } from '#words/provenance.ts'
import { Tag } from './tag.tsx'

const icons: Readonly<Record<Provenance, ReactNode>> = {
  attested: <IconShieldCheckFilled size={13} aria-hidden="true" />,
  reported: <IconClipboardCheck size={13} aria-hidden="true" />,
  'self-reported': <IconMessage2 size={13} aria-hidden="true" />,
}

export function ProvenanceBadge({ provenance }: { readonly provenance: Provenance }) {
  const { badge, meaning } = provenanceWords[provenance]
  return (
    <Tag icon={icons[provenance]} title={`${badge}: ${meaning}`}>
      {badge}
    </Tag>
  )
}
