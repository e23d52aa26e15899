// A request for an upgrade that was declined is its connection's last. Node drops what came in one
// piece with such a request, so where the next one begins is not known.
import type { IncomingMessage, ServerResponse } from 'node:http'

const declined = new WeakSet<IncomingMessage>()

/** Notes that the upgrade that this request asks for is declined. */
export function declineUpgrade(request: IncomingMessage): void {
  declined.add(request)
}

/** Has the connection end with this answer, if the upgrade that its request asks for was declined. */
export function endAfterDeclined(request: IncomingMessage, response: ServerResponse): void {
  if (declined.has(request)) response.shouldKeepAlive = false
}
