// Orders a certificate from an authority that speaks ACME (RFC 8555). Who holds a name is proved
// with a TLS handshake at this very gateway (tls-alpn-01, RFC 8737), so no other port is needed.
import acme from 'acme-client'
import type { IssuedPair } from './issue.ts'

export interface AcmeOrder {
  /** Where the authority tells what it offers. */
  readonly directoryUrl: string
  /** The private key of our account, in PEM. */
  readonly accountKey: string
  /** An email address for the authority; empty for none. */
  readonly contact: string
  readonly host: string
  /** Shows this to whoever asks for the proof of a host, or no longer. Resolves when it is shown. */
  readonly challenge: (host: string, proof: IssuedPair | undefined) => Promise<void>
  /** For each question to the authority. */
  readonly timeoutMs: number
}

/** Orders a certificate for one host. Rejects with whatever the authority or the network says. */
export async function orderCertificate(order: AcmeOrder): Promise<IssuedPair> {
  const { directoryUrl, accountKey, contact, host, challenge, timeoutMs } = order
  acme.axios.defaults.timeout = timeoutMs
  acme.axios.defaults.maxContentLength = answerMaxBytes
  const client = new acme.Client({ directoryUrl, accountKey })
  const [key, request] = await acme.crypto.createCsr(
    { altNames: [host] },
    await acme.crypto.createPrivateEcdsaKey('P-256'),
  )
  try {
    const chain = await client.auto({
      csr: request,
      ...(contact === '' ? {} : { email: contact }),
      termsOfServiceAgreed: true,
      // The authority looks by itself, and from where it counts.
      skipChallengeVerification: true,
      challengePriority: ['tls-alpn-01'],
      async challengeCreateFn(authorisation, _challenge, keyAuthorisation) {
        const [proofKey, proof] = await acme.crypto.createAlpnCertificate(
          authorisation,
          keyAuthorisation,
        )
        await challenge(host, { chain: proof.toString(), key: proofKey.toString() })
      },
      async challengeRemoveFn() {
        await challenge(host, undefined)
      },
    })
    return { chain, key: key.toString() }
  } finally {
    await challenge(host, undefined)
  }
}

const answerMaxBytes = 1024 * 1024

/** A private key for a new account, in PEM. */
export async function newAccountKey(): Promise<string> {
  return (await acme.crypto.createPrivateEcdsaKey('P-256')).toString()
}
