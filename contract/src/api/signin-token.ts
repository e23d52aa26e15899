// Where a program trades a token of its own for one of ours (RFC 8693), in the words of OAuth.
import { z } from 'zod'
import { bearerMaxCharacters } from '../access-token.ts'
import { isInternal } from '../classification.ts'
import { defineRoute, json } from '../route.ts'

export const tokenExchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const jwtTokenType = 'urn:ietf:params:oauth:token-type:jwt'
export const idTokenType = 'urn:ietf:params:oauth:token-type:id_token'
export const accessTokenUrn = 'urn:ietf:params:oauth:token-type:access_token'

const short = isInternal(z.string().max(512))

export const signinTokenApi = {
  exchangeToken: defineRoute({
    method: 'POST',
    path: '/oauth/token',
    permission: 'open',
    dialect: 'oauth',
    summary: "exchange a workload's own token for an access token to one application (RFC 8693)",
    // RFC 6749 §3.2: what is not known is ignored.
    body: z.object({
      grant_type: short,
      subject_token: z.string().min(1).max(bearerMaxCharacters),
      subject_token_type: short,
      requested_token_type: short.optional(),
      actor_token: short.optional(),
      /** The id of the application. */
      audience: short.optional(),
      /** An address of the application, such as `https://api.example.org/`. */
      resource: short.optional(),
    }),
    output: json(
      z.strictObject({
        access_token: z.string(),
        issued_token_type: isInternal(z.string()),
        /** `DPoP` where the request carried a proof, to whose key the token is bound (RFC 9449 §5). */
        token_type: isInternal(z.enum(['Bearer', 'DPoP'])),
        /** Seconds. */
        expires_in: isInternal(z.int().positive()),
      }),
    ),
    problems: [
      'request.too_many',
      'signin.grant_unsupported',
      'signin.token_refused',
      'signin.target_refused',
      'signin.proof_refused',
      'signin.issuer_unreachable',
    ],
    event: 'identity.token.issued',
  }),
} as const
