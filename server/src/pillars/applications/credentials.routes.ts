// Credentials of applications: set and removed by administrators, handed to gateways sealed. A
// change is a change of the application's document, so that gateways hear of it as of any other.
import { credentialsApi } from '@countersign/contract/api/credentials'
import { networksApi } from '@countersign/contract/api/networks'
import type { Application } from '@countersign/contract/documents'
import type { EventType } from '@countersign/contract/events'
import { problem } from '@countersign/contract/problems'
import { Secret } from '@countersign/contract/secret'
import { credentialFault, credentialsMaxCount } from '@countersign/contract/upstream-credential'
import type { SigningKey } from '#feed/keys.store'
import { actorOf } from '#http/caller'
import type { Dependencies } from '#http/dependencies'
import { implement, type Implementation } from '#http/implement'
import type { Draft } from '#journal/journal.store'
import type { Gateways } from '#pillars/networks/gateways'
import { namedKey, sealBundle } from './credential-bundle.ts'
import { openCredential, sealCredential } from './credential-seal.ts'
import {
  countCredentials,
  putCredential,
  readCredentials,
  removeCredential,
} from './credentials.store.ts'

export interface CredentialsDependencies extends Pick<Dependencies, 'ledger' | 'store'> {
  readonly gateways: Gateways
  readonly masterKey: Secret<Uint8Array>
  readonly feedKey: SigningKey
}

export function credentialsRoutes({
  ledger,
  store,
  gateways,
  masterKey,
  feedKey,
}: CredentialsDependencies): readonly Implementation[] {
  const known = (id: string): Application => {
    const application = ledger.estate.get('application', id)
    if (application) return application
    throw problem('applications.not_found', `no application has the id \`${id}\``)
  }
  return [
    implement(credentialsApi.credentials, async ({ params }) => {
      const found = await readCredentials(store.db, known(params.application).id)
      return {
        credentials: found.map(({ person, setAt, setBy }) => ({
          ...(person === undefined ? {} : { person }),
          setAt,
          setBy,
        })),
      }
    }),

    implement(credentialsApi.setCredential, async ({ params, body }, { caller, now, reply }) => {
      const { person, user, secret } = body
      const whose = { application: params.application, ...(person === undefined ? {} : { person }) }
      const credential = new Secret({ secret, ...(user === undefined ? {} : { user }) })
      const setBy = actorOf(caller)
      const { sequence } = await ledger.write(setBy, async (tx) => {
        const application = known(params.application)
        const upstream = refuseUnfit(application, person, credential)
        if (person !== undefined && !ledger.estate.get('person', person)) {
          throw unfit(`no person has the id \`${person}\``)
        }
        if ((await countCredentials(tx)) >= credentialsMaxCount) {
          throw unfit(`there are ${credentialsMaxCount} credentials already`)
        }
        const stored = new Secret({ ...credential.reveal(), upstream })
        const sealed = await sealCredential(masterKey, whose, stored)
        await putCredential(tx, { ...whose, sealed, setAt: now, setBy })
        return [changed('applications.credential.set', application, now)]
      })
      reply.sequence(sequence)
      return whose
    }),

    implement(
      credentialsApi.removeCredential,
      async ({ params, query }, { caller, now, reply }) => {
        const { person } = query
        const whose = {
          application: params.application,
          ...(person === undefined ? {} : { person }),
        }
        const { sequence } = await ledger.write(actorOf(caller), async (tx) => {
          const application = known(params.application)
          if (!(await removeCredential(tx, whose)))
            throw problem('applications.credential_not_found')
          return [changed('applications.credential.removed', application, now)]
        })
        reply.sequence(sequence)
        return whose
      },
    ),

    implement(networksApi.credentials, async ({ query }, { caller, now }) => {
      const gateway = caller.kind === 'gateway' ? gateways.get(caller.id) : undefined
      if (!gateway) throw problem('networks.gateway_not_enrolled')
      const recipient = await namedKey(query.key, gateway)
      // Read before the credentials: what is said to be included then is.
      const applications = ledger.estate
        .all('application')
        .flatMap(({ id, credentialsChangedAt: changedAt }) =>
          changedAt === undefined ? [] : { id, changedAt },
        )
      const sealed = await readCredentials(store.db)
      const credentials = await Promise.all(
        sealed.map(async ({ application, person, sealed: jwe }) => ({
          application,
          ...(person === undefined ? {} : { person }),
          ...(await openCredential(masterKey, { application, person }, jwe)).reveal(),
        })),
      )
      const bundle = { gateway: gateway.id, at: now, applications, credentials }
      return { sealed: await sealBundle(bundle, feedKey, recipient) }
    }),
  ]
}

function changed(event: EventType, application: Application, now: number): Draft {
  const credentialsChangedAt = Math.max(now, (application.credentialsChangedAt ?? 0) + 1)
  const after = { ...application, credentialsChangedAt }
  return { event, kind: 'application', id: application.id, after }
}

/** Refuses what the application does not take; gives the address that it is good for. */
function refuseUnfit(
  { id, upstream, upstreamCredential }: Application,
  person: string | undefined,
  credential: Secret<{ readonly user?: string; readonly secret: string }>,
): string {
  if (!upstreamCredential || upstream === undefined) {
    throw unfit(
      `\`${id}\` does not say where it is and with what to sign in: set its \`upstream\` and \`upstreamCredential\` first`,
    )
  }
  const isPersonal = upstreamCredential.per === 'person'
  if (isPersonal && person === undefined) {
    throw unfit(`\`${id}\` has a credential for each person: say whose this is`)
  }
  if (!isPersonal && person !== undefined) {
    throw unfit(`everyone shares the credential of \`${id}\`: leave the person out`)
  }
  const fault = credentialFault(upstreamCredential, credential.reveal())
  if (fault !== undefined) throw unfit(fault)
  return upstream
}

const unfit = (detail: string) => problem('applications.credential_unfit', detail)
