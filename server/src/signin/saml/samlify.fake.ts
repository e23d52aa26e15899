// `samlify`, another implementation of SAML, as the other side in tests. Its types would bring every
// name of a browser into all programs, so the few that are used stand here.
// @ts-expect-error
import samlify from 'samlify/build/index.js'

interface Carried {
  readonly id: string
  /** An address, or a message in base64, by binding. */
  readonly context: string
}

interface Asked {
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: Readonly<Record<string, unknown>>
  readonly octetString?: string
}

interface Extracted {
  readonly extract: Readonly<Record<string, unknown>> & { readonly nameID?: string }
}

interface Fill {
  readonly id: string
  readonly context: string
}

export interface IdentityProvider {
  parseLoginRequest(sp: ServiceProvider, binding: string, asked: Asked): Promise<Extracted>
  createLoginResponse(
    sp: ServiceProvider,
    request: Extracted,
    binding: 'post',
    user: object,
    fill: (template: string) => Fill,
  ): Promise<Carried>
  createLogoutRequest(sp: ServiceProvider, binding: string, user: object): Carried
  parseLogoutRequest(sp: ServiceProvider, binding: string, asked: Asked): Promise<Extracted>
  parseLogoutResponse(sp: ServiceProvider, binding: string, asked: Asked): Promise<Extracted>
  getMetadata(): string
}

export interface ServiceProvider {
  createLoginRequest(idp: IdentityProvider, binding: string): Carried & { entityEndpoint?: string }
  parseLoginResponse(idp: IdentityProvider, binding: 'post', asked: Asked): Promise<Extracted>
  createLogoutRequest(idp: IdentityProvider, binding: string, user: object): Carried
  parseLogoutResponse(idp: IdentityProvider, binding: string, asked: Asked): Promise<Extracted>
  getMetadata(): string
}

type Library = {
  readonly setSchemaValidator: (validator: { validate: () => Promise<string> }) => void
  readonly IdentityProvider: (settings: object) => IdentityProvider
  readonly ServiceProvider: (settings: object) => ServiceProvider
  readonly SamlLib: { replaceTagsByValue(template: string, values: object): string }
}

const library: Library = samlify
// It wants a validator of XML schemas, which this repository has none of; signatures it checks itself.
library.setSchemaValidator({ validate: async () => 'skipped' })

export const {
  IdentityProvider: identityProvider,
  ServiceProvider: serviceProvider,
  SamlLib: samlLib,
} = library
