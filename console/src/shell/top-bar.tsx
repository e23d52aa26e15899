// The bar at the top: the whole navigation of those who only use applications; for
// administrators, the way to the navigation where the window is too narrow for it.
import { ActionIcon } from '@mantine/core'
import { IconMenu2 } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { Me } from '#api/me.ts'
import { Wordmark } from '#design/mark.tsx'
import { AccountMenu } from './account-menu.tsx'
import { portal } from './pages.ts'
import styles from './top-bar.module.css'

interface TopBarProps {
  readonly me: Me
  readonly administers: boolean
  readonly onMenu: () => void
  readonly onShortcuts: () => void
}

export function TopBar({ me, administers, onMenu, onShortcuts }: TopBarProps) {
  return (
    <header className={`${styles.bar} ${administers ? styles.narrowOnly : ''}`}>
      {administers && (
        <ActionIcon size={36} onClick={onMenu} aria-label="Open the navigation">
          <IconMenu2 size={20} />
        </ActionIcon>
      )}
      <span className={styles.mark}>
        <Wordmark />
      </span>
      {!administers && (
        <nav aria-label="Pages" className={styles.tabs}>
          {portal.map(({ path, title }) => (
            <Link key={path} to={path} className={styles.tab}>
              {title}
            </Link>
          ))}
        </nav>
      )}
      <AccountMenu me={me} onShortcuts={onShortcuts} />
    </header>
  )
}
