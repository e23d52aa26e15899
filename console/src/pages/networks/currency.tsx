// How current a gateway is: sign and words.
import { IconAlertTriangle, IconCheck, IconClock } from '@tabler/icons-react'
import { Tag } from '#design/tag.tsx'
import { figure } from '#words/figures.ts'
import type { GatewayState } from '#words/gateways.ts'

export function Currency({ state }: { readonly state: GatewayState }) {
  switch (state.kind) {
    case 'current':
      return (
        <Tag tone="good" icon={<IconCheck size={13} aria-hidden="true" />}>
          Current
        </Tag>
      )
    case 'behind':
      return (
        <Tag tone="notice" icon={<IconClock size={13} aria-hidden="true" />}>
          {figure(state.changes)} {state.changes === 1 ? 'change' : 'changes'} behind
        </Tag>
      )
    case 'silent':
      return (
        <Tag tone="bad" icon={<IconAlertTriangle size={13} aria-hidden="true" />}>
          Silent
        </Tag>
      )
    case 'unheard':
      return <Tag>Never seen</Tag>
  }
}
