// The whole generated organisation: what Countersign is to know, what the personnel system and
// the directory say, and the truth about their faults. The same seed and moment give the same
// organisation, byte for byte.
import type { AnyDocument, DocumentKind, DocumentOf } from '@countersign/contract/documents'
import type { Directory } from '#directory/directory'
import { generateDirectory } from '#directory/generate'
import type { GroundTruth } from '#directory/ground-truth'
import { applicationDocuments, applicationRows, applicationsPort } from './applications.ts'
import { organisationName } from './departments.ts'
import { deviceAt, type DeviceProfile, generateDevices } from './devices.ts'
import { groupDocuments } from './groups.ts'
import { datasetDocuments, generateHosts } from './infrastructure.ts'
import { tunnelDocuments } from './tunnels.ts'
import { generatePeople, headsOf, type Member } from './people.ts'
import { generateFormerMembers, type PersonnelEvent, personnelEvents } from './personnel.ts'
import { randomFrom } from './random.ts'
import { generateWorkloads } from './workloads.ts'

export interface OrganisationOptions {
  readonly seed: string
  /** The moment everything is as of, in milliseconds since the epoch. */
  readonly now: number
  /** Where the applications answer, without a path. */
  readonly upstream?: string
}

export interface Organisation {
  readonly seed: string
  readonly now: number
  readonly name: string
  /** In an order in which whatever is referred to comes before who refers to it. */
  readonly documents: readonly AnyDocument[]
  readonly members: readonly Member[]
  readonly devices: readonly DeviceProfile[]
  readonly personnel: readonly PersonnelEvent[]
  readonly directory: Directory
  readonly groundTruth: GroundTruth
}

/** The organisation of a seed at a moment. */
export function generateOrganisation({ seed, now, upstream }: OrganisationOptions): Organisation {
  const random = randomFrom(seed)
  const members = generatePeople(random.stream('people'), now)
  const heads = headsOf(members)
  // The executive office has no head but the chief executive, who comes first of all.
  const chief = members[0]?.person.id ?? ''
  const ownerOf = (department: string): string => heads.get(department) ?? chief
  const former = generateFormerMembers(random.stream('former'), members, now)
  const workloads = generateWorkloads(random.stream('workloads'), ownerOf, now)
  const devices = generateDevices(random.stream('devices'), members, now)
  const behind = upstream ?? `http://127.0.0.1:${applicationsPort}`
  const applications = [
    ...applicationDocuments(ownerOf, behind),
    ...tunnelDocuments(ownerOf, behind),
  ]
  const ownerOfApplication = (id: string): string =>
    ownerOf(applicationRows.find((row) => row.id === id)?.owner ?? '')
  const documents: AnyDocument[] = [
    ...as('group', groupDocuments(ownerOf)),
    ...as(
      'person',
      members.map(({ person }) => person),
    ),
    ...as('workload', workloads),
    ...as(
      'device',
      devices.map((profile) => deviceAt(profile, now)),
    ),
    ...as('application', applications),
    ...as('host', generateHosts(random.stream('hosts'))),
    ...as('dataset', datasetDocuments(ownerOfApplication)),
  ]
  return {
    seed,
    now,
    name: organisationName,
    documents,
    members,
    devices,
    personnel: personnelEvents(random.stream('personnel'), members, former),
    ...generateDirectory({ random: random.stream('directory'), now, members, former, workloads }),
  }
}

function as<K extends DocumentKind>(
  kind: K,
  documents: readonly DocumentOf<K>[],
): { readonly kind: K; readonly document: DocumentOf<K> }[] {
  return documents.map((document) => ({ kind, document }))
}
