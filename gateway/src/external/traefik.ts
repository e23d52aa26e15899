// Traefik ForwardAuth. Headers named in `authResponseHeaders` are taken from our answer under the
// same name, so what is for the application is called `Cookie` and `Authorization` here.
import { returned } from '@countersign/contract/proxy-config/handed'
import type { Adapter } from './adapters.ts'
import { headerOf, isAllowed } from './allowed.ts'
import { readForwarded } from './forwarded.ts'

// The entry point sets these itself, whatever the client sent.
const setByTraefik = ['x-forwarded-port', 'x-forwarded-server', 'x-real-ip']

export const traefik: Adapter = {
  removes: false,
  read: (request) => readForwarded(request, setByTraefik),
  write(reply) {
    if (!isAllowed(reply)) return reply
    const own = returned.flatMap(({ name, from }) => {
      const value = headerOf(reply, from)
      return value === '' ? [] : [[name, value] as const]
    })
    return { ...reply, headers: { ...reply.headers, ...Object.fromEntries(own) } }
  },
}
