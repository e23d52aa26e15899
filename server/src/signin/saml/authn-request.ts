// Asking an identity provider elsewhere who someone is (saml-core §3.4).
import { bindings } from './names.ts'
import { message, type OutgoingMessage } from './message.ts'
import { xml, xmlText } from './xml-write.ts'

export interface AuthnWish extends OutgoingMessage {
  /** Where the answer is to be posted. */
  readonly acsUrl: string
  /** Whether the person must prove anew who they are. */
  readonly isFresh: boolean
  /** The least class of authentication that is wanted. */
  readonly contextClass?: string | undefined
}

/** The text of the request. It is signed by the binding that carries it. */
export function authnRequest({ acsUrl, isFresh, contextClass, ...head }: AuthnWish): string {
  return xmlText(
    message(
      'samlp:AuthnRequest',
      head,
      {
        ForceAuthn: isFresh ? 'true' : undefined,
        AssertionConsumerServiceURL: acsUrl,
        ProtocolBinding: bindings.post,
      },
      [
        xml('samlp:NameIDPolicy', { AllowCreate: 'true' }),
        contextClass === undefined
          ? undefined
          : xml('samlp:RequestedAuthnContext', { Comparison: 'exact' }, [
              xml('saml:AuthnContextClassRef', {}, contextClass),
            ]),
      ],
    ),
  )
}
