// Whether an address is free to listen on, asked before anything is started that would be in vain.
import { once } from 'node:events'
import { createServer } from 'node:net'

/** True where nobody listens at this host and port. */
export async function isVacant(host: string, port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
