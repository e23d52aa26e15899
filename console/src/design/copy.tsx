// An id to read and to take along.
import { ActionIcon, CopyButton, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import styles from './copy.module.css'

interface CopyableProps {
  readonly value: string
  /** What it is, e.g. `decision id`. */
  readonly what: string
}

export function Copyable({ value, what }: CopyableProps) {
  return (
    <span className={styles.copyable}>
      <code>{value}</code>
      <CopyButton value={value} timeout={1_500}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? 'Copied' : `Copy the ${what}`}>
            <ActionIcon size={24} onClick={copy} aria-label={`Copy the ${what}`}>
              {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </span>
  )
}
