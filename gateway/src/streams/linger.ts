// A client that was answered before it had sent everything may go on sending for a moment, so that
// it still reads the answer (RFC 9112 §9.6); then its connection ends.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** How long a client that was refused may go on sending its body, in milliseconds. */
const lingerMs = 2_000

/** Ends the connection of a client that goes on sending after it was answered. */
export function endLingering(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => {
    if (request.complete) return
    const timer = setTimeout(() => {
      if (!request.complete) request.socket.destroy()
    }, lingerMs)
    request.once('close', () => clearTimeout(timer))
  })
}

/** How long a peer gets to take the last bytes. */
const lastBytesTimeoutMs = 2_000

/**
 * Ends a connection. The peer is given time to take the last bytes and to close; destroying at
 * once could take them from it again (RFC 9112 §9.6 tells why).
 */
export function endFirmly(socket: Duplex): void {
  if (socket.destroyed || socket.writableEnded) return
  const timer = setTimeout(() => socket.destroy(), lastBytesTimeoutMs)
  socket.once('close', () => clearTimeout(timer))
  socket.end()
}
