// The inventory of applications, and everyone's own view of it.
import { applicationsApi } from '@countersign/contract/api/inventory'
import { problem } from '@countersign/contract/problems'
import { jwksPath } from '@countersign/contract/session'
import { healthReportMs } from '@countersign/contract/upstream-health'
import type { Dependencies } from '#http/dependencies'
import { implement, type Implementation } from '#http/implement'
import { pageOf } from '#pillars/inventory'
import type { Gateways } from '#pillars/networks/gateways'
import { admittance } from './admittance.ts'
import { checklist } from './checklist.ts'
import { openings, urlOf } from './portal.ts'
import type { Reach } from './reach.client.ts'

export interface ApplicationsDependencies extends Pick<Dependencies, 'ledger' | 'settings'> {
  /** Whether something accepts connections at an upstream. */
  readonly reach: (upstream: string) => Promise<Reach>
  readonly gateways: Pick<Gateways, 'healthOf'>
}

/** What a gateway told longer ago says nothing about now. */
const healthMaxAgeMs = 3 * healthReportMs

export function applicationsRoutes({
  ledger,
  settings,
  reach,
  gateways,
}: ApplicationsDependencies): readonly Implementation[] {
  const { estate } = ledger
  return [
    implement(applicationsApi.applications, async ({ query }) =>
      pageOf(estate, 'application', query),
    ),
    implement(applicationsApi.check, async ({ params }, { now }) => {
      const application = estate.get('application', params.application)
      if (!application) {
        throw problem(
          'applications.not_found',
          `no application has the id \`${params.application}\``,
        )
      }
      const { owner, hosts, upstream } = application
      const checks = checklist({
        application,
        owner: owner === undefined ? undefined : estate.get('person', owner),
        sharing: estate.all('application').flatMap(({ id, hosts: others }) => {
          const host = others.find((it) => hosts.includes(it))
          return id === application.id || host === undefined ? [] : { application: id, host }
        }),
        reach: upstream === undefined ? undefined : await reach(upstream),
        health: gateways.healthOf(application.id, now - healthMaxAgeMs),
        admittance: admittance(estate, application, now),
        keysUrl: new URL(
          jwksPath,
          urlOf(hosts[0] ?? settings.publicUrl.hostname, settings.publicUrl),
        ).href,
        now,
      })
      return { application: application.id, ready: checks.every(({ passed }) => passed), checks }
    }),
    implement(applicationsApi.mine, async (_, { caller, now }) => {
      if (caller.kind !== 'visitor') throw problem('access.sign_in_required')
      const { subject, address } = caller
      const mine = openings(estate, { subject, address, now }, settings.publicUrl)
      return {
        applications: mine.map(
          ({ application: { id, name, description, tier }, url, verdict }) => ({
            id,
            name,
            ...(description === undefined ? {} : { description }),
            tier,
            url,
            verdict,
          }),
        ),
      }
    }),
  ]
}
