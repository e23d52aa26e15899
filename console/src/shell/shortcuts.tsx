// The keys that work everywhere, on one card.
import { Modal } from '@mantine/core'
import styles from './shortcuts.module.css'

interface ShortcutsProps {
  readonly opened: boolean
  readonly onClose: () => void
  readonly administers: boolean
}

const keys = [
  ['Ctrl or ⌘ K', 'search, or go to a page'],
  ['/', 'filter the list'],
  ['j  k', 'next and previous row; the arrows too, once in the list'],
  ['Enter', 'open the row'],
  ['Esc', 'close what is open'],
  ['p', 'pause and resume live decisions'],
  ['?', 'this card'],
] as const

export function Shortcuts({ opened, onClose, administers }: ShortcutsProps) {
  const shown = administers ? keys : keys.filter(([key]) => key !== 'p' && !key.startsWith('j'))
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Keyboard shortcuts"
      centered
      size={440}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <dl className={styles.keys}>
        {shown.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  )
}
