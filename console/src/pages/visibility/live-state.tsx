// Whether the list is live, in a word.
import type { Connection } from './live.client.ts'
import styles from './decisions.module.css'

interface LiveStateProps {
  readonly connection: Connection
  readonly paused: boolean
}

export function LiveState({ connection, paused }: LiveStateProps) {
  const kind = paused ? 'paused' : connection.kind
  return (
    <output className={styles.live}>
      <span className={styles.pulse} data-kind={kind} />
      {wordsOf(connection, paused)}
    </output>
  )
}

function wordsOf(connection: Connection, paused: boolean): string {
  switch (connection.kind) {
    case 'connecting':
      return 'Connecting'
    case 'broken':
      return `Not connected; trying again in ${Math.round(connection.retryMs / 1000)} s`
    case 'refused':
      return 'Not connected'
    case 'live':
      return paused ? 'Paused' : 'Live'
  }
}
