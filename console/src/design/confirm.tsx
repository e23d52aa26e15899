// A step that cannot be taken back asks once, where it stands, and says what will happen.
import { Button } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import styles from './confirm.module.css'

interface ConfirmProps {
  /** The words on the button, e.g. `Remove`. */
  readonly label: string
  /** Names what it is about where several such buttons stand on a page. */
  readonly of: string
  /** What will happen, in one or two sentences. */
  readonly consequence: ReactNode
  /** The words on the button that does it, e.g. `Remove it`. */
  readonly confirm: string
  readonly loading: boolean
  readonly onConfirm: () => void
  readonly icon?: ReactNode
}

export function Confirm({
  label,
  of,
  consequence,
  confirm,
  loading,
  onConfirm,
  icon,
}: ConfirmProps) {
  // Undefined until it was asked for the first time.
  const [asking, setAsking] = useState<boolean | undefined>()
  if (!asking) {
    return (
      <Button
        size="xs"
        variant="default"
        leftSection={icon}
        aria-label={`${label} ${of}`}
        ref={asking === false ? focus : undefined}
        onClick={() => setAsking(true)}
      >
        {label}
      </Button>
    )
  }
  return (
    <fieldset className={styles.asking} aria-label={`${label} ${of}`}>
      <p>{consequence}</p>
      <div className={styles.buttons}>
        <Button size="xs" color="red" loading={loading} onClick={onConfirm} ref={focus}>
          {confirm}
        </Button>
        <Button size="xs" variant="default" disabled={loading} onClick={() => setAsking(false)}>
          Cancel
        </Button>
      </div>
    </fieldset>
  )
}

// The button that was pressed is gone, and the keyboard goes on where it stood.
function focus(button: HTMLButtonElement | null): void {
  button?.focus()
}
