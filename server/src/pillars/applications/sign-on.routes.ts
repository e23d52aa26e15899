// How applications ask us who someone is: registered and changed by administrators, and counted
// against the whole inventory.
import { ownApplication } from '@countersign/contract/actions'
import { signOnApi } from '@countersign/contract/api/sign-on'
import type { Application } from '@countersign/contract/documents'
import { problem } from '@countersign/contract/problems'
import { releasableScopes } from '@countersign/contract/sign-on'
import { actorOf } from '#http/caller'
import type { Dependencies } from '#http/dependencies'
import { implement, type Implementation } from '#http/implement'
import { readDocument } from '#journal/documents.store'
import {
  clientSecretKind,
  clientSecrets,
  currentSecrets,
  issueClientSecret,
} from '#signin/openid-provider/client-secret'
import { openIdSignOnOf } from '#signin/openid-provider/client'
import { providerPath } from '#signin/openid-provider/provider'
import { asIdentityProvider } from '#signin/saml/addresses'
import { refuseUnfitSaml } from '#signin/saml/registration'
import { requiredSession } from '#signin/entrance'
import { countSignedOn, signedOnOf } from '#signin/sign-ons.store'
import { signOnCoverage } from './sign-on-coverage.ts'
import { usesSince } from './sign-on-coverage.store.ts'

type SignOnDependencies = Pick<Dependencies, 'store' | 'ledger' | 'settings' | 'randomBytes'>

const dayMs = 24 * 60 * 60_000

/** What answers `signOnApi`. */
export function signOnRoutes(deps: SignOnDependencies): readonly Implementation[] {
  const { store, ledger, settings } = deps
  const { estate } = ledger
  const issuer = settings.publicUrl.origin + providerPath
  const own = asIdentityProvider(settings.publicUrl)
  const samlAddresses = { metadata: own.entityId, ...own }
  const known = (id: string): Application => {
    const application = estate.get('application', id)
    if (application) return application
    throw problem('applications.not_found', `no application has the id \`${id}\``)
  }
  return [
    implement(signOnApi.coverage, async ({ query }, { now }) => {
      const since = now - query.days * dayMs
      const inventory = {
        applications: estate.all('application'),
        hosts: estate.all('host'),
        datasets: estate.all('dataset'),
      }
      return signOnCoverage(inventory, await usesSince(store.db, since), since)
    }),

    implement(signOnApi.signOn, async ({ params }, { now }) => {
      const { id, signOn } = known(params.application)
      const found = await readDocument(store.db, clientSecretKind, id)
      const secrets = currentSecrets(found && clientSecrets.parse(found), now)
      return {
        application: id,
        ...(signOn === undefined ? {} : { signOn }),
        openid: {
          issuer,
          discovery: `${issuer}/.well-known/openid-configuration`,
          clientId: id,
        },
        saml: samlAddresses,
        secrets: secrets.map(({ issuedAt, endsAt }) => ({
          issuedAt,
          ...(endsAt === undefined ? {} : { endsAt }),
        })),
        signedOn: await countSignedOn(store.db, id),
      }
    }),

    implement(signOnApi.mySignOns, async (_, { caller }) => {
      const { id } = requiredSession(caller)
      const found = await signedOnOf(store.db, id)
      return {
        signOns: found.map(({ application, protocol, scope, at }) => ({
          application,
          name: estate.get('application', application)?.name ?? application,
          protocol,
          learns: scope.split(' ').filter((name) => isReleasable(name)),
          at,
        })),
      }
    }),

    implement(signOnApi.setSignOn, async ({ params, body }, { caller, reply }) => {
      const { sequence } = await ledger.write(actorOf(caller), async () => {
        const application = known(params.application)
        if (application.id === ownApplication) throw ownIsNot()
        refuseUnfitSaml(application.id, body, estate)
        return [
          {
            event: 'applications.sign-on.set',
            kind: 'application',
            id: application.id,
            after: { ...application, signOn: body },
          },
        ]
      })
      reply.sequence(sequence)
      return { application: params.application }
    }),

    implement(signOnApi.removeSignOn, async ({ params }, { caller, reply }) => {
      const { sequence } = await ledger.write(actorOf(caller), async () => {
        const { signOn, ...rest } = known(params.application)
        if (!signOn) throw nothingRegistered(rest.id)
        const event = 'applications.sign-on.removed'
        return [
          { event, kind: 'application', id: rest.id, after: rest },
          { event, kind: clientSecretKind, id: rest.id, after: null },
        ]
      })
      reply.sequence(sequence)
      return { application: params.application }
    }),

    implement(signOnApi.issueSecret, async ({ params }, { caller, now, reply }) => {
      let issued: ReturnType<typeof issueClientSecret> | undefined
      const { sequence } = await ledger.write(actorOf(caller), async (tx) => {
        const application = known(params.application)
        const signOn = openIdSignOnOf(application)
        if (!signOn) throw nothingRegistered(application.id)
        if (signOn.proof !== 'client_secret_basic') {
          throw problem(
            'applications.sign_on_unfit',
            `\`${application.id}\` shows itself with \`${signOn.proof}\` and has no secret`,
          )
        }
        const found = await readDocument(tx, clientSecretKind, application.id)
        const source = { now: () => now, randomBytes: deps.randomBytes }
        issued = issueClientSecret(application.id, found && clientSecrets.parse(found), source)
        return [
          {
            event: 'applications.sign-on.secret-issued',
            kind: clientSecretKind,
            id: application.id,
            after: issued.kept,
          },
        ]
      })
      if (!issued) throw new Error('a secret was issued that nobody made')
      reply.sequence(sequence)
      const { secret, previousEndsAt } = issued
      return {
        clientId: params.application,
        secret,
        ...(previousEndsAt === undefined ? {} : { previousEndsAt }),
      }
    }),
  ]
}

function isReleasable(name: string): boolean {
  return releasableScopes.some((scope) => scope === name)
}

function nothingRegistered(id: string) {
  return problem(
    'applications.sign_on_unfit',
    `\`${id}\` has not registered how it asks: register that first`,
  )
}

function ownIsNot() {
  return problem(
    'applications.sign_on_unfit',
    `people sign in to \`${ownApplication}\` itself, which asks nobody`,
  )
}
