// The frame around every page but the sign-in: navigation for administrators at the side, for
// everyone else two tabs at the top.
import { Drawer } from '@mantine/core'
import { useDisclosure, useHotkeys } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Outlet } from '@tanstack/react-router'
import { Suspense } from 'react'
import { readingMe } from '#api/me.ts'
import { isProblem } from '#api/server.client.ts'
import { Failed } from '#design/states.tsx'
import { StepUp } from './step-up.tsx'
import { Navigation } from './navigation.tsx'
import { PageBoundary } from './page-boundary.tsx'
import { sectionsFor } from './pages.ts'
import { Palette } from './palette.tsx'
import { Shortcuts } from './shortcuts.tsx'
import { TopBar } from './top-bar.tsx'
import styles from './shell.module.css'

export function Shell() {
  const { data: me, error, refetch } = useQuery(readingMe)
  const [drawer, { open: openDrawer, close: closeDrawer }] = useDisclosure(false)
  const [palette, { open: openPalette, close: closePalette }] = useDisclosure(false)
  const [shortcuts, { open: openShortcuts, close: closeShortcuts }] = useDisclosure(false)
  useHotkeys([
    ['mod+K', openPalette],
    ['shift+?', openShortcuts],
  ])

  if (error && !isProblem(error, 'access.sign_in_required')) {
    const action = isProblem(error, 'access.step_up_required') ? (
      <StepUp onDone={() => void refetch()} />
    ) : undefined
    return (
      <main className={styles.alone}>
        <Failed error={error} onRetry={() => void refetch()} action={action} />
      </main>
    )
  }
  // Nothing is drawn until it is known what there is to see: a frame that changes is worse.
  if (!me) return <main className={styles.alone} aria-busy="true" />

  const administers = sectionsFor(me.permissions).length > 0
  const navigation = (
    <Navigation me={me} onSearch={openPalette} onShortcuts={openShortcuts} onGo={closeDrawer} />
  )
  return (
    <div className={administers ? styles.withSide : styles.withTop}>
      <a href="#content" className={styles.skip}>
        Skip to the content
      </a>
      {administers && <div className={styles.side}>{navigation}</div>}
      <TopBar me={me} administers={administers} onMenu={openDrawer} onShortcuts={openShortcuts} />
      <main id="content" className={styles.content} tabIndex={-1}>
        <Suspense fallback={null}>
          <PageBoundary>
            <Outlet />
          </PageBoundary>
        </Suspense>
      </main>
      <Drawer
        opened={drawer}
        onClose={closeDrawer}
        size={272}
        padding={0}
        withCloseButton={false}
        attributes={{ content: { 'aria-label': 'Navigation' } }}
      >
        {navigation}
      </Drawer>
      <Palette me={me} opened={palette} onClose={closePalette} />
      <Shortcuts opened={shortcuts} onClose={closeShortcuts} administers={administers} />
    </div>
  )
}
