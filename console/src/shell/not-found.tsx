// An address that leads nowhere.
import { Link } from '@tanstack/react-router'
import { Standalone } from './standalone.tsx'

export function NotFound() {
  return (
    <Standalone title="There is nothing here">
      <p>
        No page of Countersign has this address. <Link to="/">Go to the start</Link>.
      </p>
    </Standalone>
  )
}
