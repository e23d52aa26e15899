// How an application shows that it is itself, in words.
import type { OpenIdSignOn } from '@countersign/contract/sign-on'

export const proofWords: Readonly<Record<OpenIdSignOn['proof'], string>> = {
  client_secret_basic: 'A secret',
  none: 'None: it runs where no secret can be kept',
  private_key_jwt: 'A key of its own',
}
