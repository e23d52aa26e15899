// HAProxy, through the Lua script of the generated configuration, which tells the request in our own
// words and gives the client our answer as it is.
import { originalHeaders, secretHeader } from '@countersign/contract/external'
import type { Adapter } from './adapters.ts'
import { required, take, told } from './told.ts'

const { method, target, authority, address } = originalHeaders

export const haproxy: Adapter = {
  removes: false,
  read(request) {
    const taken = take(request, [secretHeader, method, target, authority, address])
    return told({
      method: required(taken, method),
      target: required(taken, target),
      authority: required(taken, authority),
      address: required(taken, address),
      rawHeaders: taken.rawHeaders,
      headers: taken.headers,
    })
  },
  write: (reply) => reply,
}
