// Devices, and what is known about each: every fact with its age, because an old fact is none.
import { api } from '@countersign/contract/api'
import type { Device } from '@countersign/contract/documents'
import { type DeviceFactName, deviceFactNames } from '@countersign/contract/facts'
import { client } from '#api/server.client.ts'
import { sentence } from '#words/figures.ts'
import type { Column } from '#design/table.tsx'
import { Tag } from '#design/tag.tsx'
import { Inspection } from '#lists/inspection.tsx'
import { Listing } from '#lists/listing.tsx'
import { Reference } from '#lists/references.tsx'
import { DeviceFactTable, FactCell } from './device-facts.tsx'

export function Devices() {
  return (
    <Listing
      title="Devices"
      about="What people work with, and the facts known about it. Past its maximum age a fact counts as absent."
      noun={['device', 'devices']}
      filledBy="Devices enrol themselves, or come from your management system. Import them with `countersign`."
      columns={columns}
      read={(query, signal) => client.call(api.devices.devices, { query }, { signal })}
      inspector={DeviceInspection}
    />
  )
}

const platformWords: Readonly<Record<Device['platform'], string>> = {
  windows: 'Windows',
  macos: 'macOS',
  linux: 'Linux',
  ios: 'iOS',
  android: 'Android',
  embedded: 'Embedded',
}

/** For the heads of narrow columns. */
const briefLabels: Readonly<Record<DeviceFactName, string>> = {
  managed: 'Managed',
  diskEncryption: 'Encryption',
  firewall: 'Firewall',
  screenLock: 'Screen lock',
  supportedSystem: 'System',
  endpointProtection: 'Protection',
}

const columns: readonly Column<Device>[] = [
  { title: 'Name', cell: ({ name }) => name },
  { title: 'Platform', cell: ({ platform }) => platformWords[platform] },
  { title: 'Owner', cell: ({ owner }) => owner, wideOnly: true },
  { title: 'Ownership', cell: (it) => <Tag>{sentence(it.ownership)}</Tag>, wideOnly: true },
  ...deviceFactNames.map((name) => ({
    title: briefLabels[name],
    cell: ({ facts }: Device) => <FactCell facts={facts} name={name} />,
  })),
]

function DeviceInspection({ item: device }: { readonly item: Device }) {
  const { id, owner, ownership, platform, facts } = device
  return (
    <Inspection
      id={id}
      rows={{
        Platform: platformWords[platform],
        Ownership: sentence(ownership),
        Owner: owner && <Reference kind="person" id={owner} />,
      }}
    >
      <DeviceFactTable facts={facts} />
    </Inspection>
  )
}
