// Everyone who may be given access.
import { api } from '@countersign/contract/api'
import type { Person } from '@countersign/contract/documents'
import { client } from '#api/server.client.ts'
import { Moment } from '#design/moment.tsx'
import type { Column } from '#design/table.tsx'
import { Tag } from '#design/tag.tsx'
import { Inspection } from '#lists/inspection.tsx'
import { Listing } from '#lists/listing.tsx'
import { Reference, References } from '#lists/references.tsx'
import { sentence } from '#words/figures.ts'

export function People() {
  return (
    <Listing
      title="People"
      about="Employees, contractors and partners. Contractors and partners need a sponsor and an end date."
      noun={['person', 'people']}
      filledBy="People come from your directory. Import them with `countersign`, or connect a directory."
      columns={columns}
      read={(query, signal) => client.call(api.identity.people, { query }, { signal })}
      inspector={PersonInspection}
    />
  )
}

const columns: readonly Column<Person>[] = [
  { title: 'Name', cell: ({ name }) => name },
  { title: 'Title', cell: ({ title }) => title, wideOnly: true },
  { title: 'Department', cell: ({ department }) => department },
  { title: 'Class', cell: (person) => <PersonClass person={person} /> },
  { title: 'Groups', cell: ({ groups }) => groups.length, align: 'end' },
  { title: 'Account', cell: (person) => <Account person={person} /> },
]

function PersonClass({ person }: { readonly person: Person }) {
  return <Tag>{sentence(person.class)}</Tag>
}

function Account({ person }: { readonly person: Person }) {
  return person.active ? <span>Active</span> : <Tag tone="bad">Not active</Tag>
}

function PersonInspection({ item: person }: { readonly item: Person }) {
  const { id, email, title, department, manager, sponsor, startsAt, endsAt, groups } = person
  return (
    <Inspection
      id={id}
      decisions={{ principal: id }}
      rows={{
        'E-mail': email,
        Title: title,
        Department: department,
        Class: <PersonClass person={person} />,
        Account: <Account person={person} />,
        Manager: manager && <Reference kind="person" id={manager} />,
        Sponsor: sponsor && <Reference kind="person" id={sponsor} />,
        Starts: startsAt === undefined ? undefined : <Moment at={startsAt} as="day" />,
        Ends: endsAt === undefined ? undefined : <Moment at={endsAt} as="day" />,
        Groups: <References kind="group" ids={groups} />,
      }}
    />
  )
}
