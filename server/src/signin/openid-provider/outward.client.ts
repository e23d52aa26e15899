// What the provider fetches and sends: keys of applications, and word of sessions that have ended.
// Addresses are registered by administrators, and may well lie in the organisation's own network.
const answerMaxMs = 5_000

/** As `fetch`, to the one address that is named, and not for long. */
export function fetchOutward(input: string | URL | Request, init: RequestInit = {}) {
  // The library names a connection of its own that reaches no private address; ours is the usual one.
  const { method, headers, body } = init
  return fetch(input, {
    ...(method === undefined ? {} : { method }),
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body }),
    redirect: 'manual',
    signal: AbortSignal.timeout(answerMaxMs),
  })
}
