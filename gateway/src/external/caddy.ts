// Caddy `forward_auth`. Whatever does not allow is passed on to the client as it is.
import type { Adapter } from './adapters.ts'
import { readForwarded } from './forwarded.ts'

export const caddy: Adapter = {
  removes: false,
  read: (request) => readForwarded(request),
  write: (reply) => reply,
}
