// Everything that answers `samlApi`.
import type { Implementation } from '#http/implement'
import { openEntrance } from '#signin/entrance'
import { samlAdministrationRoutes } from './administration.routes.ts'
import { samlArrivalRoutes } from './arrival.routes.ts'
import { samlLogoutRoutes } from './logout.routes.ts'
import { samlSignOnRoutes, type SamlSignOnDependencies } from './sign-on.routes.ts'

export function samlRoutes(deps: SamlSignOnDependencies): readonly Implementation[] {
  const entrance = openEntrance(deps)
  return [
    ...samlArrivalRoutes(deps, entrance),
    ...samlSignOnRoutes(deps, entrance),
    ...samlLogoutRoutes(deps, entrance),
    ...samlAdministrationRoutes(deps),
  ]
}
