// Telling applications that a session has ended. A browser cannot be made to carry that when nobody
// sits before it, so an application is asked directly where it can be (SOAP); where it cannot, its own
// session goes on until the moment that our assertion named.
import type { Estate } from '@countersign/contract/estate'
import type { SamlSignOn } from '@countersign/contract/saml'
import type { SigninDependencies } from '#http/dependencies'
import { type Ended, forgetSignedOn, putOff, takeEnded } from '#signin/sign-ons.store'
import { asIdentityProvider } from './addresses.ts'
import { nameOf } from './answer.ts'
import { pairwiseName, signingKey } from './keys.ts'
import { keysOf } from './keys.store.ts'
import { logoutRequest } from './logout.ts'
import { newMessageId, readStatus } from './message.ts'
import { ns, statuses } from './names.ts'
import { child, isNamed, readXml, SamlFault } from './xml.ts'
import { signXml } from './xml-signature.ts'
import { xml, xmlText } from './xml-write.ts'

/** How often to look for sessions that have ended, in milliseconds. */
export const samlToldEveryMs = 2_000
const batchMax = 50
/** Nobody else takes what was taken for this long, in milliseconds. */
const leaseMs = 60_000
/** An application that does not answer is asked again, twice as late each time. */
const retryFirstMs = 5_000
const triesMax = 8

/** Sends an envelope and gives the answer's. */
type PostSoap = (address: string, envelope: string) => Promise<string>

export interface TellDependencies extends SigninDependencies {
  readonly postSoap: PostSoap
}

/** Tells what is due. @returns how many applications were told. */
export async function tellSamlApplications(deps: TellDependencies): Promise<number> {
  const { store, ledger, log, now } = deps
  const due = await takeEnded(store.db, { protocol: 'saml', now: now(), leaseMs, limit: batchMax })
  let told = 0
  for (const ended of due) {
    const { application, session, tries } = ended
    const signOn = samlSignOnOf(ledger.estate, application)
    const address = signOn?.singleLogout?.soap
    if (!signOn || address === undefined) {
      await forgetSignedOn(store.db, ended)
      continue
    }
    try {
      await tell(deps, ended, signOn, address)
      told += 1
      await settle(deps, ended, 'applications.sign-on.notified')
    } catch (error) {
      log.warn(
        { application, session, tries, error: String(error) },
        'an application could not be told that a session has ended',
      )
      if (tries < triesMax) {
        await putOff(store.db, ended, now() + retryFirstMs * 2 ** (tries - 1))
        continue
      }
      await settle(deps, ended, 'applications.sign-on.unreachable')
    }
  }
  return told
}

function samlSignOnOf(estate: Estate, application: string): SamlSignOn | undefined {
  const signOn = estate.get('application', application)?.signOn
  return signOn?.kind === 'saml' ? signOn : undefined
}

async function tell(
  deps: TellDependencies,
  { application, person: id, sid }: Ended,
  signOn: SamlSignOn,
  destination: string,
): Promise<void> {
  const { store, ledger, settings, now, postSoap } = deps
  const keyring = await keysOf(store.db, deps, now())
  const { entityId: issuer } = asIdentityProvider(settings.publicUrl)
  const person = ledger.estate.get('person', id)
  const pairwise = pairwiseName(keyring, { application, person: id })
  const nameId = person && nameOf(person, signOn, pairwise, issuer)
  if (!nameId) throw new Error('the person has no name there any more')
  const messageId = newMessageId(deps)
  const request = logoutRequest(
    { id: messageId, issuer, destination, now: now() },
    { nameId, sessionIndex: sid },
  )
  const envelope = xmlText(xml('soap:Envelope', {}, [xml('soap:Body', {}, [request])]))
  const answer = await postSoap(destination, signXml(envelope, messageId, signingKey(keyring)))
  requireSuccess(answer)
}

function requireSuccess(answer: string): void {
  const root = readXml(answer)
  if (!isNamed(root, ns.soap, 'Envelope')) throw new SamlFault('the answer is no envelope')
  const response = child(child(root, ns.soap, 'Body'), ns.protocol, 'LogoutResponse')
  const [status] = readStatus(response)
  if (status !== statuses.success) throw new SamlFault(`it answered \`${status ?? ''}\``)
}

async function settle(
  { ledger, now }: TellDependencies,
  ended: Ended,
  event: 'applications.sign-on.notified' | 'applications.sign-on.unreachable',
): Promise<void> {
  const { application: id, session, tries } = ended
  await ledger.write('Workload::"server"', async (tx) => {
    await forgetSignedOn(tx, ended)
    return [{ event, kind: 'sign-on-notice', id, after: { id, session, tries, at: now() } }]
  })
}
