// A policy's text, coloured so that its shape can be seen at a glance.
import { useMemo } from 'react'
import { cedarTokens } from '#words/cedar.ts'
import styles from './cedar.module.css'

export function CedarText({ text, label }: { readonly text: string; readonly label: string }) {
  const tokens = useMemo(() => cedarTokens(text.trim()), [text])
  return (
    // A long line scrolls sideways, so the keyboard must reach it too.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- see above
    <section className={styles.text} tabIndex={0} aria-label={label}>
      <pre>
        <code>
          {tokens.map(({ kind, text, at }) =>
            kind === 'plain' ? (
              text
            ) : (
              <span key={at} className={styles[kind]}>
                {text}
              </span>
            ),
          )}
        </code>
      </pre>
    </section>
  )
}
