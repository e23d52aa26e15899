// Goes where the server says. Only the web: an address of another scheme could run as a script.
export function follow(next: string): void {
  const url = new URL(next, window.location.href)
  window.location.assign(/^https?:$/.test(url.protocol) ? url.href : '/')
}
