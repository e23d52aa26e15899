// A secret that is shown once: to copy now, and never again.
import { Button, CopyButton } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import styles from './secret.module.css'

interface ShownOnceProps {
  /** One line each. */
  readonly lines: readonly string[]
  /** What it is, e.g. `link`. */
  readonly what: string
  /** What to do with it now. */
  readonly advice: string
}

export function ShownOnce({ lines, what, advice }: ShownOnceProps) {
  return (
    <output className={styles.secret}>
      <p>{advice} You see this only now.</p>
      <ul className={lines.length > 1 ? styles.columns : undefined}>
        {lines.map((line) => (
          <li key={line}>
            <code>{line}</code>
          </li>
        ))}
      </ul>
      <CopyButton value={lines.join('\n')} timeout={1_500}>
        {({ copied, copy }) => (
          <Button
            size="xs"
            variant="default"
            leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
            onClick={copy}
          >
            {copied ? 'Copied' : `Copy the ${what}`}
          </Button>
        )}
      </CopyButton>
    </output>
  )
}
