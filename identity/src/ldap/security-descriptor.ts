// Access lists as the directory keeps them (MS-DTYP §2.4.6): who owns an object, and which of the
// rights that lead to control its entries allow. Everything else in them is left aside.
import type { AccessRight } from '#model'
import { guidOf, sidText } from './identifiers.ts'

export interface Grant {
  readonly holder: string
  readonly right: AccessRight
  readonly inherited: boolean
}

const allowed = 0x00
const allowedObject = 0x05
const inheritOnly = 0x08
const inherited = 0x10
const objectTypePresent = 0x1
const inheritedTypePresent = 0x2
const acesMax = 4_096

/** Rights by the bit of the mask (MS-ADTS §5.1.3.2) that gives them on the whole object. */
const generalRights: readonly (readonly [AccessRight, number])[] = [
  ['write', 0x4000_0000],
  ['write-access-list', 0x4_0000],
  ['write-owner', 0x8_0000],
]
const genericAll = 0x1000_0000
/** Every right of the object one by one, which is how the generic right is stored. */
const fullControl = 0xf_01ff
const extendedRight = 0x100
const writeProperty = 0x20
const validatedWrite = 0x8

type ObjectRight = { readonly right: AccessRight; readonly bit: number }

/** Rights on one property or operation, by its identifier in the schema. */
const objectRights: Readonly<Record<string, ObjectRight>> = {
  '1131f6aa-9c07-11d1-f79f-00c04fc2dcd2': { right: 'replicate', bit: extendedRight },
  '1131f6ad-9c07-11d1-f79f-00c04fc2dcd2': { right: 'replicate-secrets', bit: extendedRight },
  '00299570-246d-11d0-a768-00aa006e0529': { right: 'reset-password', bit: extendedRight },
  '0e10c968-78fb-11d2-90d4-00c04f79dc55': { right: 'enrol', bit: extendedRight },
  'a05b8cc2-17bc-4802-a710-e7c15ab866a2': { right: 'enrol', bit: extendedRight },
  'bf9679c0-0de6-11d0-a285-00aa003049e2': { right: 'add-member', bit: writeProperty },
  '5b47d60f-6090-40b2-9f37-2a4de88f3063': { right: 'write-key-credential', bit: writeProperty },
  'f3a64788-5306-11d1-a9c5-0000f80367c1': { right: 'write-service-principal', bit: writeProperty },
  '3f78c3e5-f79a-46bd-a0b8-9d18116ddc79': { right: 'write-delegation', bit: writeProperty },
}

/** Names of members may be added for oneself under the same identifier, by a validated write. */
const memberProperty = 'bf9679c0-0de6-11d0-a285-00aa003049e2'

/** What the descriptor grants; undefined for octets that are no descriptor. */
export function grantsOf(octets: Uint8Array): readonly Grant[] | undefined {
  if (octets.length < 20 || octets[0] !== 1) return undefined
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
  const grants: Grant[] = []
  const ownerAt = view.getUint32(4, true)
  const owner = ownerAt === 0 ? undefined : sidText(octets, ownerAt)
  if (owner !== undefined) grants.push({ holder: owner, right: 'owns', inherited: false })
  const listAt = view.getUint32(16, true)
  if (listAt === 0) return grants
  if (listAt + 8 > octets.length) return undefined
  const count = Math.min(view.getUint16(listAt + 4, true), acesMax)
  let at = listAt + 8
  for (let index = 0; index < count; index++) {
    const size = at + 8 > octets.length ? 0 : view.getUint16(at + 2, true)
    if (size < 8 || at + size > octets.length) return undefined
    grants.push(...grantsOfAce(octets.subarray(at, at + size)))
    at += size
  }
  return grants
}

function* grantsOfAce(ace: Uint8Array): Generator<Grant> {
  const kind = ace[0]
  const flags = ace[1] ?? 0
  // An entry only for heirs says nothing about the object that carries it.
  if ((kind !== allowed && kind !== allowedObject) || (flags & inheritOnly) !== 0) return
  const view = new DataView(ace.buffer, ace.byteOffset, ace.byteLength)
  const mask = view.getUint32(4, true)
  const present = kind === allowedObject && ace.length >= 12 ? view.getUint32(8, true) : 0
  let at = kind === allowedObject ? 12 : 8
  let objectType: string | undefined
  if ((present & objectTypePresent) !== 0) {
    objectType = guidOf(ace.subarray(at, at + 16))
    at += 16
  }
  if ((present & inheritedTypePresent) !== 0) at += 16
  const holder = sidText(ace, at)
  if (holder === undefined) return
  for (const right of rightsOf(mask, objectType)) {
    yield { holder, right, inherited: (flags & inherited) !== 0 }
  }
}

function* rightsOf(mask: number, objectType: string | undefined): Generator<AccessRight> {
  if (objectType === undefined) {
    if ((mask & genericAll) !== 0 || (mask & fullControl) === fullControl) {
      yield 'everything'
      return
    }
    if ((mask & writeProperty) !== 0) yield 'write'
    if ((mask & extendedRight) !== 0) yield 'all-extended'
  } else {
    const known = objectRights[objectType]
    if (known !== undefined && (mask & known.bit) !== 0) yield known.right
    if (objectType === memberProperty && (mask & validatedWrite) !== 0) yield 'add-self'
  }
  for (const [right, bit] of generalRights) if ((mask & bit) !== 0) yield right
}
