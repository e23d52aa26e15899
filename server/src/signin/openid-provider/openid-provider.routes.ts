// The provider as the server mounts it. It answers under its own path, whoever a gateway vouches for;
// which of it strangers reach is for the product's own policies to say.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { errors } from 'oidc-provider'
import type { Mount, Mounted } from '#http/mount'
import { addressKey, Attempts, challengeLimits } from '#signin/attempts'
import { interactionStep } from './interaction.ts'
import type { CurrentProvider, OpenIdOptions } from './openid-provider.ts'
import { page, pagePolicy } from './page.ts'
import { providerPath } from './provider.ts'
import type { Visit } from './visit.ts'

export interface OpenIdMountOptions extends OpenIdOptions {
  readonly current: () => Promise<CurrentProvider>
}

/** The console's page. */
const signinPath = '/signin'
const formMaxBytes = 64 * 1024
const interactionPath = new RegExp(`^${providerPath}/interaction/([\\w-]{1,64})$`)
// OpenID Connect Core §3.1.2.1 and RP-Initiated Logout §2: both are asked with GET or with a form.
// Our cookies do not come with a form of another site, and do come with the visit it becomes.
const asVisit = new Set([`${providerPath}/authorize`, `${providerPath}/sign-out`])

// What strangers begin lies in a ring: one of them could push everyone else's out of it.
const beginning = new Set(
  ['/authorize', '/request', '/device/authorize'].map((path) => providerPath + path),
)

/** The mount of the OpenID provider. */
export function openIdMount(options: OpenIdMountOptions): Mount {
  const { current, visits, publicUrl, log, now } = options
  const beginnings = new Attempts(challengeLimits)
  return {
    prefix: providerPath,
    headers: { 'content-security-policy': pagePolicy, 'cache-control': 'no-store' },
    async answer(mounted) {
      const { request, response, requestId } = mounted
      const visit = visits.begin(request, mounted)
      const url = request.url ?? '/'
      const [path = ''] = url.split('?', 1)
      try {
        const isStranger = visit.session === undefined && beginning.has(path)
        if (isStranger && !beginnings.spend(addressKey(visit.visitor.address), now())) {
          return sendPage(response, 429, 'Too many sign-ons from here', 'Wait a minute.')
        }
        const uid = interactionPath.exec(path)?.[1]
        if (request.method === 'POST' && asVisit.has(path)) return await visitInstead(mounted, path)
        const { provider } = await current()
        asAtPublicUrl(request, publicUrl)
        if (uid !== undefined) return await interact(options, mounted, visit, uid)
        Object.assign(request, { originalUrl: url, url: url.slice(providerPath.length) })
        await provider.callback()(request, response)
      } catch (error) {
        log.error({ requestId, error: String(error) }, 'the provider failed')
        sendPage(response, 500, 'This sign-on cannot go on', 'Something failed here. Try again.')
      }
    },
  }
}

async function interact(
  options: OpenIdMountOptions,
  { request, response }: Mounted,
  { session }: Visit,
  uid: string,
): Promise<void> {
  const { provider } = await options.current()
  try {
    const step = await interactionStep(provider, { request, response }, { uid, session }, options)
    if (step.kind === 'finish') {
      await provider.interactionFinished(request, response, step.result)
      return
    }
    const back = `${providerPath}/interaction/${uid}`
    redirect(response, `${signinPath}?${new URLSearchParams({ return: back }).toString()}`)
  } catch (error) {
    if (!(error instanceof errors.SessionNotFound)) throw error
    sendPage(
      response,
      400,
      'This sign-on was not begun here',
      'It may have taken too long, or was begun in another browser. Go back to the application and start again.',
    )
  }
}

// What the library writes into its answers is the public address, whatever a client says of it.
function asAtPublicUrl({ headers }: IncomingMessage, { host, protocol }: URL): void {
  headers.host = host
  headers['x-forwarded-host'] = host
  headers['x-forwarded-proto'] = protocol.slice(0, -1)
}

async function visitInstead({ request, response }: Mounted, path: string): Promise<void> {
  let form = ''
  for await (const part of request.setEncoding('utf8')) {
    form += String(part)
    if (form.length > formMaxBytes) {
      return sendPage(response, 413, 'This sign-on cannot go on', 'The request is too large.')
    }
  }
  redirect(response, `${path}?${new URLSearchParams(form).toString()}`)
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(303, { location, 'content-length': 0 }).end()
}

function sendPage(response: ServerResponse, status: number, title: string, text: string): void {
  if (response.headersSent) return void response.end()
  const body = page({ title, paragraphs: [text] })
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(body)
}
