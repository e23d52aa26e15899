// Administering accounts of the last resort.
import { breakGlassApi } from '@countersign/contract/api/break-glass'
import { drillWindowMs } from '@countersign/contract/break-glass'
import type { AuthenticationMethod, Person } from '@countersign/contract/documents'
import { type Estate, isPresent } from '@countersign/contract/estate'
import { problem } from '@countersign/contract/problems'
import type { Kysely } from 'kysely'
import { actorOf } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import type { Exchange } from '#http/implement'
import { type Implementation, implement } from '#http/implement'
import type { Draft } from '#journal/journal.store'
import type { Database } from '#store/database'
import { actorPerson } from '#signin/entrance'
import { readFactorsPolicy } from '#signin/factors/factors-policy.store'
import { dailyMethods } from '#signin/friction/signins.store'
import { authenticationWith } from '#signin/passkey'
import { passkeysOf } from '#signin/passkey.store'
import { takeTurn } from '#signin/turn.store'
import {
  type Account,
  type BreakGlassDrill,
  breakGlassDrillKind,
  type BreakGlassUse,
  breakGlassUseKind,
  findingsOf,
} from './break-glass.ts'
import { readDrill, readUse, usesSince } from './break-glass.store.ts'

const usesShownMs = 365 * 86_400_000
const usesMaxCount = 500
const dailyPeriodMs = 28 * 86_400_000

/** What answers `breakGlassApi`. */
export function breakGlassRoutes(deps: SigninDependencies): readonly Implementation[] {
  const { store, ledger } = deps
  return [
    implement(breakGlassApi.breakGlass, async (_, { now }) => {
      const accounts = await accountsOf(store.db, ledger.estate, now)
      const uses = await usesSince(store.db, now - usesShownMs, usesMaxCount)
      const ours = new Set(accounts.map(({ person }) => person))
      const daily = await dailyMethods(store.db, now - dailyPeriodMs, ours)
      return {
        accounts: accounts.map(({ person, name, since, methods, drill }) => ({
          person,
          name,
          since,
          methods: [...methods],
          ...(drill?.lastDrillAt === undefined ? {} : { lastDrillAt: drill.lastDrillAt }),
          ...(drill?.declaredUntil === undefined || drill.declaredUntil <= now
            ? {}
            : { drillDeclaredUntil: drill.declaredUntil }),
        })),
        uses: [...uses],
        findings: [...findingsOf({ accounts, uses, dailyMethods: daily, now })],
      }
    }),

    implement(breakGlassApi.addBreakGlass, async ({ params }, exchange) => {
      return write(deps, exchange, async () => {
        const person = personOf(ledger.estate, params.person)
        const breakGlass = person.breakGlass ?? { since: exchange.now }
        return [personDraft({ ...person, breakGlass })]
      })
    }),

    implement(breakGlassApi.removeBreakGlass, async ({ params }, exchange) => {
      return write(deps, exchange, async () => {
        const { breakGlass: _, ...person } = accountOf(ledger.estate, params.person)
        return [personDraft(person)]
      })
    }),

    implement(breakGlassApi.declareDrill, async ({ params }, exchange) => {
      const { id } = accountOf(ledger.estate, params.person)
      const until = exchange.now + drillWindowMs
      const before = await readDrill(store.db, id)
      const after: BreakGlassDrill = { ...before, id, declaredUntil: until }
      await write(deps, exchange, [
        { event: 'identity.break-glass.drill-declared', kind: breakGlassDrillKind, id, after },
      ])
      return { until }
    }),

    acknowledgeRoute(deps),
  ]
}

function acknowledgeRoute({ ledger }: SigninDependencies): Implementation {
  return implement(breakGlassApi.acknowledgeUse, async ({ params, body }, exchange) => {
    const { caller, now, reply } = exchange
    const by = actorOf(caller)
    let after: BreakGlassUse | undefined
    const { sequence } = await ledger.write(by, async (tx) => {
      await takeTurn(tx)
      const use = await readUse(tx, params.use)
      if (!use) throw problem('identity.not_found', 'there is no such use')
      if (by === actorPerson(use.person)) throw problem('identity.break_glass_own')
      if (use.acknowledged) throw problem('request.conflict', 'it was acknowledged already')
      after = { ...use, acknowledged: { by, at: now, postMortem: body.postMortem } }
      const { id } = use
      return [{ event: 'identity.break-glass.acknowledged', kind: breakGlassUseKind, id, after }]
    })
    if (!after) throw new Error('a use was acknowledged that nobody made')
    reply.sequence(sequence)
    return after
  })
}

async function accountsOf(
  db: Kysely<Database>,
  estate: Estate,
  now: number,
): Promise<readonly Account[]> {
  const policy = await readFactorsPolicy(db)
  const methodsOf = async (person: string): Promise<readonly AuthenticationMethod[]> => {
    const passkeys = await passkeysOf(db, person)
    return [...new Set(passkeys.map((it) => authenticationWith(it, policy, now).method))]
  }
  const accounts: Account[] = []
  for (const person of estate.all('person')) {
    const { id, name, breakGlass } = person
    if (!breakGlass) continue
    accounts.push({
      person: id,
      name,
      since: breakGlass.since,
      isPresent: isPresent(person, now),
      methods: await methodsOf(id),
      drill: await readDrill(db, id),
    })
  }
  return accounts
}

function personOf(estate: Estate, id: string): Person {
  const person = estate.get('person', id)
  if (!person) throw problem('identity.not_found', `there is no person \`${id}\``)
  return person
}

function accountOf(estate: Estate, id: string): Person {
  const person = personOf(estate, id)
  if (!person.breakGlass) {
    throw problem('identity.not_found', `\`${id}\` is not an account of the last resort`)
  }
  return person
}

function personDraft(person: Person): Draft {
  return { event: 'identity.person.put', kind: 'person', id: person.id, after: person }
}

async function write(
  { ledger }: SigninDependencies,
  { caller, reply }: Exchange,
  drafts: Parameters<SigninDependencies['ledger']['write']>[1],
): Promise<Record<string, never>> {
  const { sequence } = await ledger.write(actorOf(caller), drafts)
  reply.sequence(sequence)
  return {}
}
