// The one application of the hospital group that is no website: the console of the engine that
// carries messages between systems. It knows no sign-in of its own, so a tunnel is the only way.
import type { Application } from '@countersign/contract/documents'

const interfaceEngine = 'interface-engine'
/** It answers right behind the port of the other applications. */
const portOffset = 1

/** Where it listens, by where the other applications do. */
export function interfaceEnginePort(applicationsPort: number): number {
  return applicationsPort + portOffset
}

/** Its document. `upstream` is where the other applications are. */
export function tunnelDocuments(
  ownerOf: (department: string) => string,
  upstream: string,
): Application[] {
  const { hostname, port } = new URL(upstream)
  return [
    {
      id: interfaceEngine,
      name: 'Interface Engine',
      description: 'messages between systems: queues, retries and what is stuck',
      owner: ownerOf('technology'),
      tier: 2,
      hosts: [`${interfaceEngine}.localhost`],
      upstream: `tcp://${hostname}:${interfaceEnginePort(Number(port))}`,
      kind: 'tcp',
      groups: ['applications', 'technology-applications'],
    },
  ]
}
