// A maker of authenticators, for tests: an authority of its own, and authenticators with a
// certificate for their model, as WebAuthn L3 §8.2.1 wants it.
import { KeyObject, randomBytes, webcrypto } from 'node:crypto'
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import type { Maker } from '#signin/authenticator.fake'

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
/** id-fido-gen-ce-aaguid (WebAuthn L3 §8.2.1). */
const aaguidExtension = '1.3.6.1.4.1.45724.1.1.4'

export interface FakeMaker {
  /** The certificate of its authority, in PEM. */
  readonly root: string
  /** What it puts into authenticators of a model. */
  equip(
    aaguid: string,
    how?: { readonly certified?: string; readonly notAfter?: Date; readonly between?: boolean },
  ): Promise<Maker>
}

/** A maker with a new authority. */
export async function fakeMaker(name = 'Keysmith'): Promise<FakeMaker> {
  const rootKeys = await newKeys()
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=${name} root, O=${name}, C=CH`,
    notBefore: new Date('2020-01-01'),
    notAfter: new Date('2060-01-01'),
    keys: rootKeys,
    signingAlgorithm: ecdsa,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  })
  return {
    root: root.toString('pem'),
    async equip(aaguid, { certified = aaguid, notAfter = new Date('2060-01-01'), between } = {}) {
      const issuerKeys = between === true ? await newKeys() : rootKeys
      const issuer =
        between === true
          ? await x509.X509CertificateGenerator.create({
              serialNumber: serial(),
              subject: `CN=${name} batch, O=${name}, C=CH`,
              issuer: root.subject,
              notBefore: new Date('2020-01-01'),
              notAfter: new Date('2060-01-01'),
              publicKey: issuerKeys.publicKey,
              signingKey: rootKeys.privateKey,
              signingAlgorithm: ecdsa,
              extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
            })
          : root
      const keys = await newKeys()
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: serial(),
        subject: `CN=${name} key, OU=Authenticator Attestation, O=${name}, C=CH`,
        issuer: issuer.subject,
        notBefore: new Date('2020-01-01'),
        notAfter,
        publicKey: keys.publicKey,
        signingKey: issuerKeys.privateKey,
        signingAlgorithm: ecdsa,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.Extension(
            aaguidExtension,
            false,
            Buffer.concat([
              Buffer.from([0x04, 0x10]),
              Buffer.from(certified.replaceAll('-', ''), 'hex'),
            ]),
          ),
        ],
      })
      return {
        certificates: [certificate, ...(between === true ? [issuer] : [])].map((it) =>
          Buffer.from(it.rawData),
        ),
        key: KeyObject.from(keys.privateKey),
      }
    },
  }
}

async function newKeys() {
  return webcrypto.subtle.generateKey(ecdsa, true, ['sign', 'verify'])
}

function serial(): string {
  return `01${randomBytes(8).toString('hex')}`
}
