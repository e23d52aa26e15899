// How recent and how strong a sign-in must be, by tier, with the policies that say so.
import { api } from '@countersign/contract/api'
import { type Cadence, durationWords, strengthText } from '@countersign/contract/cadence'
import { type Tier, tiers } from '@countersign/contract/document-shapes'
import { useQuery } from '@tanstack/react-query'
import { reading } from '#api/server.client.ts'
import { CedarText } from '#design/cedar.tsx'
import { Card, Page } from '#design/page.tsx'
import { Prose } from '#design/prose.tsx'
import { Waiting } from '#design/states.tsx'
import { type Column, Table } from '#design/table.tsx'
import { TierTag } from '#pages/applications/tier.tsx'
import { Problem } from '#shell/problem.tsx'

export function CadencePage() {
  const { data, error, refetch } = useQuery(reading(api.identity.cadence, {}))
  return (
    <Page
      title="Cadence"
      about="How recent and how strong a sign-in must be, by the tier of what is used. It binds open connections, too."
      width="narrow"
    >
      {error ? (
        <Problem error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Card>
          <Waiting lines={6} />
        </Card>
      ) : (
        <>
          <Card
            flush
            title="By tier"
            aside={data.isDefault ? 'as it comes; nobody changed it' : 'changed here'}
          >
            <Table
              label="Cadence by tier"
              columns={cadenceColumns(data.cadence)}
              rows={tiers.map((tier) => ({ tier }))}
              rowKey={({ tier }) => String(tier)}
            />
          </Card>
          <Card title="Left alone">
            <p>
              A session that nobody uses for {durationWords(data.cadence.idleSeconds)} ends.{' '}
              <Prose text="Change any of this with `countersign identity cadence set`; it makes a release." />
            </p>
          </Card>
          <Card title="The policies that say so">
            {data.policies.map(({ id, title, text }) => (
              <CedarText key={id} text={text} label={title} />
            ))}
          </Card>
        </>
      )}
    </Page>
  )
}

const cadenceColumns = ({
  tiers: demands,
}: Cadence): readonly Column<{ readonly tier: Tier }>[] => [
  { title: 'Tier', cell: ({ tier }) => <TierTag tier={tier} /> },
  {
    title: 'A sign-in of the last',
    cell: ({ tier }) => durationWords(demands[tier].maxAgeSeconds),
  },
  {
    title: 'Proved with',
    cell: ({ tier }) => strengthText(demands[tier].minStrength),
  },
]
