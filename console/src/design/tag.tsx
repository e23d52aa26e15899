// A small word that says what kind of thing something is.
import type { ReactNode } from 'react'
import styles from './tag.module.css'

type Tone = 'plain' | 'good' | 'bad' | 'notice'

const tones: Readonly<Record<Tone, string | undefined>> = {
  plain: styles.plain,
  good: styles.good,
  bad: styles.bad,
  notice: styles.notice,
}

interface TagProps {
  readonly children: ReactNode
  readonly tone?: Tone
  readonly icon?: ReactNode
  readonly title?: string
}

export function Tag({ children, tone = 'plain', icon, title }: TagProps) {
  return (
    <span className={`${styles.tag} ${tones[tone]}`} title={title}>
      {icon}
      {children}
    </span>
  )
}
