// The people one may become with a click, each with a reason to try.
import type { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { Loader } from '@mantine/core'
import { IconArrowRight } from '@tabler/icons-react'
import { initialsOf } from '#words/monogram.ts'
import styles from './signin.module.css'

type Persona = RouteResult<typeof api.signin.offer>['personas'][number]

interface PersonasProps {
  readonly personas: readonly Persona[]
  readonly busy: boolean
  readonly chosen: string | undefined
  readonly onChoose: (person: string) => void
}

export function Personas({ personas, busy, chosen, onChoose }: PersonasProps) {
  return (
    <section className={styles.personas} aria-labelledby="personas">
      <h2 id="personas">Or try the demo as one of these people</h2>
      <p>They exist only in the demo. Each meets other policies.</p>
      <ul>
        {personas.map(({ person, name, title, story }) => (
          <li key={person}>
            <button type="button" disabled={busy} onClick={() => onChoose(person)}>
              <span className={styles.initials} aria-hidden="true">
                {initialsOf(name)}
              </span>
              <span className={styles.persona}>
                <strong>{name}</strong>
                {/* A story that begins with the title says it already. */}
                {!story.startsWith(title) && <em>{title}</em>}
                <span>{story}</span>
              </span>
              {busy && chosen === person ? (
                <Loader size={16} />
              ) : (
                <IconArrowRight size={16} aria-hidden="true" />
              )}
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
