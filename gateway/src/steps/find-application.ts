// Which application answers is decided by the host alone, and policies are asked about exactly
// the application the request will reach.
import { ownApplication } from '@countersign/contract/actions'
import { problem } from '@countersign/contract/problems'
import {
  type Arrival,
  EXTERNAL,
  type ExternalArrival,
  type Informed,
  type Routed,
  TUNNEL,
  type Understood,
} from '#exchange'
import { destinationOf } from '#tunnel/destination'

/** Adds the application of the host, or refuses a host that nobody serves in this way. */
export function findApplication(known: Arrival & Understood & Informed): Routed {
  const { entry, authority, estate } = known
  if (entry === EXTERNAL) return selectedByProxy(known)
  const { name, port } = authority
  const application = estate.applicationAt(name)
  if (!application || application.upstream === undefined) {
    throw problem('route.unknown_host', `no application answers at \`${name}\``)
  }
  const isTunnel = entry === TUNNEL
  if (isTunnel !== (application.kind === 'tcp')) {
    throw problem('route.other_way', isTunnel ? `\`${name}\` is reached over HTTP` : undefined)
  }
  if (isTunnel && String(destinationOf(application)?.port) !== port) {
    throw problem('route.unknown_port', `\`${name}\` has nothing at port ${port}`)
  }
  return { application }
}

// Another proxy has selected the application already, and that one is asked about: to guess it again
// from the host would be to decide about one application and reach another.
function selectedByProxy({
  route,
  authority: { name },
  estate,
}: ExternalArrival & Understood & Informed): Routed {
  const application = estate.get('application', route)
  if (!application || application.kind === 'tcp' || application.id === ownApplication) {
    throw problem('route.unknown_host', `no application \`${route}\` is served by another proxy`)
  }
  // Another proxy would pass on the path that was decided about, and not the one that is meant; and
  // it is given no credential of an application.
  if (application.upstreamPath ?? application.upstreamCredential) {
    throw problem('route.unknown_host', `\`${route}\` is served by the gateway itself alone`)
  }
  if (!application.hosts.includes(name)) {
    throw problem('route.unknown_host', `\`${name}\` is not a host of \`${route}\``)
  }
  return { application }
}
