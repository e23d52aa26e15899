// Whoever could change what we fetch on its way could vouch for anyone. So what is fetched travels
// over https, or does not leave this machine.

/** Whether a URL is https, or http to this machine. False for what is no URL. */
export function isPrivateUrl(text: string): boolean {
  const url = URL.parse(text)
  if (!url || url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}

function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname)
}
