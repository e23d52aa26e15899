// Who is excluded from strong sign-ins, by whose word, and until when. Each ends by itself.
import { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { useMutation } from '@tanstack/react-query'
import { client, queries } from '#api/server.client.ts'
import { Confirm } from '#design/confirm.tsx'
import { Moment } from '#design/moment.tsx'
import { Card } from '#design/page.tsx'
import { Empty } from '#design/states.tsx'
import { type Column, Table } from '#design/table.tsx'
import { Problem } from '#shell/problem.tsx'
import { Reference } from '#lists/references.tsx'
import { figure } from '#words/figures.ts'

type Exclusion = RouteResult<typeof api.identity.coverage>['exclusions'][number]

export function Exclusions({ exclusions }: { readonly exclusions: readonly Exclusion[] }) {
  return (
    <Card flush title="Exclusions" aside="each ends by itself">
      {exclusions.length === 0 ? (
        <Empty title="Nobody is excluded">
          An exclusion has an owner, a reason and an end. It is added through the API, and never
          lifts what tier 0 asks.
        </Empty>
      ) : (
        <Table
          label="Exclusions from strong sign-ins"
          columns={columns}
          rows={exclusions}
          rowKey={({ id }) => id}
        />
      )}
    </Card>
  )
}

function End({ exclusion: { id, subjectName } }: { readonly exclusion: Exclusion }) {
  const end = useMutation({
    mutationFn: () => client.call(api.identity.endExclusion, { params: { exclusion: id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: [api.identity.coverage.path] }),
  })
  return (
    <>
      <Confirm
        label="End"
        of={`the exclusion of ${subjectName}`}
        consequence={`${subjectName} needs a strong sign-in from now on where policies ask for one. It makes a release.`}
        confirm="End it"
        loading={end.isPending}
        onConfirm={() => end.mutate()}
      />
      {end.error && <Problem error={end.error} onRetry={() => end.mutate()} />}
    </>
  )
}

const columns: readonly Column<Exclusion>[] = [
  {
    title: 'Who',
    cell: ({ subject, subjectName }) => (
      <Reference kind={subject.kind} id={subject.id} name={subjectName} />
    ),
  },
  { title: 'Why', cell: ({ reason }) => reason },
  { title: 'Owner', cell: ({ ownerName }) => ownerName, wideOnly: true },
  { title: 'Weak sign-ins', cell: ({ signIns }) => figure(signIns), align: 'end' },
  { title: 'Ends', cell: ({ endsAt }) => <Moment at={endsAt} as="day" /> },
  { title: 'End it now', cell: (exclusion) => <End exclusion={exclusion} /> },
]
