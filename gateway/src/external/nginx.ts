// nginx `auth_request`: a subrequest that tells only what the configuration makes it tell. 2xx
// passes, 401 and 403 refuse, anything else becomes a 500. The refusal itself cannot come back this
// way, so it is kept and nginx fetches it by its id (`error_page 401 403`).
import { answerHeader, originalHeaders, secretHeader } from '@countersign/contract/external'
import { problem } from '@countersign/contract/problems'
import { readAuthority } from '#wire/authority'
import type { Adapter } from './adapters.ts'
import { isAllowed } from './allowed.ts'
import { required, take, told } from './told.ts'

const names = [secretHeader, ...Object.values(originalHeaders)]

export const nginx: Adapter = {
  removes: false,
  read(request) {
    const taken = take(request, names)
    const authority = required(taken, originalHeaders.authority)
    // A request line in absolute form chooses the route by another host than the `Host` header.
    const routed = required(taken, originalHeaders.routed)
    if (readAuthority(authority)?.name !== routed.toLowerCase()) {
      throw problem('request.ambiguous_target', 'the target names another host than `Host`')
    }
    return told({
      method: required(taken, originalHeaders.method),
      target: required(taken, originalHeaders.target),
      authority,
      address: required(taken, originalHeaders.address),
      rawHeaders: taken.rawHeaders,
      headers: taken.headers,
    })
  },
  write(reply, keep) {
    if (isAllowed(reply)) return reply
    return {
      status: reply.status === 401 ? 401 : 403,
      headers: { [answerHeader]: keep(reply) },
      body: '',
    }
  },
}
