// Every application that people sign in to, as the organisation's own list of applications knows
// them: the forty that Countersign serves and ten more that were bought without asking. Single
// sign-on covers an application only where no password of its own is left.
import { applicationRows } from '#organisation/applications'
import type { CatalogueEntry } from './directory.ts'
import type { PlantedFault } from './ground-truth.ts'

const unserved = {
  'room-booking': 'Room Booking',
  'video-meetings': 'Video Meetings',
  'staff-survey': 'Staff Survey',
  'translation-line': 'Translation Line',
  'journal-library': 'Journal Library',
  fleet: 'Fleet',
  'gift-fund': 'Gift Fund',
  'print-release': 'Print Release',
  parking: 'Parking',
  'trial-registry': 'Trial Registry',
} as const

/** Federated, and without passwords of their own: the 19 that count. */
const covered = new Set([
  'identity',
  'vault',
  'records',
  'ward-board',
  'prescribing',
  'imaging',
  'people',
  'watch',
  'source',
  'tickets',
  'insight',
  'contracts',
  'intranet',
  'phonebook',
  'learning',
  'quality',
  'incidents',
  'video-meetings',
  'journal-library',
])

/** Federated, but a password still works beside it: these do not count. */
const halfCovered = new Set(['payroll', 'appointments', 'rota', 'procurement', 'staff-survey'])

/** The catalogue of fifty applications. */
export function applicationCatalogue(plant: (fault: PlantedFault) => void): CatalogueEntry[] {
  const all = [
    ...applicationRows.map(({ id, name }) => ({ id, name })),
    ...Object.entries(unserved).map(([id, name]) => ({ id, name })),
  ]
  return all.map(({ id, name }, index) => {
    if (covered.has(id)) {
      const signIn = index % 3 === 0 ? 'saml' : 'openid-connect'
      return { id, name, signIn, localPasswords: false }
    }
    plant({ kind: 'application-without-sso', application: id })
    if (halfCovered.has(id)) return { id, name, signIn: 'saml', localPasswords: true }
    return { id, name, signIn: index % 4 === 0 ? 'ldap' : 'own', localPasswords: true }
  })
}
