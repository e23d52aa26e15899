// Envoy ext_authz over HTTP: the original method, and the original target behind `path_prefix`.
// Envoy removes from the request what we name, and passes on what it is told to pass on.
import { cookieHeader, originalHeaders, secretHeader } from '@countersign/contract/external'
import type { Adapter } from './adapters.ts'
import { headerOf, isAllowed, listOf, removeHeader, saidHeader } from './allowed.ts'
import { required, take, told } from './told.ts'

const { address } = originalHeaders

export const envoyHttp: Adapter = {
  removes: true,
  read(request, rest) {
    const taken = take(request, [secretHeader, address])
    return told({
      method: request.method ?? '',
      target: rest,
      authority: request.headers.host ?? '',
      address: required(taken, address),
      rawHeaders: taken.rawHeaders,
      headers: taken.headers,
    })
  },
  write(reply) {
    if (!isAllowed(reply)) return reply
    return {
      ...reply,
      headers: {
        ...reply.headers,
        'x-envoy-auth-headers-to-remove': listOf(reply, removeHeader)
          .filter((name) => !listOf(reply, saidHeader).includes(name))
          .join(','),
        ...(headerOf(reply, cookieHeader) === '' ? {} : { cookie: headerOf(reply, cookieHeader) }),
      },
    }
  },
}
