// The side bar: the pillars from what happens to what there is, then one's own pages and account.
import { IconSearch } from '@tabler/icons-react'
import { Link, useRouter } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import type { Me } from '#api/me.ts'
import { Wordmark } from '#design/mark.tsx'
import { AccountMenu } from './account-menu.tsx'
import { type PageEntry, portal, sectionsFor } from './pages.ts'
import styles from './navigation.module.css'

interface NavigationProps {
  readonly me: Me
  readonly onSearch: () => void
  readonly onShortcuts: () => void
  /** Called after a link was followed, to close what the navigation stands in. */
  readonly onGo: () => void
}

export function Navigation({ me, onSearch, onShortcuts, onGo }: NavigationProps) {
  const list = useRef<HTMLElement>(null)
  const router = useRouter()
  // The list may be longer than the window; where one is must show in it.
  useEffect(() => {
    const show = () => {
      if (list.current) showActive(list.current)
    }
    show()
    return router.subscribe('onRendered', show)
  }, [router])
  return (
    <div className={styles.navigation}>
      <div className={styles.top}>
        <Link to="/" className={styles.home} aria-label="Countersign: to the overview">
          <Wordmark />
        </Link>
        <button
          type="button"
          className={styles.search}
          onClick={() => {
            onGo()
            onSearch()
          }}
        >
          <IconSearch size={15} aria-hidden="true" />
          Search or go to
          <kbd>{searchKeys}</kbd>
        </button>
      </div>
      <nav ref={list} className={styles.pages} aria-label="Pages">
        <Section title="Mine" pages={portal} onGo={onGo} />
        {sectionsFor(me.permissions).map(({ title, pages }) => (
          <Section key={title} title={title} pages={pages} onGo={onGo} />
        ))}
      </nav>
      <AccountMenu me={me} onShortcuts={onShortcuts} wide />
    </div>
  )
}

const headingHeightPx = 32
const gapPx = 12

// Not `scrollIntoView`: browsers let the next Tab begin where that went, past the link to the content.
function showActive(list: HTMLElement): void {
  const entry = list.querySelector('[data-status="active"]')?.getBoundingClientRect()
  if (!entry) return
  const frame = list.getBoundingClientRect()
  const above = frame.top + headingHeightPx - entry.top
  const below = entry.bottom + gapPx - frame.bottom
  if (above > 0) list.scrollTop -= above
  else if (below > 0) list.scrollTop += below
}

const searchKeys = /mac/i.test(navigator.userAgent) ? '⌘ K' : 'Ctrl K'

interface SectionProps {
  readonly title: string
  readonly pages: readonly PageEntry[]
  readonly onGo: () => void
}

function Section({ title, pages, onGo }: SectionProps) {
  const id = `section-${title.toLowerCase()}`
  return (
    <div className={styles.section}>
      <h2 id={id}>{title}</h2>
      <ul aria-labelledby={id}>
        {pages.map(({ path, title: name, icon: Icon }) => (
          <li key={path}>
            <Link
              to={path}
              className={styles.link}
              activeOptions={{ exact: path === '/' || path === '/applications' }}
              onClick={onGo}
            >
              <Icon size={17} stroke={1.6} />
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  )
}
