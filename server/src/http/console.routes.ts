// The console's files, as Vite built them: hashed assets that never change, and one page for
// every address that is the console's own to route.
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { problem } from '@countersign/contract/problems'
import type { Caller } from './caller.ts'
import type { ConsoleFiles } from './console.file.ts'

const notBuilt = `<!doctype html>
<html lang="en-GB"><meta charset="utf-8"><title>Countersign</title>
<p>The console is not built. Run <code>npm run build</code>, then reload this page.</p>
`

/** Serves the console to whoever came through a gateway, which has decided that they may. */
export async function serveConsole(
  app: FastifyInstance,
  { root, isBuilt, readPage }: ConsoleFiles,
  { identify }: { readonly identify: (request: FastifyRequest) => Promise<Caller | undefined> },
): Promise<void> {
  const onRequest = async (request: FastifyRequest) => {
    if (!(await identify(request))) {
      throw problem(
        'access.denied',
        'this address answers only enrolled gateways; open the console at its public address',
      )
    }
  }
  if (isBuilt) {
    await app.register(async (scope) => {
      scope.addHook('onRequest', onRequest)
      await scope.register(fastifyStatic, {
        root,
        index: false,
        cacheControl: false,
        setHeaders: (response, path) => {
          void response.header(
            'cache-control',
            path.startsWith(join(root, 'assets/'))
              ? 'public, max-age=31536000, immutable'
              : 'no-cache',
          )
        },
      })
    })
  }
  const servePage = async (request: FastifyRequest, response: FastifyReply) => {
    if (!isPage(request)) throw problem('request.not_found')
    await onRequest(request)
    // Read each time: a console that was built again meanwhile names other assets.
    const page = await readPage()
    return response
      .status(page ? 200 : 503)
      .header('cache-control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(page ?? notBuilt)
  }
  // The directory itself is no file, and the static files would answer it with an error.
  app.get('/', servePage)
  app.setNotFoundHandler(servePage)
}

/** A visit of a browser to an address that the console routes by itself. */
function isPage({ method, url, headers }: FastifyRequest): boolean {
  return (
    (method === 'GET' || method === 'HEAD') &&
    !/^\/(?:api|assets|\.countersign)(?:[/?]|$)/.test(url) &&
    (headers.accept ?? '').includes('text/html')
  )
}
