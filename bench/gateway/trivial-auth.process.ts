// The authorisation service that proxies are compared with: it says yes to everything.
import { createServer } from 'node:http'

createServer((_, response) => response.writeHead(200, { 'content-length': 0 }).end()).listen(
  Number(process.argv[2]),
  '127.0.0.1',
)
