// A page that breaks says so, and leaves the navigation standing.
import { useLocation } from '@tanstack/react-router'
import { Component, type ReactNode, useEffect, useRef } from 'react'
import { Failed } from '#design/states.tsx'
import styles from './page-boundary.module.css'

export function PageBoundary({ children }: { readonly children: ReactNode }) {
  // Going elsewhere is a fresh start.
  const { pathname } = useLocation()
  const last = useRef(pathname)
  useEffect(() => {
    if (last.current === pathname) return
    last.current = pathname
    // A screen reader continues at the new page, and Tab at its first control.
    document.querySelector<HTMLElement>('#content')?.focus({ preventScroll: true })
  }, [pathname])
  return <Boundary key={pathname}>{children}</Boundary>
}

class Boundary extends Component<{ readonly children: ReactNode }, { readonly error?: unknown }> {
  override state: { readonly error?: unknown } = {}

  static getDerivedStateFromError(error: unknown) {
    return { error }
  }

  override render() {
    if (this.state.error === undefined) return this.props.children
    return (
      <div className={styles.broken}>
        <Failed error={this.state.error} onRetry={() => this.setState({ error: undefined })} />
      </div>
    )
  }
}
